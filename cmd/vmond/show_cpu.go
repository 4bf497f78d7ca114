package main

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// cpuJSON is the JSON of a virtual CPU.
type cpuJSON struct {
	owner
	collector.CPU
}

func cpuData(s *collector.Snapshot) any {
	rows := []cpuJSON{}
	for vm := range s.VMs() {
		for _, c := range vm.CPUs {
			rows = append(rows, cpuJSON{ownerOf(vm), c})
		}
	}
	return rows
}

func cpuTable(s *collector.Snapshot, _ time.Time) table {
	t := table{columns: append(ownerColumns(), column{"CPU", right}, column{"CPU TIME", right}, column{"MAY RUN ON", left})}
	for vm := range s.VMs() {
		for _, c := range vm.CPUs {
			t.rows = append(t.rows, append(ownerOf(vm).cells(),
				number(c.Index), cell(c.Time, cpuTime), cell(c.Affinity, hv.CPUSet.String)))
		}
	}
	return t
}

// affinityJSON is the JSON of a virtual CPU and a physical one, as vmCpuAffinityTable has them.
type affinityJSON struct {
	owner
	CPU      int32     `json:"cpu"`
	Physical int       `json:"physical"`
	MayRun   hv.Answer `json:"may_run"`
}

func affinityData(s *collector.Snapshot) any { return affinities(s) }

func affinityTable(s *collector.Snapshot, _ time.Time) table {
	t := table{columns: append(ownerColumns(), column{"CPU", right}, column{"PHYSICAL CPU", right}, column{"MAY RUN", left})}
	for _, a := range affinities(s) {
		t.rows = append(t.rows, append(a.cells(), number(a.CPU), number(a.Physical), answer(a.MayRun, "yes", "no")))
	}
	return t
}

// affinities returns each virtual CPU with each physical one of the host.
func affinities(s *collector.Snapshot) []affinityJSON {
	rows := []affinityJSON{}
	for vm := range s.VMs() {
		for _, c := range vm.CPUs {
			set, known := c.Affinity.Get()
			for _, n := range s.Host.CPUs {
				may := hv.Unknown
				if known {
					may = hv.AnswerOf(set.Has(n))
				}
				rows = append(rows, affinityJSON{ownerOf(vm), c.Index, n, may})
			}
		}
	}
	return rows
}
