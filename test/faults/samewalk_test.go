//go:build linux

package faults

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// What is another value in each walk of VM-MIB.
var (
	vmMIB             = mib.MustOID("1.3.6.1.2.1.236")
	vmTableLastChange = mib.MustOID("1.3.6.1.2.1.236.1.3.0")
)

// ticksApart is how far two readings of one clock may be from each other, in hundredths of a second.
const ticksApart = 3000

// sameWalks compares what two masters say of VM-MIB, of the same hypervisor at the same time. The first is walked before
// and after the other, so that what has moved meanwhile is known.
func sameWalks(t *testing.T, first, second *lab.Snmpd) error {
	t.Helper()
	before, other, after := first.BulkWalk(t, vmMIB), second.BulkWalk(t, vmMIB), first.BulkWalk(t, vmMIB)
	if len(before) < 100 || len(before) != len(other) || len(before) != len(after) {
		return fmt.Errorf("%d, %d and %d instances: %v", len(before), len(other), len(after), missingOf(before, other))
	}
	var errs []error
	for i, b := range before {
		o, a := other[i], after[i]
		if !slices.Equal(b.Name, o.Name) {
			return fmt.Errorf("%v is there, and %v instead", b.Name, o.Name)
		}
		if !alike(b, o, a) {
			errs = append(errs, fmt.Errorf("%v is %v, and %v to the other", b.Name, b.Value, o.Value))
		}
	}
	return errors.Join(errs...)
}

// alike reports whether the value of the second walk is that of the two others. A counter that moves need only be one.
func alike(before, other, after mib.Varbind) bool {
	switch {
	case before.Value.Type() != other.Value.Type():
		return false
	case slices.Equal(before.Name, vmTableLastChange):
		return true
	case before.Value.Type() == mib.TypeTimeTicks:
		return max(before.Value.Uint(), other.Value.Uint())-min(before.Value.Uint(), other.Value.Uint()) < ticksApart
	}
	return before.Value.Equal(other.Value) || before.Value.Type() == mib.TypeCounter64 && !before.Value.Equal(after.Value)
}

// fewNames is how many names are enough to see what is missing.
const fewNames = 10

// missingOf returns the first names that only one of two walks has.
func missingOf(a, b []mib.Varbind) []string {
	count := map[string]int{}
	for _, vb := range slices.Concat(a, b) {
		count[vb.Name.String()]++
	}
	var names []string
	for name, n := range count {
		if n == 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names[:min(len(names), fewNames)]
}
