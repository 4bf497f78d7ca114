package vmmib_test

import (
	"testing"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// farm is the number of virtual machines that the speed is measured with.
const farm = 10_000

// farmSnapshot returns them.
func farmSnapshot() *collector.Snapshot { return vmmibtest.Farm(farm) }

// An errand is an instance in the middle of a table of the farm.
type errand struct {
	name string
	oid  mib.OID
}

func errands() []errand {
	return []errand{
		{"vmNumber", mib.MustOID("1.3.6.1.2.1.236.1.2.0")},
		{"vmName", mib.MustOID("1.3.6.1.2.1.236.1.4.1.2.5000")},
		{"vmUUID", mib.MustOID("1.3.6.1.2.1.236.1.4.1.3.5000")},
		{"vmCurMem", mib.MustOID("1.3.6.1.2.1.236.1.4.1.13.5000")},
		{"vmUpTime", mib.MustOID("1.3.6.1.2.1.236.1.4.1.16.5000")},
		{"vmCpuCoreTime", mib.MustOID("1.3.6.1.2.1.236.1.5.1.2.5000.2")},
		{"vmCpuAffinity", mib.MustOID("1.3.6.1.2.1.236.1.6.1.3.5000.2.196609")},
		{"vmStorageResourceID", mib.MustOID("1.3.6.1.2.1.236.1.7.1.6.5000.2")},
		{"vmStorageAllocatedSize", mib.MustOID("1.3.6.1.2.1.236.1.7.1.12.5000.2")},
		{"vmNetworkPhysAddress", mib.MustOID("1.3.6.1.2.1.236.1.8.1.5.5000.1")},
	}
}

// bulk is the number of repetitions of a GetBulk that is measured.
const bulk = 50

// A walker takes step after step through a tree, and allocates nothing for it.
type walker struct {
	tree mib.Tree
	here mib.OID
	next mib.OID
}

func newWalker(tree mib.Tree) *walker {
	return &walker{tree, make(mib.OID, 0, mib.MaxSubIDs), make(mib.OID, 0, mib.MaxSubIDs)}
}

// walk takes n steps from start, and returns how many there were.
func (w *walker) walk(start mib.OID, n int) int {
	w.here = append(w.here[:0], start...)
	for i := range n {
		name, _, ok := w.tree.Next(w.next[:0], w.here, false, nil)
		if !ok {
			return i
		}
		w.here, w.next = name, w.here
	}
	return n
}

// TestAllocatesNothing proves that finding an instance among 10,000 virtual machines allocates nothing.
func TestAllocatesNothing(t *testing.T) {
	tree := over(farmSnapshot())
	w := newWalker(tree)
	for _, e := range errands() {
		found := true
		for what, f := range map[string]func(){
			"Get":    func() { found = found && !tree.Get(e.oid).IsException() },
			"Next":   func() { found = found && w.walk(e.oid, 1) == 1 },
			"50Next": func() { found = found && w.walk(e.oid, bulk) == bulk },
		} {
			if n := testing.AllocsPerRun(10, f); n != 0 {
				t.Errorf("%s from %s allocates %v times", what, e.name, n)
			}
		}
		if !found {
			t.Errorf("%s or what comes after it is not found", e.name)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	tree := over(farmSnapshot())
	for _, e := range errands() {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if tree.Get(e.oid).IsException() {
					b.Fatal("not found")
				}
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	w := newWalker(over(farmSnapshot()))
	for _, e := range errands() {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w.walk(e.oid, 1) != 1 {
					b.Fatal("not found")
				}
			}
		})
	}
}

// BenchmarkNext50 is what one GetBulk of 50 repetitions asks.
func BenchmarkNext50(b *testing.B) {
	w := newWalker(over(farmSnapshot()))
	for _, e := range errands() {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w.walk(e.oid, bulk) != bulk {
					b.Fatal("not found")
				}
			}
		})
	}
}

// BenchmarkWalk is a walk through all of the farm's instances.
func BenchmarkWalk(b *testing.B) {
	w := newWalker(over(farmSnapshot()))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = w.walk(nil, 1<<30)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/instance")
}

// BenchmarkTree is what a request costs before it asks anything, while the snapshot is the same.
func BenchmarkTree(b *testing.B) {
	v := viewOf(farmSnapshot())
	b.ReportAllocs()
	for b.Loop() {
		v.Tree()
	}
}
