package main

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

func vmData(s *collector.Snapshot) any {
	vms := make([]collector.Told, 0, s.Len())
	for vm := range s.VMs() {
		vms = append(vms, s.Tell(vm))
	}
	return vms
}

func vmTable(s *collector.Snapshot, now time.Time) table {
	t := table{columns: []column{
		{"INDEX", right}, {"NAME", left}, {"STATE", left}, {"CPUS", right}, {"MEMORY", right}, {"UP", right},
		{"CPU TIME", right}, {"DISKS", right}, {"NICS", right}, {"AUTOSTART", left}, {"PERSISTENT", left},
		{"AGE", right}, {"UUID", left},
	}}
	for vm := range s.VMs() {
		t.rows = append(t.rows, []string{
			number(vm.Index), vm.Name, vm.State.String(),
			cell(vm.CurCPUs, number), cell(vm.CurMem, size), upSince(vm.Started, now), cell(vm.CPUTime, cpuTime),
			devices(vm, len(vm.Disks)), devices(vm, len(vm.NICs)),
			answer(vm.AutoStart, "yes", "no"), answer(vm.Persistent, "yes", "no"),
			age(vm, now), uuid(vm.UUID),
		})
	}
	return t
}

// upSince returns how long ago t was.
func upSince(t hv.Opt[time.Time], now time.Time) string {
	return cell(t, func(t time.Time) string { return span(now.Sub(t)) })
}

// devices returns how many devices a virtual machine has, if it is known which it has.
func devices(vm *collector.VM, n int) string {
	if !vm.Defined {
		return unknown
	}
	return number(n)
}

// age returns how old the statistics are. A mark says that the last try to read something failed.
func age(vm *collector.VM, now time.Time) string {
	text := unknown
	if !vm.StatsAt.IsZero() {
		text = span(now.Sub(vm.StatsAt))
	}
	if vm.Stale {
		text += " stale"
	}
	return text
}

// uuid returns the UUID, or unknown if there is none.
func uuid(u hv.UUID) string {
	if u.IsZero() {
		return unknown
	}
	return u.String()
}
