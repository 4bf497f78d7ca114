package main

import (
	"time"

	"github.com/vmond/vmond/collector"
)

// storageJSON is the JSON of a disk.
type storageJSON struct {
	owner
	collector.Disk
}

func storageData(s *collector.Snapshot) any {
	rows := []storageJSON{}
	for vm := range s.VMs() {
		for _, d := range vm.Disks {
			rows = append(rows, storageJSON{ownerOf(vm), d})
		}
	}
	return rows
}

func storageTable(s *collector.Snapshot, _ time.Time) table {
	t := table{columns: append(ownerColumns(),
		column{"DISK", right}, column{"DEVICE", left}, column{"MEDIUM", left}, column{"BUS", left},
		column{"SOURCE", left}, column{"FORMAT", left}, column{"ACCESS", left},
		column{"SIZE", right}, column{"ALLOCATED", right},
		column{"READS", right}, column{"WRITES", right}, column{"READ", right}, column{"WRITTEN", right},
		column{"RESOURCE", left},
	)}
	for vm := range s.VMs() {
		for _, d := range vm.Disks {
			t.rows = append(t.rows, append(ownerOf(vm).cells(),
				number(d.Index), d.Key, d.Media.String(), orUnknown(d.Bus),
				d.Source.String(), orUnknown(d.Format), answer(d.ReadOnly, "readonly", "readwrite"),
				cell(d.Stats.Capacity, size), cell(d.Stats.Allocation, size),
				cell(d.Stats.ReadRequests, number), cell(d.Stats.WriteRequests, number),
				cell(d.Stats.ReadBytes, size), cell(d.Stats.WriteBytes, size),
				orUnknown(d.Resource)))
		}
	}
	return t
}
