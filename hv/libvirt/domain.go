package libvirt

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vmond/vmond/hv"
)

// The bounds of what is believed of a definition. No daemon can send a longer text (REMOTE_STRING_MAX); one with hundreds
// of disks stays below a tenth of it.
const (
	maxXML  = 4 << 20
	maxVCPU = 1 << 14
)

// A domain is what the XML of a virtual machine says (https://libvirt.org/formatdomain.html).
type domain struct {
	name string
	id   int32 // inactiveID without a process
	uuid hv.UUID
	def  hv.Definition
	pin  pinning

	agent bool // QEMU's agent is there, in the guest
}

func (d domain) active() bool { return d.id >= 0 }

// domainXML is the part of the XML that we read. Numbers are texts, so that one that makes no sense does not take the
// rest with it.
type domainXML struct {
	XMLName xml.Name  `xml:"domain"`
	ID      string    `xml:"id,attr"`
	Name    string    `xml:"name"`
	UUID    string    `xml:"uuid"`
	OSType  string    `xml:"os>type"`
	OSInfo  osInfoXML `xml:"metadata>libosinfo>os"`

	Memory        sizeXML  `xml:"memory"`
	CurrentMemory sizeXML  `xml:"currentMemory"`
	MinGuarantee  *sizeXML `xml:"memtune>min_guarantee"`

	VCPU  vcpuXML     `xml:"vcpu"`
	VCPUs []onlineXML `xml:"vcpus>vcpu"`
	Pins  []pinXML    `xml:"cputune>vcpupin"`

	Disks    []diskXML     `xml:"devices>disk"`
	NICs     []nicXML      `xml:"devices>interface"`
	Graphics []graphicsXML `xml:"devices>graphics"`
	Channels []channelXML  `xml:"devices>channel"`
}

// channelXML is a way for a program in the guest to speak with one on the host.
type channelXML struct {
	Target struct {
		Name  string `xml:"name,attr"`
		State string `xml:"state,attr"`
	} `xml:"target"`
}

type osInfoXML struct {
	ID string `xml:"id,attr"`
}

type vcpuXML struct {
	Current string `xml:"current,attr"`
	CPUSet  string `xml:"cpuset,attr"`
	Max     string `xml:",chardata"`
}

type onlineXML struct {
	ID      string `xml:"id,attr"`
	Enabled string `xml:"enabled,attr"`
}

// parseDomain reads the XML of a virtual machine. What in it makes no sense is absent from the result; an error says
// that the whole is not the XML of a virtual machine.
func parseDomain(text []byte) (domain, error) {
	if len(text) > maxXML {
		return domain{}, fmt.Errorf("definition of %d octets: expected at most %d", len(text), maxXML)
	}
	var x domainXML
	if err := xml.Unmarshal(text, &x); err != nil {
		return domain{}, fmt.Errorf("definition: %w", err)
	}
	uuid, err := hv.ParseUUID(strings.TrimSpace(x.UUID))
	if err != nil {
		return domain{}, fmt.Errorf("definition: %w", err)
	}
	if x.Name == "" {
		return domain{}, errors.New("definition without a name")
	}
	d := domain{name: x.Name, id: x.id(), uuid: uuid}
	d.def.OSType = x.osType()
	d.def.CurMem = x.CurrentMemory.bytes()
	d.def.MaxMem = x.Memory.bytes()
	if d.def.CurMem.IsZero() && x.CurrentMemory.Value == "" {
		d.def.CurMem = d.def.MaxMem // its default
	}
	d.def.MinMem = hv.Some[int64](hv.NoLimit)
	if x.MinGuarantee != nil {
		d.def.MinMem = x.MinGuarantee.bytes()
	}
	d.cpus(x)
	d.def.Disks = disks(x.Disks)
	d.def.NICs = nics(x.NICs, d.active())
	d.def.Console = console(x.Graphics, d.active())
	d.agent = slices.ContainsFunc(x.Channels, channelXML.agent)
	return d, nil
}

// id returns the ID, which only a virtual machine with a process has.
func (x domainXML) id() int32 {
	n, err := strconv.ParseInt(x.ID, 10, 32)
	if err != nil || n < 0 {
		return inactiveID
	}
	return int32(n)
}

// agent reports whether QEMU's agent listens at the guest's end of the channel.
func (x channelXML) agent() bool {
	return x.Target.Name == "org.qemu.guest_agent.0" && x.Target.State == "connected"
}

// osType returns what libosinfo's metadata say of the guest's operating system, such as "debian 12" for the ID
// "http://debian.org/debian/12", or else what `virsh dominfo` shows as OS type, such as "hvm".
func (x domainXML) osType() string {
	_, rest, ok := strings.Cut(x.OSInfo.ID, "://")
	if ok {
		_, name, _ := strings.Cut(rest, "/")
		if text := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '/' }), " "); text != "" {
			return text
		}
	}
	return strings.TrimSpace(x.OSType)
}

// cpus reads the virtual CPUs: how many there may be and are, which, and where they may run.
func (d *domain) cpus(x domainXML) {
	d.def.MinCPUs = hv.Some(hv.NoLimit) // libvirt has no lower bound
	most, ok := vcpuNumber(x.VCPU.Max)
	if !ok {
		return
	}
	d.def.MaxCPUs = hv.Some(most)
	current := most
	if n, ok := vcpuNumber(x.VCPU.Current); ok && n <= most {
		current = n
	}
	d.def.CurCPUs = hv.Some(current)
	for _, id := range x.online(current, most) {
		d.def.CPUs = append(d.def.CPUs, hv.CPU{ID: id})
	}
	d.pin = newPinning(x.VCPU.CPUSet, x.Pins)
}

// online returns the numbers of the virtual CPUs that are there, each once. There may be holes if they are told one by one.
func (x domainXML) online(current, most int) []int {
	var ids []int
	told := map[int]bool{}
	for _, v := range x.VCPUs {
		id, err := strconv.Atoi(v.ID)
		if err != nil || id < 0 || id >= most || told[id] {
			continue
		}
		told[id] = true
		if v.Enabled == "yes" {
			ids = append(ids, id)
		}
	}
	if len(x.VCPUs) > 0 {
		return ids
	}
	for id := range current {
		ids = append(ids, id)
	}
	return ids
}

// vcpuNumber reads a number of virtual CPUs.
func vcpuNumber(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n > 0 && n <= maxVCPU
}
