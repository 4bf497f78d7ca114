package nms

import "encoding/json"

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
