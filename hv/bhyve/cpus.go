package bhyve

import (
	"maps"
	"slices"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// affinity returns where the thread of a virtual CPU may run. It is absent if that may not be asked, as of the threads of others
// without root.
func affinity(sys freebsd.Kernel, t freebsd.Process, hostCPUs int) hv.Opt[hv.CPUSet] {
	if hostCPUs <= 0 {
		return hv.Opt[hv.CPUSet]{}
	}
	mask, err := sys.Affinity(t.Thread)
	if err != nil {
		return hv.Opt[hv.CPUSet]{}
	}
	cpus, err := freebsd.DecodeMask(mask)
	if err != nil {
		return hv.Opt[hv.CPUSet]{}
	}
	return hv.Some(setOf(cpus).Within(hostCPUs))
}

// cpus describes the virtual CPUs of a guest: as many as it was given, or else as have a thread, also if one has a
// thread that it was not given. Where one may run the kernel says of its thread; that of a guest that does not run will
// run where it is bound to.
func (e *environment) cpus(sys freebsd.Kernel, g *guest, m makeup, threads map[int]freebsd.Process) []hv.CPU {
	ids := slices.Sorted(maps.Keys(threads))
	if n, ok := m.cpus.Get(); ok && (len(ids) == 0 || ids[len(ids)-1] < n) {
		ids = ids[:0:0]
		for id := range n {
			ids = append(ids, id)
		}
	}
	var cpus []hv.CPU
	for _, id := range ids {
		c := hv.CPU{ID: id}
		if thread, ok := threads[id]; ok {
			c.Affinity = affinity(sys, thread, e.hostCPUs())
		} else if g.process == nil {
			c.Affinity = m.pins.of(id, e.hostCPUs())
		}
		cpus = append(cpus, c)
	}
	return cpus
}
