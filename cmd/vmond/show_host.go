package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// hostJSON is the JSON of the host.
type hostJSON struct {
	hv.Host
	VMs        int                   `json:"vms"`
	LastChange hv.Opt[time.Duration] `json:"last_change,omitzero"`
	StatesAt   time.Time             `json:"states_at"`
	StatesAge  time.Duration         `json:"states_age"`
}

func hostData(s *collector.Snapshot) any {
	return hostJSON{s.Host, s.Len(), s.LastChange, s.StatesAt, max(s.Now().Sub(s.StatesAt), 0)}
}

func hostTable(s *collector.Snapshot, now time.Time) table {
	h := s.Host
	up := unknown
	if t, ok := h.Started.Get(); ok {
		up = fmt.Sprintf("%s (since %s)", span(now.Sub(t)), t.Local().Format("2006-01-02 15:04"))
	}
	last := unknown
	if d, ok := s.LastChange.Get(); ok {
		last = span(d) + " after the start"
		if t, ok := h.Started.Get(); ok {
			last = span(now.Sub(t.Add(d))) + " ago"
		}
	}
	var cpus hv.CPUSet
	for _, n := range h.CPUs {
		cpus = cpus.With(n)
	}
	return table{columns: []column{{"", left}, {"", left}}, rows: [][]string{
		{"Software", orUnknown(h.Software)},
		{"Version", orUnknown(h.Version)},
		{"Object ID", orUnknown(dotted(h.ObjectID))},
		{"Up", up},
		{"CPUs", orUnknown(cpus.String())},
		{"VMs", population(s)},
		{"Last change", last},
		{"States read", span(now.Sub(s.StatesAt)) + " ago"},
	}}
}

// population returns how many virtual machines are in which state.
func population(s *collector.Snapshot) string {
	counts := map[hv.OperState]int{}
	for vm := range s.VMs() {
		counts[vm.State]++
	}
	var parts []string
	for state := hv.StateUnknown; state <= hv.StateCrashed; state++ {
		if n := counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", s.Len(), strings.Join(parts, ", "))
}
