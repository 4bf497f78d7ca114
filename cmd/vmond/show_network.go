package main

import (
	"time"

	"github.com/vmond/vmond/collector"
)

// networkJSON is the JSON of a network interface.
type networkJSON struct {
	owner
	collector.NIC
}

func networkData(s *collector.Snapshot) any {
	rows := []networkJSON{}
	for vm := range s.VMs() {
		for _, n := range vm.NICs {
			rows = append(rows, networkJSON{ownerOf(vm), n})
		}
	}
	return rows
}

func networkTable(s *collector.Snapshot, _ time.Time) table {
	t := table{columns: append(ownerColumns(),
		column{"NIC", right}, column{"ADDRESS", left}, column{"MODEL", left}, column{"HOST SIDE", left},
		column{"IFINDEX", right}, column{"PARENT", right},
		column{"RECEIVED", right}, column{"PACKETS", right}, column{"ERRORS", right}, column{"DROPS", right},
		column{"SENT", right}, column{"PACKETS", right}, column{"ERRORS", right}, column{"DROPS", right},
	)}
	for vm := range s.VMs() {
		for _, n := range vm.NICs {
			t.rows = append(t.rows, append(ownerOf(vm).cells(),
				number(n.Index), orUnknown(n.MAC.String()), orUnknown(n.Model), orUnknown(n.Host),
				cell(n.IfIndex, number), cell(n.Parent, number),
				cell(n.Stats.RxBytes, size), cell(n.Stats.RxPackets, number),
				cell(n.Stats.RxErrors, number), cell(n.Stats.RxDrops, number),
				cell(n.Stats.TxBytes, size), cell(n.Stats.TxPackets, number),
				cell(n.Stats.TxErrors, number), cell(n.Stats.TxDrops, number)))
		}
	}
	return t
}
