//go:build linux

package guests

import (
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/lab"
)

// clockTicks is how many units of /proc/PID/stat there are in a second (proc(5)), on every Linux that Go runs on.
const clockTicks = 100

// A vm is what virsh tells of a virtual machine.
type vm struct {
	name string
	// info is dominfo, stats domstats.
	info, stats map[string]string
	disks       []disk
	nics        []nic
	// pins are the physical CPUs of each virtual one (vcpupin).
	pins map[int]hv.CPUSet
	// up is how long ago it was switched on, in hundredths of a second: to be saved and restored does not count.
	up uint64
}

// A witness remembers when each virtual machine was switched on: virsh cannot tell, and the process of one that was
// restored is younger.
type witness map[hv.UUID]uint64

// A disk is what virsh tells of a disk, in the order of the definition.
type disk struct {
	// The columns of domblklist --details.
	typ, device, target, source string
	format, bus                 string
	readOnly                    bool
	// capacity and allocation are of domstats, in bytes; known says that it could tell.
	capacity, allocation int64
	known                bool
	// prefix begins its counters in domstats, such as "block.0.".
	prefix string
}

// A nic is what virsh tells of a network interface: a line of domiflist.
type nic struct {
	host, typ, source, model string
	mac                      []byte
}

// domainXML is what only the definition tells.
type domainXML struct {
	Disks []struct {
		Driver struct {
			Type string `xml:"type,attr"`
		} `xml:"driver"`
		Target struct {
			Dev string `xml:"dev,attr"`
			Bus string `xml:"bus,attr"`
		} `xml:"target"`
		ReadOnly *struct{} `xml:"readonly"`
	} `xml:"devices>disk"`
}

// ask asks virsh for all that it tells, by UUID.
func (w witness) ask(t *testing.T, g *lab.Guests) map[hv.UUID]vm {
	t.Helper()
	all := map[hv.UUID]vm{}
	for name := range strings.FieldsSeq(g.Virsh(t, "list", "--all", "--name")) {
		v := vm{
			name:  name,
			info:  colons(g.Virsh(t, "dominfo", name)),
			stats: equals(g.Virsh(t, "domstats", "--raw", name)),
			pins:  pins(t, g.Virsh(t, "vcpupin", name)),
		}
		v.disks = disks(t, g, name)
		for i := range v.disks {
			v.size(t, &v.disks[i])
		}
		v.nics = nics(t, g, name)
		uuid, err := hv.ParseUUID(v.info["UUID"])
		if err != nil {
			t.Fatal(err)
		}
		switch _, known := w[uuid]; {
		case v.off():
			delete(w, uuid)
		case !known:
			w[uuid] = startOf(t, name)
		}
		all[uuid] = w.up(t, uuid, v)
	}
	return all
}

// up returns v with its present uptime, if it is not off.
func (w witness) up(t *testing.T, uuid hv.UUID, v vm) vm {
	t.Helper()
	if start, ok := w[uuid]; ok {
		v.up = hostUpTime(t) - start
	}
	return v
}

// active reports whether it has a process, saved whether it has a state to be restored, off whether it has neither.
func (v vm) active() bool { return v.info["State"] != "shut off" }
func (v vm) saved() bool  { return !v.active() && v.info["Managed save"] == "yes" }
func (v vm) off() bool    { return !v.active() && !v.saved() }

// number returns a counter of domstats.
func (v vm) number(t *testing.T, key string) (uint64, bool) {
	t.Helper()
	text, ok := v.stats[key]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s of %s: %v", key, v.name, err)
	}
	return n, true
}

// kibibytes returns an amount of dominfo, such as "262144 KiB", in bytes.
func (v vm) kibibytes(t *testing.T, key string) int64 {
	t.Helper()
	digits, ok := strings.CutSuffix(v.info[key], " KiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil {
		t.Fatalf("%s of %s is %q", key, v.name, v.info[key])
	}
	return n << 10
}

// size sets the sizes of a disk. What domstats calls the allocation of an active one is how far it was ever written to;
// what it takes of the host is the physical size (virConnectGetAllDomainStats). Nobody knows the sizes of an image
// that is missing and of a drive without a medium.
func (v vm) size(t *testing.T, d *disk) {
	t.Helper()
	key := "allocation"
	if v.active() {
		key = "physical"
	}
	capacity, ok := v.number(t, d.prefix+"capacity")
	allocation, ok2 := v.number(t, d.prefix+key)
	d.capacity, d.allocation, d.known = int64(capacity), int64(allocation), ok && ok2
}

func disks(t *testing.T, g *lab.Guests, name string) []disk {
	t.Helper()
	var def domainXML
	if err := xml.Unmarshal([]byte(g.Virsh(t, "dumpxml", name)), &def); err != nil {
		t.Fatal(err)
	}
	var all []disk
	for line := range strings.Lines(g.Virsh(t, "domblklist", "--details", name)) {
		f := strings.Fields(line)
		if len(f) != 4 {
			continue
		}
		d := disk{typ: f[0], device: f[1], target: f[2], source: strings.TrimPrefix(f[3], "-")}
		for i, x := range def.Disks {
			if x.Target.Dev == d.target {
				d.bus, d.readOnly, d.prefix = x.Target.Bus, x.ReadOnly != nil, fmt.Sprintf("block.%d.", i)
				if d.source != "" {
					d.format = x.Driver.Type
				}
			}
		}
		all = append(all, d)
	}
	return all
}

func nics(t *testing.T, g *lab.Guests, name string) []nic {
	t.Helper()
	var all []nic
	for line := range strings.Lines(g.Virsh(t, "domiflist", name)) {
		f := strings.Fields(line)
		if len(f) != 5 {
			continue
		}
		mac, err := hex.DecodeString(strings.ReplaceAll(f[4], ":", ""))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, nic{host: strings.TrimPrefix(f[0], "-"), typ: f[1], source: f[2], model: f[3], mac: mac})
	}
	return all
}

// pins reads vcpupin: a virtual CPU and its physical ones on each line.
func pins(t *testing.T, out string) map[int]hv.CPUSet {
	t.Helper()
	all := map[int]hv.CPUSet{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue
		}
		id, err := strconv.Atoi(f[0])
		if err != nil {
			continue // the heading
		}
		if all[id], err = hv.ParseCPUSet(f[1]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// startOf returns when the process of a virtual machine was started, in hundredths of a second of hostUpTime.
func startOf(t *testing.T, name string) uint64 {
	t.Helper()
	pid, err := os.ReadFile(filepath.Join("/run/libvirt/qemu", name+".pid"))
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(pid)), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	// The name of the program, in parentheses, is the second field and may have blanks; the start is the 22nd.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return uint64(atoi(t, fields[22-3])) * 100 / clockTicks
}

// hostUpTime returns how long this machine runs, in hundredths of a second.
func hostUpTime(t *testing.T) uint64 {
	t.Helper()
	text, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Fatal(err)
	}
	return uint64(atoi(t, strings.Replace(strings.Fields(string(text))[0], ".", "", 1)))
}

// ifIndex returns the index of a network interface of this machine.
func ifIndex(t *testing.T, name string) int32 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/sys/class/net", name, "ifindex"))
	if err != nil {
		t.Fatal(err)
	}
	return int32(atoi(t, strings.TrimSpace(string(text))))
}

// colons reads lines such as "Max memory:     262144 KiB".
func colons(out string) map[string]string { return pairs(out, ":") }

// equals reads lines such as "cpu.time=3465345000".
func equals(out string) map[string]string { return pairs(out, "=") }

func pairs(out, separator string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(out) {
		if key, value, ok := strings.Cut(line, separator); ok {
			m[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return m
}

func atoi(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
