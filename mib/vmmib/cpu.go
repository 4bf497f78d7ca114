package vmmib

import (
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
)

// A cpuRow is a row of vmCpuTable.
type cpuRow struct {
	vm *collector.VM
	*collector.CPU
	options *Options
}

func (r cpuRow) look() { r.options.Look() }

// cpuTable is vmCpuTable: a row for each virtual CPU, which has no instance where its time is not known.
func cpuTable() mib.Object[moment] {
	return &mib.Table[moment, cpuRow]{
		Entry: oidVMCpuEntry,
		Columns: []mib.Column[cpuRow]{
			{ID: colVMCpuCoreTime, Read: measured(func(r cpuRow) mib.Value { return microseconds(r.Time) })},
		},
		Width: 2,
		Seek:  seekCPU,
		Index: func(r cpuRow) mib.Index { return mib.Index{uint32(r.vm.Index), uint32(r.CPU.Index)} },
	}
}

// seekCPU returns the first virtual CPU from an index on.
func seekCPU(m moment, from mib.Index) (cpuRow, bool) {
	vm, cpu := seekDevice(m.Snapshot, from, collector.WithCPUs,
		func(vm *collector.VM) []collector.CPU { return vm.CPUs }, func(c *collector.CPU) int32 { return c.Index })
	return cpuRow{vm, cpu, m.options}, cpu != nil
}
