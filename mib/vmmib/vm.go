package vmmib

import (
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// A vmRow is a row of vmTable.
type vmRow struct {
	*collector.VM
	options *Options
}

func (r vmRow) look() { r.options.Look() }

// vmTable is vmTable: a row for each virtual machine, whatever its state.
func vmTable() mib.Object[moment] {
	return &mib.Table[moment, vmRow]{
		Entry: oidVMEntry,
		Columns: []mib.Column[vmRow]{
			{ID: colVMName, Read: func(r vmRow) mib.Value { return text(r.Name) }},
			{ID: colVMUUID, Read: func(r vmRow) mib.Value { return uuid(&r.VM.UUID) }},
			{ID: colVMOSType, Read: vmOSType},
			{ID: colVMAdminState, Read: func(r vmRow) mib.Value { return adminState(r.Admin) }},
			{ID: colVMOperState, Read: func(r vmRow) mib.Value { return mib.Integer(operState(r.State)) }},
			{ID: colVMAutoStart, Read: func(r vmRow) mib.Value { return mib.Integer(autoStart(r.AutoStart)) }},
			{ID: colVMPersistent, Read: func(r vmRow) mib.Value { return mib.Integer(persistent(r.Persistent)) }},
			{ID: colVMCurCpuNumber, Read: measured(func(r vmRow) mib.Value { return count(r.CurCPUs) })},
			{ID: colVMMinCpuNumber, Read: func(r vmRow) mib.Value { return bound(r.MinCPUs) }},
			{ID: colVMMaxCpuNumber, Read: func(r vmRow) mib.Value { return bound(r.MaxCPUs) }},
			{ID: colVMMemUnit, Read: vmMemUnit},
			{ID: colVMCurMem, Read: measured(vmCurMem)},
			{ID: colVMMinMem, Read: vmMinMem},
			{ID: colVMMaxMem, Read: vmMaxMem},
			{ID: colVMUpTime, Read: vmUpTime},
			{ID: colVMCpuTime, Read: measured(func(r vmRow) mib.Value { return microseconds(r.CPUTime) })},
		},
		Width: 1,
		Seek: func(m moment, from mib.Index) (vmRow, bool) {
			vm := seekVM(m.Snapshot, from[0], collector.Any)
			return vmRow{vm, m.options}, vm != nil
		},
		Index: func(r vmRow) mib.Index { return mib.Index{uint32(r.VM.Index)} },
	}
}

// uuid returns a UUIDorZero: the 16 octets in the order of RFC 4122, which is that of the text, or none.
func uuid(u *hv.UUID) mib.Value {
	if u.IsZero() {
		return mib.Octets(nil)
	}
	return mib.Octets(u[:])
}

// vmOSType is vmOSType. That it is empty is a fact only once the definition was read.
func vmOSType(r vmRow) mib.Value {
	if !r.Defined {
		return mib.NoSuchInstance
	}
	return text(r.OSType)
}

// vmMemUnit is vmMemUnit. Where all of vmCurMem, vmMinMem and vmMaxMem are left out it would be the unit of nothing.
func vmMemUnit(r vmRow) mib.Value {
	if vmCurMem(r).IsException() && vmMinMem(r).IsException() && vmMaxMem(r).IsException() {
		return mib.NoSuchInstance
	}
	return mib.Integer(memoryUnit(r.VM))
}

func vmCurMem(r vmRow) mib.Value { return memory(r.CurMem, memoryUnit(r.VM)) }
func vmMinMem(r vmRow) mib.Value { return memoryBound(r.MinMem, memoryUnit(r.VM)) }
func vmMaxMem(r vmRow) mib.Value { return memoryBound(r.MaxMem, memoryUnit(r.VM)) }

// vmUpTime is vmUpTime. The RFC is silent about a virtual machine that is shut down: it has been up for no time.
func vmUpTime(r vmRow) mib.Value {
	if !r.Active() && (r.State == hv.StateShutdown || r.Admin == hv.AdminShutdown) {
		return mib.TimeTicks(0)
	}
	return upTime(r.options.Now, r.Started)
}
