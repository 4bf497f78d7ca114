package mib_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/mib"
)

// manyRows is the number of rows of the tables below.
const manyRows = 10_000

// squares is a table of manyRows rows that are not stored at all: row i has the index i, and the square of i as its value
// in column 1. Column 2 has a value in the last row only. It counts how often it is searched.
func squares(searches *int) mib.Tree {
	return mib.NewModule[int](&mib.Table[int, int]{
		Entry: mib.OID{1, 4, 1},
		Columns: []mib.Column[int]{
			{ID: 1, Read: func(i int) mib.Value { return mib.Counter64(uint64(i) * uint64(i)) }},
			{ID: 2, Read: func(i int) mib.Value {
				if i < manyRows {
					return mib.NoSuchInstance
				}
				return mib.Integer(int32(i))
			}},
		},
		Width: 1,
		Seek: func(n int, from mib.Index) (int, bool) {
			*searches++
			return max(int(from[0]), 1), from[0] <= uint32(n)
		},
		Index: func(i int) mib.Index { return mib.Index{uint32(i)} },
	}).Over(manyRows)
}

// TestTableSearches proves how often a table asks its data.
func TestTableSearches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		start, end mib.OID
		want       string
		searches   int
	}{
		{name: "first", start: nil, want: "1.4.1.1.1 = Counter64: 1", searches: 1},
		{name: "middle", start: mib.OID{1, 4, 1, 1, 5000}, want: "1.4.1.1.5001 = Counter64: 25010001", searches: 1},
		{name: "end at once", start: mib.OID{1, 4, 1, 1, 5000}, end: mib.OID{1, 4, 1, 1, 5001}, want: "none", searches: 1},
		{name: "end before", start: nil, end: mib.OID{1, 4, 1}, want: "none", searches: 0},
		{
			name: "holes at the end of a column", start: mib.OID{1, 4, 1, 1, manyRows},
			want: fmt.Sprintf("1.4.1.2.%d = INTEGER: %d", manyRows, manyRows), searches: 1 + manyRows,
		},
		{
			name: "end among holes", start: mib.OID{1, 4, 1, 2}, end: mib.OID{1, 4, 1, 2, 10},
			want: "none", searches: 10,
		},
		{name: "after the last", start: mib.OID{1, 4, 1, 2, manyRows}, want: "none", searches: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var searches int
			tree := squares(&searches)
			if diff := cmp.Diff(tt.want, answer(tree.Next(nil, tt.start, false, tt.end))); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.searches, searches); diff != "" {
				t.Errorf("unexpected number of searches (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTreeAllocatesNothing proves that finding an instance allocates nothing, also where it passes over holes.
func TestTreeAllocatesNothing(t *testing.T) {
	var searches int
	tree := squares(&searches)
	dst := make(mib.OID, 0, mib.MaxSubIDs)
	instance, holes := mib.OID{1, 4, 1, 1, 5000}, mib.OID{1, 4, 1, 2}
	ok := true
	for name, f := range map[string]func(){
		"Get":             func() { ok = ok && !tree.Get(instance).IsException() },
		"Next":            func() { ok = next(tree, dst, instance) && ok },
		"Next over holes": func() { ok = next(tree, dst, holes) && ok },
	} {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
	if !ok {
		t.Error("an instance was not found")
	}
}

// TestNextGrowsOnce proves that a long run of holes costs no more space than an instance does, if dst has none.
func TestNextGrowsOnce(t *testing.T) {
	var searches int
	tree := squares(&searches)
	instance := testing.AllocsPerRun(10, func() { next(tree, nil, mib.OID{1, 4, 1, 1, 5000}) })
	holes := testing.AllocsPerRun(10, func() { next(tree, nil, mib.OID{1, 4, 1, 2}) })
	if holes > instance {
		t.Errorf("Next over holes allocates %v times, without holes %v times", holes, instance)
	}
}

// next reports whether Next finds something.
func next(tree mib.Tree, dst, start mib.OID) bool {
	_, _, ok := tree.Next(dst, start, false, nil)
	return ok
}

func BenchmarkGet(b *testing.B) {
	var searches int
	tree, name := squares(&searches), mib.OID{1, 4, 1, 1, 5000}
	b.ReportAllocs()
	for b.Loop() {
		if tree.Get(name).IsException() {
			b.Fatal("not found")
		}
	}
}

func BenchmarkNext(b *testing.B) {
	var searches int
	tree, start := squares(&searches), mib.OID{1, 4, 1, 1, 5000}
	dst := make(mib.OID, 0, mib.MaxSubIDs)
	b.ReportAllocs()
	for b.Loop() {
		if !next(tree, dst, start) {
			b.Fatal("not found")
		}
	}
}
