package mib_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/mib"
	"pgregory.net/rapid"
)

// TestModuleGet proves Get for each instance and for names about them.
func TestModuleGet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := wards().Draw(t, "ward")
		m, tree := w.model(), wardModule().Over(w)
		for _, i := range m.instances {
			if diff := cmp.Diff(i.Value, tree.Get(i.Name)); diff != "" {
				t.Fatalf("unexpected value of %s (-want +got):\n%s", i.Name, diff)
			}
		}
		for _, name := range rapid.SliceOfN(m.names(), 1, 20).Draw(t, "names") {
			if diff := cmp.Diff(m.get(name), tree.Get(name)); diff != "" {
				t.Fatalf("unexpected value of %s (-want +got):\n%s", name, diff)
			}
		}
	})
}

// TestModuleNext proves Next from names about the instances to ends about them.
func TestModuleNext(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := wards().Draw(t, "ward")
		m, tree := w.model(), wardModule().Over(w)
		for range 20 {
			start := m.names().Draw(t, "start")
			include := rapid.Bool().Draw(t, "include")
			var end mib.OID
			if rapid.Bool().Draw(t, "bounded") {
				end = m.names().Draw(t, "end")
			}
			if diff := cmp.Diff(m.next(start, include, end), answer(tree.Next(nil, start, include, end))); diff != "" {
				t.Fatalf("unexpected answer from %q (include %v) to %q (-want +got):\n%s", start, include, end, diff)
			}
		}
	})
}

// TestModuleWalk proves that the chain of Next, each from what the one before found, is the list of instances.
func TestModuleWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := wards().Draw(t, "ward")
		tree := wardModule().Over(w)
		var got []mib.Varbind
		name, v, ok := tree.Next(nil, nil, false, nil)
		for ok {
			got = append(got, mib.Varbind{Name: name, Value: v})
			name, v, ok = tree.Next(nil, name, false, nil)
		}
		if diff := cmp.Diff(w.model().instances, got); diff != "" {
			t.Fatalf("unexpected instances (-want +got):\n%s", diff)
		}
	})
}

// TestModuleGaps proves that each instance is found from the whole of the gap before it, and from no other gap.
func TestModuleGaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := wards().Draw(t, "ward")
		m, tree := w.model(), wardModule().Over(w)
		for _, i := range m.instances {
			for _, start := range around(i.Name) {
				for _, include := range []bool{false, true} {
					for _, end := range append(around(i.Name), nil) {
						if diff := cmp.Diff(m.next(start, include, end), answer(tree.Next(nil, start, include, end))); diff != "" {
							t.Fatalf("unexpected answer from %q (include %v) to %q (-want +got):\n%s", start, include, end, diff)
						}
					}
				}
			}
		}
	})
}

// around returns the names next to name: itself, and the nearest ones before and after it.
func around(name mib.OID) []mib.OID {
	last := len(name) - 1
	out := []mib.OID{name, name.Append(0), name.Append(math.MaxUint32), name[:last], name[:last-1]}
	if name[last] > 0 {
		lower := name.Append()
		lower[last]--
		out = append(out, lower, lower.Append(math.MaxUint32))
	}
	if name[last] < math.MaxUint32 {
		higher := name.Append()
		higher[last]++
		out = append(out, higher)
	}
	return out
}

// TestModuleNextAppends proves what Next does with dst, with and without space in it.
func TestModuleNextAppends(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := wards().Draw(t, "ward")
		m, tree := w.model(), wardModule().Over(w)
		before := mib.OID(rapid.SliceOfN(subIDs(), 0, 3).Draw(t, "dst"))
		dst := append(make(mib.OID, 0, len(before)+rapid.IntRange(0, 12).Draw(t, "space")), before...)
		start := m.names().Draw(t, "start")
		asked := start.Append()
		got, v, ok := tree.Next(dst, start, false, nil)
		if start.Compare(asked) != 0 {
			t.Fatalf("Next changed its start from %q to %q", asked, start)
		}
		if !got.HasPrefix(before) {
			t.Fatalf("Next changed %q to %q", before, got)
		}
		if !ok && len(got) != len(before) {
			t.Fatalf("Next appended %q and found nothing", got[len(before):])
		}
		if diff := cmp.Diff(m.next(start, false, nil), answer(got[len(before):], v, ok)); diff != "" {
			t.Fatalf("unexpected answer from %q (-want +got):\n%s", start, diff)
		}
	})
}

func TestModuleOfNothing(t *testing.T) {
	t.Parallel()
	tree := mib.NewModule[int]().Over(0)
	if diff := cmp.Diff(mib.NoSuchObject, tree.Get(mib.OID{1})); diff != "" {
		t.Errorf("unexpected value (-want +got):\n%s", diff)
	}
	if name, _, ok := tree.Next(nil, nil, true, nil); ok {
		t.Errorf("unexpected instance %s", name)
	}
}

// TestTreeIsNoSetter holds a promise to whoever serves a Tree: what a Module describes is read-only.
func TestTreeIsNoSetter(t *testing.T) {
	t.Parallel()
	if _, ok := wardModule().Over(&ward{}).(mib.Setter); ok {
		t.Error("a Module's Tree claims that it can be set")
	}
}

func TestNewModulePanics(t *testing.T) {
	t.Parallel()
	read := func(int) mib.Value { return mib.Null() }
	scalar := func(oid ...uint32) mib.Object[int] { return &mib.Scalar[int]{OID: oid, Read: read} }
	table := func(change func(*mib.Table[int, int])) mib.Object[int] {
		tab := &mib.Table[int, int]{
			Entry:   mib.OID{1, 4, 1},
			Columns: []mib.Column[int]{{ID: 1, Read: read}, {ID: 3, Read: read}},
			Width:   1,
			Seek:    func(int, mib.Index) (int, bool) { return 0, false },
			Index:   func(int) mib.Index { return mib.Index{} },
		}
		change(tab)
		return tab
	}
	tests := []struct {
		name    string
		objects []mib.Object[int]
		want    string
	}{
		{name: "sound", objects: []mib.Object[int]{scalar(1, 1), scalar(1, 2), table(func(*mib.Table[int, int]) {})}},
		{
			name: "out of order", objects: []mib.Object[int]{scalar(1, 2), scalar(1, 1)},
			want: "mib: object 1.1 is not after object 1.2",
		},
		{
			name: "twice", objects: []mib.Object[int]{scalar(1, 2), scalar(1, 2)},
			want: "mib: object 1.2 is not after object 1.2",
		},
		{
			name: "one below another", objects: []mib.Object[int]{scalar(1, 4), table(func(*mib.Table[int, int]) {})},
			want: "mib: object 1.4.1 is not after object 1.4",
		},
		{name: "scalar without a name", objects: []mib.Object[int]{scalar()}, want: "mib: object : the name is empty or too long"},
		{
			name: "scalar with a long name", objects: []mib.Object[int]{scalar(ones(mib.MaxSubIDs)...)},
			want: "mib: object " + ones(mib.MaxSubIDs).String() + ": the name is empty or too long",
		},
		{
			name: "scalar without a value", objects: []mib.Object[int]{&mib.Scalar[int]{OID: mib.OID{1}}},
			want: "mib: object 1: it cannot be read",
		},
		{
			name: "table without a name", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Entry = nil })},
			want: "mib: object : the name is empty or too long",
		},
		{
			name: "table with a long name",
			objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) {
				t.Entry = ones(mib.MaxSubIDs - 1)
			})},
			want: "mib: object " + ones(mib.MaxSubIDs-1).String() + ": the name is empty or too long",
		},
		{
			name: "table without an index", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Width = 0 })},
			want: "mib: object 1.4.1: it has 0 INDEX objects, not 1 to 4",
		},
		{
			name: "table with a long index", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Width = 5 })},
			want: "mib: object 1.4.1: it has 5 INDEX objects, not 1 to 4",
		},
		{
			name: "table without rows", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Seek = nil })},
			want: "mib: object 1.4.1: its rows cannot be found",
		},
		{
			name: "rows without an index", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Index = nil })},
			want: "mib: object 1.4.1: its rows cannot be found",
		},
		{
			name: "columns out of order",
			objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) {
				slices.Reverse(t.Columns)
			})},
			want: "mib: object 1.4.1: column 1 is out of order",
		},
		{
			name: "column 0", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Columns[0].ID = 0 })},
			want: "mib: object 1.4.1: column 0 is out of order",
		},
		{
			name: "column without a value", objects: []mib.Object[int]{table(func(t *mib.Table[int, int]) { t.Columns[1].Read = nil })},
			want: "mib: object 1.4.1: column 3 cannot be read",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, panicText(func() { mib.NewModule(tt.objects...) })); diff != "" {
				t.Errorf("unexpected panic (-want +got):\n%s", diff)
			}
		})
	}
}
