package main

import (
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// A view is one way to look at a snapshot.
type view struct {
	name string
	// data returns what is written as JSON.
	data  func(*collector.Snapshot) any
	table func(*collector.Snapshot, time.Time) table
}

// views returns all of them: one for the hypervisor, and one for each table of the MIB.
func views() []view {
	return []view{
		{"host", hostData, hostTable},
		{"vm", vmData, vmTable},
		{"cpu", cpuData, cpuTable},
		{"affinity", affinityData, affinityTable},
		{"storage", storageData, storageTable},
		{"network", networkData, networkTable},
	}
}

// viewNames returns their names.
func viewNames() []string {
	var names []string
	for _, v := range views() {
		names = append(names, v.name)
	}
	return names
}

// showNames returns the names of all that can be shown: the views, and what is no part of a snapshot.
func showNames() []string { return append(viewNames(), eventsName) }

// viewOf returns the view of that name, which there is.
func viewOf(name string) view {
	for _, v := range views() {
		if v.name == name {
			return v
		}
	}
	panic("vmond: no view " + name)
}

// An owner says whose row it is.
type owner struct {
	VM     int32  `json:"vm"`
	VMName string `json:"vm_name"`
}

func ownerOf(vm *collector.VM) owner { return owner{vm.Index, vm.Name} }

// cells returns the owner's part of a row.
func (o owner) cells() []string { return []string{number(o.VM), o.VMName} }

// ownerColumns are the titles of those cells.
func ownerColumns() []column { return []column{{"VM", right}, {"NAME", left}} }

// unknown stands for what is not known or does not apply.
const unknown = "-"

// cell returns the text of v, or unknown.
func cell[T any](v hv.Opt[T], text func(T) string) string {
	if x, ok := v.Get(); ok {
		return text(x)
	}
	return unknown
}

// orUnknown returns s, or unknown if it is empty.
func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
}

// answer returns one of two words, or unknown.
func answer(a hv.Answer, yes, no string) string {
	switch a {
	case hv.Yes:
		return yes
	case hv.No:
		return no
	}
	return unknown
}
