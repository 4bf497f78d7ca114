package collector

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// define returns vm with the definition d in place of the old one. Counters of devices that stay are kept, and the
// indices of devices are those of r, which has them all.
func define(vm VM, d hv.Definition, r *record) *VM {
	old := vm
	vm.Defined = true
	vm.staleDefinition, vm.Stale = false, vm.staleStatistics
	vm.OSType, vm.Console = d.OSType, d.Console
	vm.CurCPUs, vm.MinCPUs, vm.MaxCPUs = d.CurCPUs, d.MinCPUs, d.MaxCPUs
	vm.CurMem, vm.MinMem, vm.MaxMem = d.CurMem, d.MinMem, d.MaxMem

	vm.CPUs = make([]CPU, 0, len(d.CPUs))
	oldCPU := finder(old.CPUs, func(o *CPU) int { return o.ID })
	for _, c := range d.CPUs {
		if c.ID < 0 || c.ID >= math.MaxInt32 {
			continue // it has no index
		}
		cpu := CPU{Index: int32(c.ID) + 1, CPU: c}
		if i := oldCPU(c.ID); i >= 0 {
			cpu.Time = old.CPUs[i].Time
		}
		vm.CPUs = append(vm.CPUs, cpu)
	}
	vm.Disks = make([]Disk, 0, len(d.Disks))
	oldDisk, diskNumber := finder(old.Disks, func(o *Disk) medium { return mediumOf(&o.Disk) }), r.Disks.reader()
	for _, k := range d.Disks {
		disk := Disk{Index: diskNumber(k.Key), Disk: k}
		if i := oldDisk(mediumOf(&k)); i >= 0 {
			disk.Stats = old.Disks[i].Stats
		}
		vm.Disks = append(vm.Disks, disk)
	}
	vm.NICs = make([]NIC, 0, len(d.NICs))
	oldNIC, nicNumber := finder(old.NICs, func(o *NIC) string { return o.Key }), r.NICs.reader()
	for _, n := range d.NICs {
		nic := NIC{Index: nicNumber(n.Key), NIC: n}
		if i := oldNIC(n.Key); i >= 0 {
			nic.Stats = old.NICs[i].Stats
		}
		vm.NICs = append(vm.NICs, nic)
	}
	vm.CPUs = ordered(vm.CPUs, func(c CPU) int32 { return c.Index })
	vm.Disks = ordered(vm.Disks, func(d Disk) int32 { return d.Index })
	vm.NICs = ordered(vm.NICs, func(n NIC) int32 { return n.Index })
	return &vm
}

// ordered sorts the rows by index, and leaves out all but the first of one index and those below 1: whatever a
// source tells, a table has each row once.
func ordered[T any](rows []T, index func(T) int32) []T {
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(index(a), index(b)) })
	rows = slices.CompactFunc(rows, func(a, b T) bool { return index(a) == index(b) })
	return slices.DeleteFunc(rows, func(r T) bool { return index(r) < 1 })
}

// measure returns vm with the statistics s in place of the old ones.
func measure(vm VM, s hv.Statistics) *VM {
	vm.StatsAt = s.At
	vm.staleStatistics, vm.Stale = false, vm.staleDefinition
	vm.CPUTime, vm.Process = s.CPUTime, s.Process
	vm.CurCPUs = first(s.CurCPUs, vm.CurCPUs)
	vm.CurMem = first(s.CurMem, vm.CurMem)
	vm.MaxMem = first(s.MaxMem, vm.MaxMem)

	vm.CPUs = slices.Clone(vm.CPUs)
	cpu := finder(s.CPUs, func(c *hv.CPUStats) int { return c.ID })
	for i := range vm.CPUs {
		vm.CPUs[i].Time = hv.Opt[time.Duration]{}
		if j := cpu(vm.CPUs[i].ID); j >= 0 {
			vm.CPUs[i].Time = s.CPUs[j].Time
		}
	}
	vm.Disks = slices.Clone(vm.Disks)
	disk := finder(s.Disks, func(d *hv.DiskStats) string { return d.Key })
	for i := range vm.Disks {
		vm.Disks[i].Stats = hv.DiskStats{}
		if j := disk(vm.Disks[i].Key); j >= 0 {
			vm.Disks[i].Stats = s.Disks[j]
		}
	}
	vm.NICs = slices.Clone(vm.NICs)
	nic := finder(s.NICs, func(n *hv.NICStats) string { return n.Key })
	for i := range vm.NICs {
		vm.NICs[i].Stats = hv.NICStats{}
		if j := nic(vm.NICs[i].Key); j >= 0 {
			vm.NICs[i].Stats = s.NICs[j]
		}
	}
	return &vm
}

// survey returns vm with the survey s in place of the old one.
func survey(vm VM, s hv.Survey) *VM {
	vm.Survey = &s
	return &vm
}

// anew returns vm, whose Summary is the latest, without what was counted in a run that has ended, and without what the host and
// the network gave to that: they give it to others at once. Sizes of disks and snapshots outlive it.
func anew(vm VM) VM {
	vm.StatsAt = time.Time{}
	vm.CPUTime, vm.Process = hv.Opt[time.Duration]{}, nil
	if c, known := vm.Console.Get(); known {
		vm.Console = hv.Some(hv.Console{Type: c.Type})
	}
	if old := vm.Survey; old != nil {
		s := *old
		s.Addresses = nil
		vm.Survey = &s
	}
	vm.CPUs = slices.Clone(vm.CPUs)
	for i := range vm.CPUs {
		vm.CPUs[i].Time = hv.Opt[time.Duration]{}
	}
	vm.Disks = slices.Clone(vm.Disks)
	for i := range vm.Disks {
		s := vm.Disks[i].Stats
		vm.Disks[i].Stats = hv.DiskStats{
			Key: s.Key, Capacity: s.Capacity, Allocation: s.Allocation, Physical: s.Physical,
		}
	}
	vm.NICs = slices.Clone(vm.NICs)
	for i := range vm.NICs {
		vm.NICs[i].Stats = hv.NICStats{}
		detach(&vm.NICs[i].NIC, vm.Active())
	}
	return vm
}

// detach takes from a network interface its other end on the host. There is none without a process, and which one there is in a
// run that has begun is yet to be read.
func detach(n *hv.NIC, active bool) {
	n.Host, n.Bridge = "", ""
	for _, index := range []*hv.Opt[int]{&n.IfIndex, &n.Parent} {
		switch {
		case active:
			*index = hv.Opt[int]{}
		case !index.IsZero():
			*index = hv.Some(0)
		}
	}
}

// sameDevices reports whether two definitions of a virtual machine were read and have the same devices, so that
// statistics of the one are whole for the other.
func sameDevices(a, b *VM) bool {
	return a.Defined && b.Defined &&
		slices.EqualFunc(a.CPUs, b.CPUs, func(a, b CPU) bool { return a.ID == b.ID }) &&
		slices.EqualFunc(a.Disks, b.Disks, func(a, b Disk) bool { return mediumOf(&a.Disk) == mediumOf(&b.Disk) }) &&
		slices.EqualFunc(a.NICs, b.NICs, func(a, b NIC) bool { return a.Key == b.Key })
}

// A medium is what is in a device: the size of another one is another.
type medium struct{ key, resource string }

func mediumOf(d *hv.Disk) medium { return medium{d.Key, d.Resource} }

// first returns a if it is present, else b.
func first[T any](a, b hv.Opt[T]) hv.Opt[T] {
	if a.IsZero() {
		return b
	}
	return a
}
