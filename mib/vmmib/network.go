package vmmib

import (
	"math"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// A nicRow is a row of vmNetworkTable.
type nicRow struct {
	vm *collector.VM
	*collector.NIC
}

// networkTable is vmNetworkTable: a row for each virtual network interface.
func networkTable() mib.Object[moment] {
	return &mib.Table[moment, nicRow]{
		Entry: oidVMNetworkEntry,
		Columns: []mib.Column[nicRow]{
			{ID: colVMNetworkIfIndex, Read: func(r nicRow) mib.Value { return mib.Integer(interfaceIndex(r.IfIndex)) }},
			{ID: colVMNetworkParent, Read: func(r nicRow) mib.Value { return mib.Integer(interfaceIndex(r.Parent)) }},
			{ID: colVMNetworkModel, Read: func(r nicRow) mib.Value { return text(r.Model) }},
			{ID: colVMNetworkPhysAddress, Read: func(r nicRow) mib.Value { return physAddress(r.MAC) }},
		},
		Width: 2,
		Seek: func(m moment, from mib.Index) (nicRow, bool) {
			vm, nic := seekDevice(m.Snapshot, from, collector.WithNICs,
				func(vm *collector.VM) []collector.NIC { return vm.NICs }, func(n *collector.NIC) int32 { return n.Index })
			return nicRow{vm, nic}, nic != nil
		},
		Index: func(r nicRow) mib.Index { return mib.Index{uint32(r.vm.Index), uint32(r.NIC.Index)} },
	}
}

// maxAddress is the largest number of octets of an address that is told: as many as a text has. A PhysAddress has no bound of
// its own (RFC 2579), but one that fills a message would end every walk that comes to it.
const maxAddress = maxText

// physAddress returns a PhysAddress.
func physAddress(a hv.MAC) mib.Value {
	if len(a) > maxAddress {
		return mib.NoSuchInstance
	}
	return mib.Octets(a)
}

// notInIfTable is the InterfaceIndexOrZero of what ifTable has no row for.
const notInIfTable = 0

// interfaceIndex returns an InterfaceIndexOrZero. One that cannot be told is 0 too: it is that of an interface
// of another host, as with a remote hypervisor, and so not in the ifTable of the agent that serves this.
func interfaceIndex(i hv.Opt[int]) int32 {
	n, ok := i.Get()
	if !ok || n < 0 || n > math.MaxInt32 {
		return notInIfTable
	}
	return int32(n)
}
