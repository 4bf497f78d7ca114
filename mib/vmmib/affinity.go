package vmmib

import (
	"math"
	"sort"

	"github.com/vmond/vmond/mib"
)

// An affinityRow is a row of vmCpuAffinityTable: a virtual CPU, and a physical CPU of the host.
type affinityRow struct {
	cpuRow
	host  int    // the number of the physical CPU, from 0
	index uint32 // its vmCpuPhysIndex
}

// affinityTable is vmCpuAffinityTable: a row for each virtual CPU and each physical CPU of the host, also where the
// one does not run on the other.
func affinityTable() mib.Object[moment] {
	return &mib.Table[moment, affinityRow]{
		Entry: oidVMCpuAffinityEntry,
		Columns: []mib.Column[affinityRow]{
			{ID: colVMCpuAffinity, Read: func(r affinityRow) mib.Value { return mib.Integer(cpuAffinity(r)) }},
		},
		Width: 3,
		Seek:  seekAffinity,
		Index: func(r affinityRow) mib.Index {
			return mib.Index{uint32(r.vm.Index), uint32(r.CPU.Index), r.index}
		},
	}
}

// seekAffinity returns the first pair from an index on.
func seekAffinity(m moment, from mib.Index) (affinityRow, bool) {
	cpu, ok := seekCPU(m, from)
	if !ok {
		return affinityRow{}, false
	}
	least := uint32(0)
	if uint32(cpu.vm.Index) == from[0] && uint32(cpu.CPU.Index) == from[1] {
		least = from[2]
	}
	if host, index, ok := seekHostCPU(m, least); ok {
		return affinityRow{cpu, host, index}, true
	}
	if least == 0 {
		return affinityRow{}, false // the host tells of no CPU at all
	}
	return seekAffinity(m, mib.Index{from[0], from[1] + 1})
}

// seekHostCPU returns the number and the vmCpuPhysIndex of the first physical CPU whose vmCpuPhysIndex is at least that.
func seekHostCPU(m moment, least uint32) (int, uint32, bool) {
	base := int64(m.options.ProcessorBase)
	cpus := m.Host.CPUs
	i := sort.Search(len(cpus), func(i int) bool { return base+int64(cpus[i]) >= int64(least) })
	if i == len(cpus) || base+int64(cpus[i]) > math.MaxInt32 {
		return 0, 0, false
	}
	return cpus[i], uint32(base + int64(cpus[i])), true
}

// cpuAffinity is vmCpuAffinity.
func cpuAffinity(r affinityRow) int32 {
	set, ok := r.Affinity.Get()
	if !ok {
		return cpuAffinityUnknown
	}
	if set.Has(r.host) {
		return cpuAffinityEnable
	}
	return cpuAffinityDisable
}
