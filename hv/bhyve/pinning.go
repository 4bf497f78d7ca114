package bhyve

import (
	"strings"

	"github.com/vmond/vmond/hv"
)

// A pinning is where virtual CPUs will run once they are started.
type pinning struct {
	// each are those that have a rule of their own.
	each map[int]hv.CPUSet
	// rest is of all others: nil means anywhere.
	rest hv.CPUSet
}

// of returns where a virtual CPU will run on a host with that many CPUs. It is absent if that number is not known.
func (p pinning) of(id, hostCPUs int) hv.Opt[hv.CPUSet] {
	if hostCPUs <= 0 {
		return hv.Opt[hv.CPUSet]{}
	}
	set, ok := p.each[id]
	if !ok {
		set = p.rest
	}
	if set == nil {
		return hv.Some(hv.FirstCPUs(hostCPUs))
	}
	return hv.Some(set.Within(hostCPUs))
}

// maxSetText is the longest text of a set that is read.
const maxSetText = 1 << 12

// parseSet reads a list of CPUs as cpuset(1) takes it: numbers and ranges. It is nil if it makes no sense or is empty.
func parseSet(text string) hv.CPUSet {
	if len(text) > maxSetText || strings.Contains(text, "^") {
		return nil
	}
	set, err := hv.ParseCPUSet(text)
	if err != nil {
		return nil
	}
	return set
}

// setOf returns the set of these CPUs.
func setOf(cpus []int) hv.CPUSet {
	var set hv.CPUSet
	for _, n := range cpus {
		set = set.With(n)
	}
	return set
}
