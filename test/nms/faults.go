package nms

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// faults are what is wrong with a document, each with the key.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// document takes the data of an envelope.
func (f *faults) document(data map[string]any) Document {
	d := Document{VMs: map[string]VM{}}
	d.HV, _ = data["hv"].(string)
	if d.HV != "libvirt" && d.HV != "CBSD" {
		f.add("hv is %v, for which LibreNMS leaves out graphs", data["hv"])
	}
	vms := f.object("VMs", data["VMs"])
	for _, name := range slices.Sorted(maps.Keys(vms)) {
		d.VMs[name] = f.vm("VMs."+name, vms[name])
	}
	totals := maps.Clone(both)
	for _, state := range states {
		totals[state] = count
	}
	d.Totals = f.numbers("totals", f.object("totals", data["totals"]), totals)
	known := []string{"hv", "VMs", "totals"}
	if marker, ok := data["shortened"]; ok {
		d.Shortened = f.numbers("shortened", f.object("shortened", marker), left)
		known = append(known, "shortened")
	}
	f.strangers("data", data, known)
	f.sums(d)
	return d
}

// vm takes a virtual machine.
func (f *faults) vm(at string, v any) VM {
	o := f.object(at, v)
	keys := maps.Clone(both)
	maps.Copy(keys, alone)
	vm := VM{
		Numbers: f.numbers(at, without(o, append(texts, "ifs", "disks")), keys),
		Texts:   f.texts(at, o, texts), Ifs: map[string]Entry{}, Disks: map[string]Entry{},
	}
	if state := vm.Numbers.Int("status_int"); state >= int64(len(states)) {
		f.add("%s.status_int is %d, which says nothing", at, state)
	}
	if kind := vm.Texts["console_type"]; !slices.Contains([]string{"", "vnc", "spice", "unknown"}, kind) {
		f.add("%s.console_type is %q", at, kind)
	}
	for name, v := range f.object(at+".disks", o["disks"]) {
		at := at + ".disks." + name
		vm.Disks[name] = Entry{Numbers: f.numbers(at, f.object(at, v), ofDisk)}
	}
	for name, v := range f.object(at+".ifs", o["ifs"]) {
		at := at + ".ifs." + name
		if !ifName.MatchString(name) {
			f.add("%s is not called nic and a number", at)
		}
		o := f.object(at, v)
		vm.Ifs[name] = Entry{Numbers: f.numbers(at, without(o, ifTexts), ofIf), Texts: f.texts(at, o, ifTexts)}
	}
	return vm
}

// ifName is what an interface is called.
var ifName = regexp.MustCompile(`^nic(0|[1-9][0-9]*)$`)

// object takes an object, which is never null: PHP would go through what is none.
func (f *faults) object(at string, v any) map[string]any {
	o, ok := v.(map[string]any)
	if !ok {
		f.add("%s is no object but %v", at, v)
	}
	return o
}

// numbers takes all keys of an object, each of which has to be there.
func (f *faults) numbers(at string, o map[string]any, keys map[string]kind) Numbers {
	n := Numbers{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if v, ok := o[key]; !ok {
			f.add("%s.%s is missing", at, key)
		} else if number, ok := f.number(at+"."+key, v, keys[key]); ok {
			n[key] = number
		}
	}
	f.strangers(at, o, slices.Collect(maps.Keys(keys)))
	return n
}

// number takes a number, or null, which is the empty one.
func (f *faults) number(at string, v any, k kind) (json.Number, bool) {
	if v == nil && !k.always {
		return "", true
	}
	n, ok := v.(json.Number)
	if !ok {
		f.add("%s is no number but %T %v", at, v, v)
		return "", false
	}
	value, err := n.Float64()
	_, whole := wholeNumber(n)
	switch {
	case err != nil:
		f.add("%s is %s: %v", at, n, err)
	case value < 0 && !k.negative:
		f.add("%s is %s, below 0", at, n)
	case !whole && !k.float:
		f.add("%s is %s, no integer of 64 bits: rrdtool refuses it", at, n)
	default:
		return n, true
	}
	return "", false
}

// texts takes those keys of an object, each of which has to be there.
func (f *faults) texts(at string, o map[string]any, keys []string) map[string]string {
	t := map[string]string{}
	for _, key := range keys {
		text, ok := o[key].(string)
		if !ok {
			f.add("%s.%s is missing or no text: %v", at, key, o[key])
		}
		t[key] = text
	}
	return t
}

// strangers finds the keys of an object that are not known.
func (f *faults) strangers(at string, o map[string]any, known []string) {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(known, key) {
			f.add("%s.%s is a key that nobody knows", at, key)
		}
	}
}

// without returns an object without some of its keys.
func without(o map[string]any, keys []string) map[string]any {
	c := maps.Clone(o)
	for _, key := range keys {
		delete(c, key)
	}
	return c
}

// plain is how an integer is written. PHP makes a float of any other number.
var plain = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// wholeNumber returns an integer that PHP has as such: one of 64 bits with a sign.
func wholeNumber(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok || !plain.MatchString(n.String()) {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}
