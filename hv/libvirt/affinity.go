package libvirt

import (
	"strconv"

	"github.com/vmond/vmond/hv"
)

// pinXML pins a virtual CPU.
type pinXML struct {
	VCPU   string `xml:"vcpu,attr"`
	CPUSet string `xml:"cpuset,attr"`
}

// A pinning is where the definition lets virtual CPUs run.
type pinning struct {
	each map[int]hv.CPUSet // those that have a rule of their own
	rest hv.CPUSet         // all others; nil means anywhere
}

// maxCPUSet is the longest text of a set that is read: enough for every second of a thousand CPUs.
const maxCPUSet = 1 << 12

// parseSet reads a set. One that makes no sense or is empty is nil, as libvirt would not have accepted it.
func parseSet(text string) hv.CPUSet {
	if len(text) > maxCPUSet {
		return nil
	}
	set, err := hv.ParseCPUSet(text)
	if err != nil || len(set) == 0 {
		return nil
	}
	return set
}

// newPinning reads the rules.
func newPinning(cpuset string, pins []pinXML) pinning {
	p := pinning{each: map[int]hv.CPUSet{}, rest: parseSet(cpuset)}
	for _, x := range pins {
		id, err := strconv.Atoi(x.VCPU)
		if _, told := p.each[id]; err != nil || id < 0 || id >= maxVCPU || told {
			continue
		}
		if set := parseSet(x.CPUSet); set != nil {
			p.each[id] = set
		}
	}
	return p
}

// of returns where virtual CPU id may run on a host with that many CPUs. It is absent if that number is not known and
// there is no rule.
func (p pinning) of(id, cpus int) hv.Opt[hv.CPUSet] {
	set, ok := p.each[id]
	switch {
	case ok:
	case p.rest != nil:
		set = p.rest
	case cpus > 0:
		set = hv.FirstCPUs(cpus)
	default:
		return hv.Opt[hv.CPUSet]{}
	}
	return hv.Some(within(set, cpus))
}

// within returns the set without the CPUs that the host does not have. All are kept if the host's number is not known.
func within(set hv.CPUSet, cpus int) hv.CPUSet {
	if cpus <= 0 {
		return set
	}
	return set.Within(cpus)
}

// cpuMap returns the i-th of n CPU maps that lie one after the other in maps, for a host with that many CPUs. It is absent
// if they are not as long as they have to be: nobody knows then where one ends.
func cpuMap(maps []byte, i, n, cpus int) hv.Opt[hv.CPUSet] {
	length := hv.CPUSetLen(cpus)
	if length == 0 || i < 0 || i >= n || n*length != len(maps) {
		return hv.Opt[hv.CPUSet]{}
	}
	return hv.Some(within(maps[i*length:(i+1)*length], cpus))
}
