package vmmibtest_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

func TestSnapshotIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	a, b := vmmibtest.Snapshot(), vmmibtest.Snapshot()
	if a == b || a.VM(1) == b.VM(1) {
		t.Error("two callers share what one of them may change")
	}
	text := func(s *collector.Snapshot) string {
		s.ToldAt = vmmibtest.Now() // else its ages are those of now
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if diff := cmp.Diff(text(a), text(b)); diff != "" {
		t.Errorf("unexpected difference between two calls:\n%s", diff)
	}
	if !vmmibtest.Now().Equal(vmmibtest.Now()) {
		t.Error("the clock moves")
	}
}

// TestSnapshotIsInOrder proves that the snapshot keeps the promise of each snapshot about the order of its devices.
func TestSnapshotIsInOrder(t *testing.T) {
	t.Parallel()
	for vm := range vmmibtest.Snapshot().VMs() {
		var cpus, disks, nics []int32
		for _, c := range vm.CPUs {
			cpus = append(cpus, c.Index)
			if int(c.Index) != c.ID+1 {
				t.Errorf("%q: CPU %d has the index %d", vm.Name, c.ID, c.Index)
			}
		}
		for _, d := range vm.Disks {
			disks = append(disks, d.Index)
			if d.Stats.Key != d.Key {
				t.Errorf("%q: disk %q has the counters of %q", vm.Name, d.Key, d.Stats.Key)
			}
		}
		for _, n := range vm.NICs {
			nics = append(nics, n.Index)
		}
		for _, list := range [][]int32{cpus, disks, nics} {
			if !slices.IsSorted(list) {
				t.Errorf("%q: indices %d are not in order", vm.Name, list)
			}
		}
	}
}
