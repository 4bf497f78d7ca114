package nms

import (
	"maps"
	"math"
	"math/big"
	"slices"
)

const (
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

// sum holds numbers against what they are the sums of, to the last digit. A sum of what is not known, or of too much, is
// not known; but that of a gauge, which only totals has, is of those of which it is known, if these have anything.
func (f *faults) sum(at string, sums Numbers, keys []string, parts []Numbers) {
	for _, key := range keys {
		want, known := new(big.Rat), 0
		for _, part := range parts {
			if part.Known(key) {
				want.Add(want, part.exact(key))
				known++
			}
		}
		k := both[key]
		all := known == len(parts) || k.gauge && want.Sign() != 0
		got, bound := sums.exact(key), float64(huge)
		if k.float {
			bound = hugeFractions
		}
		switch {
		case !all && sums.Known(key):
			f.add("%s.%s is %v, the sum of what is not known", at, key, sums[key])
		case all && !sums.Known(key) && want.Cmp(new(big.Rat).SetFloat64(bound)) < 0:
			f.add("%s.%s is not known, the sum of what is", at, key)
		case all && sums.Known(key) && got.Cmp(want) != 0:
			f.add("%s.%s is %v, the sum is %v", at, key, sums[key], want.RatString())
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
