package libvirt

import (
	"os"
	"strconv"
	"strings"

	"github.com/vmond/vmond/hv"
)

// interfaces is where Linux shows its network interfaces (Documentation/ABI/testing/sysfs-class-net).
const interfaces = "sys/class/net"

// lowerLink begins the name of the link to an interface below this one: a bridge's port, a VLAN's or a macvtap's
// device.
const lowerLink = "lower_"

// setIndices sets the index and the parent of each network interface. Those without another end on the host have
// neither.
func (f files) setIndices(nics []hv.NIC) {
	for i := range nics {
		nic := &nics[i]
		if nic.Host == "" {
			nic.IfIndex, nic.Parent = hv.Some(0), hv.Some(0)
			continue
		}
		index, ok := f.ifIndex(nic.Host)
		if !ok {
			continue // it is not on this host after all
		}
		nic.IfIndex = hv.Some(index)
		nic.Parent = f.parent(nic.Host)
	}
}

// ifIndex returns the index of the interface of that name.
func (f files) ifIndex(name string) (int, bool) {
	if name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == ".." {
		return 0, false
	}
	text, ok := f.read(interfaces, name, "ifindex")
	index, err := strconv.Atoi(text)
	return index, ok && err == nil && index > 0
}

// parent returns the index of the physical interface that the traffic of the interface goes through: the device below
// a macvtap; the uplink of the bridge that it is a port of; the bridge itself if that has more than one. It is 0 if
// the traffic stays on the host, and absent if that cannot be read.
func (f files) parent(name string) hv.Opt[int] {
	if lower := f.lowers(name); len(lower) == 1 {
		return f.optIndex(lower[0])
	}
	bridge, err := os.Readlink(f.path(interfaces, name, "master"))
	if err != nil {
		return hv.Some(0)
	}
	bridge = bridge[strings.LastIndexByte(bridge, '/')+1:]
	var uplinks []string
	for _, port := range f.lowers(bridge) {
		if port != name && f.leadsOut(port) {
			uplinks = append(uplinks, port)
		}
	}
	switch len(uplinks) {
	case 0:
		return hv.Some(0)
	case 1:
		return f.optIndex(uplinks[0])
	}
	return f.optIndex(bridge)
}

// optIndex returns the index of the interface, or nothing if it has gone meanwhile.
func (f files) optIndex(name string) hv.Opt[int] {
	if index, ok := f.ifIndex(name); ok {
		return hv.Some(index)
	}
	return hv.Opt[int]{}
}

// leadsOut reports whether the interface is a device, or stands on one as a bond and a VLAN do. A tap does neither.
func (f files) leadsOut(name string) bool {
	if _, err := os.Lstat(f.path(interfaces, name, "device")); err == nil {
		return true
	}
	return len(f.lowers(name)) > 0
}

// lowers returns the names of the interfaces below that one.
func (f files) lowers(name string) []string {
	entries, _ := os.ReadDir(f.path(interfaces, name))
	var names []string
	for _, e := range entries {
		if lower, ok := strings.CutPrefix(e.Name(), lowerLink); ok {
			names = append(names, lower)
		}
	}
	return names
}
