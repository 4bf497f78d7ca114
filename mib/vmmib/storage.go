package vmmib

import (
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// A diskRow is a row of vmStorageTable.
type diskRow struct {
	vm *collector.VM
	*collector.Disk
	options *Options
}

func (r diskRow) look() { r.options.Look() }

// storageTable is vmStorageTable: a row for each virtual storage device. It has no row for a volume that belongs to no virtual machine, whose
// vmStorageVmIndex would be 0: the snapshot knows of none.
func storageTable() mib.Object[moment] {
	return &mib.Table[moment, diskRow]{
		Entry: oidVMStorageEntry,
		Columns: []mib.Column[diskRow]{
			{ID: colVMStorageParent, Read: func(diskRow) mib.Value { return mib.Integer(noParent) }},
			{ID: colVMStorageSourceType, Read: func(r diskRow) mib.Value { return mib.Integer(storageSourceType(sourceType(r.Disk))) }},
			{ID: colVMStorageSourceTypeString, Read: func(r diskRow) mib.Value { return text(r.Format) }},
			{ID: colVMStorageResourceID, Read: func(r diskRow) mib.Value { return text(r.Resource) }},
			{ID: colVMStorageAccess, Read: func(r diskRow) mib.Value { return mib.Integer(storageAccess(r.ReadOnly)) }},
			{ID: colVMStorageMediaType, Read: func(r diskRow) mib.Value { return mib.Integer(storageMediaType(r.Media)) }},
			{ID: colVMStorageMediaTypeString, Read: func(r diskRow) mib.Value { return text(r.Bus) }},
			{ID: colVMStorageSizeUnit, Read: measured(func(r diskRow) mib.Value { return mib.Integer(storageUnit(r.Disk)) })},
			{ID: colVMStorageDefinedSize, Read: measured(func(r diskRow) mib.Value { return mib.Integer(definedSize(r.Disk)) })},
			{ID: colVMStorageAllocatedSize, Read: measured(func(r diskRow) mib.Value { return mib.Integer(allocatedSize(r.Disk)) })},
			{ID: colVMStorageReadIOs, Read: measured(func(r diskRow) mib.Value { return counter(r.Stats.ReadRequests) })},
			{ID: colVMStorageWriteIOs, Read: measured(func(r diskRow) mib.Value { return counter(r.Stats.WriteRequests) })},
			{ID: colVMStorageReadOctets, Read: measured(func(r diskRow) mib.Value { return counter(r.Stats.ReadBytes) })},
			{ID: colVMStorageWriteOctets, Read: measured(func(r diskRow) mib.Value { return counter(r.Stats.WriteBytes) })},
			{ID: colVMStorageReadLatency, Read: measured(func(r diskRow) mib.Value { return microseconds(r.Stats.ReadTime) })},
			{ID: colVMStorageWriteLatency, Read: measured(func(r diskRow) mib.Value { return microseconds(r.Stats.WriteTime) })},
		},
		Width: 2,
		Seek: func(m moment, from mib.Index) (diskRow, bool) {
			vm, disk := seekDevice(m.Snapshot, from, collector.WithDisks,
				func(vm *collector.VM) []collector.Disk { return vm.Disks }, func(d *collector.Disk) int32 { return d.Index })
			return diskRow{vm, disk, m.options}, disk != nil
		},
		Index: func(r diskRow) mib.Index { return mib.Index{uint32(r.vm.Index), uint32(r.Disk.Index)} },
	}
}

const (
	// noParent is a vmStorageParent: no source tells which row of hrStorageTable, if any, a disk lies in.
	noParent = 0
	// noSize is a size that is not available.
	noSize = -1
)

// sourceType returns the type of the disk's source. The RFC allows a raw file no other allocated size than its defined one,
// so that one with holes, which takes less, is told as what it is: a sparse file.
func sourceType(d *collector.Disk) hv.SourceType {
	if d.Source != hv.SourceRaw {
		return d.Source
	}
	capacity, ok := valid(d.Stats.Capacity)
	allocation, ok2 := valid(d.Stats.Allocation)
	if ok && ok2 && allocation < capacity {
		return hv.SourceSparse
	}
	return hv.SourceRaw
}

// allocation returns what the disk takes of physical storage in bytes. For a block device and a raw file that is their
// size, as the RFC demands.
func allocation(d *collector.Disk) hv.Opt[int64] {
	if t := sourceType(d); t == hv.SourceBlock || t == hv.SourceRaw {
		return d.Stats.Capacity
	}
	return d.Stats.Allocation
}

// storageUnit is vmStorageSizeUnit.
func storageUnit(d *collector.Disk) int32 { return unit(1, d.Stats.Capacity, allocation(d)) }

// definedSize is vmStorageDefinedSize.
func definedSize(d *collector.Disk) int32 { return storageSize(d.Stats.Capacity, storageUnit(d)) }

// allocatedSize is vmStorageAllocatedSize.
func allocatedSize(d *collector.Disk) int32 { return storageSize(allocation(d), storageUnit(d)) }

func storageSize(s hv.Opt[int64], unit int32) int32 {
	n, ok := valid(s)
	if !ok {
		return noSize
	}
	return int32(units(n, unit))
}

// storageSourceType returns a VirtualMachineStorageSourceType.
func storageSourceType(t hv.SourceType) int32 {
	switch t {
	case hv.SourceOther:
		return storageSourceTypeOther
	case hv.SourceBlock:
		return storageSourceTypeBlock
	case hv.SourceRaw:
		return storageSourceTypeRaw
	case hv.SourceSparse:
		return storageSourceTypeSparse
	case hv.SourceNetwork:
		return storageSourceTypeNetwork
	}
	return storageSourceTypeUnknown
}

// storageAccess returns a VirtualMachineStorageAccess.
func storageAccess(readOnly hv.Answer) int32 {
	switch readOnly {
	case hv.Yes:
		return storageAccessReadonly
	case hv.No:
		return storageAccessReadwrite
	}
	return storageAccessUnknown
}

// storageMediaType returns an IANAStorageMediaType, where other comes before unknown.
func storageMediaType(t hv.MediaType) int32 {
	switch t {
	case hv.MediaOther:
		return storageMediaTypeOther
	case hv.MediaHardDisk:
		return storageMediaTypeHardDisk
	case hv.MediaOpticalDisk:
		return storageMediaTypeOpticalDisk
	case hv.MediaFloppyDisk:
		return storageMediaTypeFloppyDisk
	}
	return storageMediaTypeUnknown
}
