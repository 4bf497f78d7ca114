package librenms

import "github.com/vmond/vmond/collector"

// nic returns the numbers of an interface. One without an end on the host is counted nowhere.
func (r *reader) nic(vm *collector.VM, n *collector.NIC) figures {
	var f figures
	s := &n.Stats
	f[ibytes], f[ipkts] = counted(s.RxBytes), counted(s.RxPackets)
	f[ierrs], f[idrop] = counted(s.RxErrors), counted(s.RxDrops)
	f[obytes], f[opkts] = counted(s.TxBytes), counted(s.TxPackets)
	f[oerrs], f[odrop] = counted(s.TxErrors), counted(s.TxDrops)
	f[coll] = counted(s.Collisions)
	if n.Host == "" {
		f.settle(ofNIC)
	}
	r.judge(&f, ofNIC, vm)
	return f
}

// nicsOf returns the interfaces that are told: there are none without a process.
func nicsOf(vm *collector.VM) []collector.NIC {
	if !vm.Active() {
		return nil
	}
	return vm.NICs
}
