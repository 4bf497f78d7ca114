package vmmib_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// viewOf returns a View of that snapshot at the time of vmmibtest.
func viewOf(s *collector.Snapshot) *vmmib.View {
	return vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{Now: vmmibtest.Now})
}

// over returns VM-MIB over that snapshot.
func over(s *collector.Snapshot) mib.Tree { return viewOf(s).Tree() }

// An instance is a line of the golden list.
type instance struct {
	name  mib.OID
	value string
}

// walk returns all instances of a tree, in the order in which Next finds them.
func walk(tree mib.Tree) []instance {
	var out []instance
	name, v, ok := tree.Next(nil, nil, false, nil)
	for ok {
		out = append(out, instance{name, v.String()})
		name, v, ok = tree.Next(nil, name, false, nil)
	}
	return out
}

// goldenFile lists what is served of vmmibtest.Snapshot.
var goldenFile = filepath.Join("testdata", "walk.golden")

// golden reads the list.
func golden(t *testing.T) []instance {
	t.Helper()
	data, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	var list []instance
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " = ")
		if !ok {
			t.Fatalf("%s: line %q is not of the form name = value", goldenFile, lines.Text())
		}
		list = append(list, instance{mib.MustOID(name), value})
	}
	return list
}

// rewrite writes what is served now as the list.
func rewrite(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	for _, i := range walk(over(vmmibtest.Snapshot())) {
		fmt.Fprintln(&b, line(i))
	}
	if err := os.WriteFile(goldenFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// isReadable reports whether name begins with a scalar or a readable column. The numbers are those of the RFC, on
// purpose not those that the package itself is generated with.
func isReadable(name mib.OID) bool {
	objects := mib.MustOID("1.3.6.1.2.1.236.1")
	if !name.HasPrefix(objects) {
		return false
	}
	for _, scalar := range []string{"1.1", "1.2", "1.3", "1.4", "2", "3", "9", "10"} {
		if name.HasPrefix(append(objects.Append(), mib.MustOID(scalar)...)) {
			return true
		}
	}
	for _, table := range []struct{ number, first, last uint32 }{{4, 2, 17}, {5, 2, 2}, {6, 3, 3}, {7, 3, 18}, {8, 2, 5}} {
		entry := objects.Append(table.number, 1)
		if name.HasPrefix(entry) && len(name) > len(entry) && name[len(entry)] >= table.first && name[len(entry)] <= table.last {
			return true
		}
	}
	return false
}

// TestWalk proves that a walk finds the list and nothing else, and that the list is in order. It is not parallel, so
// that a list that is to be rewritten is so before other tests read it.
func TestWalk(t *testing.T) {
	if *update {
		rewrite(t)
	}
	list := golden(t)
	lines := func(list []instance) (out []string) {
		for _, i := range list {
			out = append(out, line(i))
		}
		return out
	}
	if diff := cmp.Diff(lines(list), lines(walk(over(vmmibtest.Snapshot())))); diff != "" {
		t.Errorf("unexpected walk (-want +got):\n%s", diff)
	}
	for i := range list[1:] {
		if list[i].name.Compare(list[i+1].name) >= 0 {
			t.Errorf("%s does not come before %s", list[i].name, list[i+1].name)
		}
	}
	for _, i := range list {
		if !isReadable(i.name) {
			t.Errorf("%s is not an instance of a readable object", i.name)
		}
	}
}

// TestGet proves that Get of each instance is its value.
func TestGet(t *testing.T) {
	t.Parallel()
	tree := over(vmmibtest.Snapshot())
	for _, i := range golden(t) {
		if diff := cmp.Diff(i.value, tree.Get(i.name).String()); diff != "" {
			t.Errorf("unexpected value of %s (-want +got):\n%s", i.name, diff)
		}
	}
}

// TestNext proves that Next from each instance, and from the whole gap before it, is the next one, that an end lets
// through what is before it and nothing else, and that the end ends. What is in a gap is no instance for Get either.
func TestNext(t *testing.T) {
	t.Parallel()
	tree, list := over(vmmibtest.Snapshot()), golden(t)
	var before mib.OID
	for _, i := range list {
		check := func(start mib.OID, include bool) {
			t.Helper()
			for _, tt := range []struct {
				end  mib.OID
				want string
			}{
				{nil, line(i)},
				{mib.MustOID("1.3.6.1.2.1.237"), line(i)},
				{i.name.Append(0), line(i)},
				{i.name, "none"},
				{i.name[:len(i.name)-1], "none"},
				{before, "none"},
				{mib.OID{1}, "none"},
			} {
				if tt.end == nil && tt.want == "none" {
					continue // nothing is before the first
				}
				if got := found(tree.Next(nil, start, include, tt.end)); got != tt.want {
					t.Errorf("Next from %q (include %v) to %q finds %s, want %s", start, include, tt.end, got, tt.want)
				}
			}
		}
		check(before, false)
		check(i.name, true)
		for _, start := range gap(before, i.name) {
			check(start, false)
			check(start, true)
			want := "noSuchObject"
			if isReadable(start) {
				want = "noSuchInstance"
			}
			if got := tree.Get(start).String(); got != want {
				t.Errorf("Get of %s is %s, want %s", start, got, want)
			}
		}
		before = i.name
	}
	if got := found(tree.Next(nil, before, false, nil)); got != "none" {
		t.Errorf("Next from the last instance finds %s", got)
	}
	for _, start := range append(gap(before, mib.OID{math.MaxUint32}),
		mib.MustOID("1.3.6.1.2.1.236.1.11"), mib.MustOID("1.3.6.1.2.1.236.1.11.0"), mib.MustOID("1.3.6.1.2.1.236.2.1.1"), mib.OID{2}) {
		for _, include := range []bool{false, true} {
			if got := found(tree.Next(nil, start, include, nil)); got != "none" {
				t.Errorf("Next from %s after the end finds %s", start, got)
			}
		}
	}
}

// gap returns names between a and b: the nearest ones to both, and those where a shorter name, such as that of a column,
// ends or begins.
func gap(a, b mib.OID) []mib.OID {
	between := []mib.OID{a.Append(0), a.Append(math.MaxUint32), a.Append(math.MaxUint32, math.MaxUint32), a.Append(0, 0, 0, 0)}
	for n := 1; n <= len(a); n++ {
		after := a[:n].Append()
		after[n-1]++
		between = append(between, after, after.Append(0), a[:n].Append(math.MaxUint32))
	}
	for n := 1; n <= len(b); n++ {
		above := b[:n].Append()
		between = append(between, above, above.Append(0), above.Append(0, 0))
		if above[n-1] > 0 {
			above[n-1]--
			between = append(between, above.Append(), above.Append(math.MaxUint32), above.Append(math.MaxUint32, math.MaxUint32, 0))
		}
	}
	return slices.DeleteFunc(between, func(o mib.OID) bool { return o.Compare(a) <= 0 || o.Compare(b) >= 0 })
}

// line and found write out an instance that is wanted and what Next found.
func line(i instance) string { return i.name.String() + " = " + i.value }

func found(name mib.OID, v mib.Value, ok bool) string {
	if !ok {
		return "none"
	}
	return line(instance{name, v.String()})
}
