package nms

import (
	"maps"
	"math"
	"slices"
)

const (
	// near is how far a sum of fractions may be off, as a part of it: they are those of IEEE 754.
	near = 1e-9
	// A sum of so much, and of so much with fractions, need not be known: it may be none that 64 bits hold.
	huge          = math.MaxInt64 / 2
	hugeFractions = huge / 1e6
)

// sums holds what is a sum against what it is one of, as far as that was not left out.
func (f *faults) sums(d Document) {
	var ifs, disks int
	for _, name := range slices.Sorted(maps.Keys(d.VMs)) {
		vm, at := d.VMs[name], "VMs."+name
		ifs, disks = ifs+len(vm.Ifs), disks+len(vm.Disks)
		if len(vm.Disks) > 0 {
			f.sum(at, vm.Numbers, summedDisks, numbersOf(vm.Disks))
		}
		if len(vm.Ifs) > 0 {
			f.sum(at, vm.Numbers, summedIfs, numbersOf(vm.Ifs))
		}
	}
	if d.Shortened == nil {
		f.whole(d)
		return
	}
	n := d.Shortened
	if n.Int("ifs")+n.Int("disks")+n.Int("VMs") == 0 {
		f.add("shortened: nothing was left out")
	}
	if n.Int("ifs") > 0 && ifs > 0 || n.Int("disks") > 0 && disks > 0 {
		f.add("shortened: some interfaces or disks were left out, and some were not")
	}
	if n.Int("VMs") > 0 && ifs+disks > 0 {
		f.add("shortened: virtual machines were left out before interfaces and disks")
	}
	if all := f.counted(d); all != int64(len(d.VMs))+n.Int("VMs") {
		f.add("shortened.VMs: %d of %d virtual machines are there, and %d are told to be left out", len(d.VMs), all, n.Int("VMs"))
	}
}

// whole holds totals against all virtual machines.
func (f *faults) whole(d Document) {
	var all []Numbers
	in := map[string]int64{}
	for _, vm := range d.VMs {
		all = append(all, vm.Numbers)
		if i := vm.Numbers.Int("status_int"); i < int64(len(states)) {
			in[states[i]]++
		}
	}
	f.sum("totals", d.Totals, slices.Sorted(maps.Keys(both)), all)
	for _, state := range states {
		if got := d.Totals.Int(state); got != in[state] {
			f.add("totals.%s is %d, and %d are", state, got, in[state])
		}
	}
}

// counted returns how many virtual machines the counters of totals have.
func (f *faults) counted(d Document) int64 {
	var n int64
	for _, state := range states {
		n += d.Totals.Int(state)
	}
	return n
}

// sum holds numbers against what they are the sums of. A sum of what is not known, or of too much, is not known.
func (f *faults) sum(at string, sums Numbers, keys []string, parts []Numbers) {
	for _, key := range keys {
		want, known := 0.0, true
		for _, part := range parts {
			want, known = want+part.Float(key), known && part.Known(key)
		}
		got, bound := sums.Float(key), float64(huge)
		if both[key].float {
			bound = hugeFractions
		}
		switch {
		case !known && sums.Known(key):
			f.add("%s.%s is %v, the sum of what is not known", at, key, got)
		case known && !sums.Known(key) && want < bound:
			f.add("%s.%s is not known, the sum of what is", at, key)
		case known && sums.Known(key) && math.Abs(got-want) > near*math.Max(1, want):
			f.add("%s.%s is %v, the sum is %v", at, key, got, want)
		}
	}
}

// numbersOf returns the numbers of all entries.
func numbersOf(entries map[string]Entry) []Numbers {
	var all []Numbers
	for _, e := range entries {
		all = append(all, e.Numbers)
	}
	return all
}
