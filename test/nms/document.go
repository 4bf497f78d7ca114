package nms

import (
	"encoding/json"
	"math/big"
	"slices"
)

// A Document is what LibreNMS has understood.
type Document struct {
	// HV is the word on which its pages depend: "libvirt" or "CBSD".
	HV     string
	VMs    map[string]VM
	Totals Numbers
	// Shortened is how much was left out, by "VMs", "disks" and "ifs". It is nil if nothing was.
	Shortened Numbers
}

// A VM is one virtual machine.
type VM struct {
	Numbers Numbers
	Texts   map[string]string
	// Ifs and Disks are its interfaces, such as "nic0", and its disks.
	Ifs, Disks map[string]Entry
}

// An Entry is an interface or a disk.
type Entry struct {
	Numbers Numbers
	Texts   map[string]string
}

// Unknown returns the paths of all numbers that are null, such as "VMs.web.disks.vda.alloc", in order.
func (d Document) Unknown() []string {
	all := d.Totals.unknown("totals")
	for name, vm := range d.VMs {
		at := "VMs." + name
		all = append(all, vm.Numbers.unknown(at)...)
		for disk, e := range vm.Disks {
			all = append(all, e.Numbers.unknown(at+".disks."+disk)...)
		}
		for nic, e := range vm.Ifs {
			all = append(all, e.Numbers.unknown(at+".ifs."+nic)...)
		}
	}
	slices.Sort(all)
	return all
}

// Numbers are numbers as they are written. One that is null is empty.
type Numbers map[string]json.Number

// Known reports whether there is a number of that key, and it is not null.
func (n Numbers) Known(key string) bool { return n[key] != "" }

// Int returns a number that is one without a fraction, else 0.
func (n Numbers) Int(key string) int64 {
	v, _ := n[key].Int64()
	return v
}

// Float returns a number, or 0 if it is null.
func (n Numbers) Float(key string) float64 {
	v, _ := n[key].Float64()
	return v
}

// exact returns a number to its last digit, or 0 if it is null.
func (n Numbers) exact(key string) *big.Rat {
	if v, ok := new(big.Rat).SetString(n[key].String()); ok {
		return v
	}
	return new(big.Rat)
}

// unknown returns the paths of those that are null.
func (n Numbers) unknown(at string) []string {
	var all []string
	for key := range n {
		if !n.Known(key) {
			all = append(all, at+"."+key)
		}
	}
	return all
}
