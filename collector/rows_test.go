package collector

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// parts are what a search may ask for.
var parts = []Part{WithCPUs, WithDisks, WithNICs, Any}

// vmWith returns a virtual machine with so many of each part.
func vmWith(index int32, cpus, disks, nics int) *VM {
	return &VM{Index: index, CPUs: make([]CPU, cpus), Disks: make([]Disk, disks), NICs: make([]NIC, nics)}
}

// rowsOf returns a list of n virtual machines with the indices from 1, step apart.
func rowsOf(n, step int) rows {
	e := rows{}.edit()
	for i := range n {
		e.put(vmWith(int32(1+i*step), i%2, i%3, i%5))
	}
	return e.rows()
}

// A pair is a list with what it must hold.
type pair struct {
	rows  rows
	model map[int32]*VM
}

// seek is what rows.seek must return, looked up the simple way.
func (p pair) seek(index int32, part Part) *VM {
	for _, i := range slices.Sorted(maps.Keys(p.model)) {
		if i >= index && (part == Any || p.model[i].count(part) > 0) {
			return p.model[i]
		}
	}
	return nil
}

// checkNode fails the test unless the node and all below it are as they must be, and returns its virtual machines and how many
// nodes are on the way to each.
func checkNode(t *rapid.T, n *node) (vms []*VM, depth int) {
	t.Helper()
	if len(n.keys) == 0 || len(n.keys) >= nodeSize || len(n.keys) != len(n.vms)+len(n.kids) {
		t.Fatalf("a node has %d keys, %d virtual machines and %d kids", len(n.keys), len(n.vms), len(n.kids))
	}
	if n.kids == nil {
		if diff := cmp.Diff(leaf(nil, n.vms).keys, n.keys); diff != "" {
			t.Fatalf("unexpected keys of a leaf (-want +got):\n%s", diff)
		}
		vms, depth = n.vms, 1
	}
	for i, kid := range n.kids {
		below, d := checkNode(t, kid)
		if n.keys[i] != kid.last() || i > 0 && d+1 != depth {
			t.Fatalf("kid %d has the key %d and the depth %d, want %d and %d", i, n.keys[i], d+1, kid.last(), depth)
		}
		vms, depth = append(vms, below...), d+1
	}
	if want := leaf(nil, vms).has; n.has != want {
		t.Fatalf("a node counts %v, want %v", n.has, want)
	}
	return vms, depth
}

// check fails the test unless the list holds what it must, and its nodes are as they must be.
func (p pair) check(t *rapid.T) {
	t.Helper()
	var got []*VM
	if p.rows.root != nil {
		got, _ = checkNode(t, p.rows.root)
	}
	var want []*VM
	for _, i := range slices.Sorted(maps.Keys(p.model)) {
		want = append(want, p.model[i])
	}
	if !slices.Equal(got, want) || !slices.Equal(slices.Collect(p.rows.all()), want) || p.rows.n != len(want) {
		t.Fatalf("unexpected list of %d, said to be %d, want %d", len(got), p.rows.n, len(want))
	}
}

// TestRows edits a list at random beside a map, and keeps all lists that there were.
func TestRows(t *testing.T) {
	t.Parallel()
	const highest = 3000
	rapid.Check(t, func(t *rapid.T) {
		index := rapid.Int32Range(1, highest)
		draw := func(t *rapid.T) *VM {
			has := rapid.IntRange(0, 2)
			return vmWith(index.Draw(t, "index"), has.Draw(t, "cpus"), has.Draw(t, "disks"), has.Draw(t, "nics"))
		}
		first := pair{rowsOf(rapid.IntRange(0, 1000).Draw(t, "n"), 3), map[int32]*VM{}}
		for vm := range first.rows.all() {
			first.model[vm.Index] = vm
		}
		now, old := first, []pair(nil)
		t.Repeat(map[string]func(*rapid.T){
			"edit": func(t *rapid.T) {
				old = append(old, now)
				e, model := now.rows.edit(), maps.Clone(now.model)
				for range rapid.IntRange(0, 40).Draw(t, "changes") {
					if rapid.Bool().Draw(t, "put") {
						vm := draw(t)
						e.put(vm)
						model[vm.Index] = vm
						continue
					}
					i := index.Draw(t, "index")
					e.remove(i)
					delete(model, i)
				}
				i := index.Draw(t, "index")
				if got := e.get(i); got != model[i] {
					t.Fatalf("unexpected %v of index %d within the edit", got, i)
				}
				now = pair{e.rows(), model}
			},
			"remove a run": func(t *rapid.T) {
				old = append(old, now)
				e, model := now.rows.edit(), maps.Clone(now.model)
				from := index.Draw(t, "from")
				for i := from; i < from+rapid.Int32Range(0, highest).Draw(t, "n"); i++ {
					e.remove(i)
					delete(model, i)
				}
				now = pair{e.rows(), model}
			},
			"put a run": func(t *rapid.T) {
				old = append(old, now)
				e, model := now.rows.edit(), maps.Clone(now.model)
				from := index.Draw(t, "from")
				for i := from + rapid.Int32Range(0, 2*nodeSize).Draw(t, "n"); i >= from; i-- {
					vm := vmWith(i, 0, 1, 0)
					e.put(vm)
					model[i] = vm
				}
				now = pair{e.rows(), model}
			},
			"": func(t *rapid.T) {
				now.check(t)
				i, part := rapid.Int32Range(-1, highest+1).Draw(t, "index"), rapid.SampledFrom(parts).Draw(t, "part")
				if got, want := now.rows.seek(i, part), now.seek(i, part); got != want {
					t.Fatalf("unexpected %v at or after index %d with part %d, want %v", got, i, part, want)
				}
			},
		})
		for _, p := range old {
			p.check(t)
		}
	})
}

func TestSeek(t *testing.T) {
	t.Parallel()
	e := rows{}.edit()
	for _, vm := range []*VM{vmWith(2, 1, 0, 0), vmWith(5, 0, 1, 0), vmWith(9, 1, 1, 0)} {
		e.put(vm)
	}
	r := e.rows()
	tests := []struct {
		index int32
		part  Part
		want  int32 // 0: none
	}{
		{-1, Any, 2}, {0, Any, 2}, {2, Any, 2}, {3, Any, 5}, {9, Any, 9}, {10, Any, 0}, {1<<31 - 1, Any, 0},
		{0, WithCPUs, 2}, {3, WithCPUs, 9}, {10, WithCPUs, 0},
		{0, WithDisks, 5}, {6, WithDisks, 9},
		{0, WithNICs, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d with %d", tt.index, tt.part), func(t *testing.T) {
			t.Parallel()
			var got int32
			if vm := r.seek(tt.index, tt.part); vm != nil {
				got = vm.Index
			}
			if got != tt.want {
				t.Fatalf("unexpected index %d, want %d", got, tt.want)
			}
		})
	}
	if got := (rows{}).seek(1, Any); got != nil {
		t.Fatalf("unexpected %v in the empty list", got)
	}
}

// nodes returns the nodes of a list.
func (r rows) nodes() map[*node]bool {
	all := map[*node]bool{}
	var visit func(*node)
	visit = func(n *node) {
		all[n] = true
		for _, kid := range n.kids {
			visit(kid)
		}
	}
	if r.root != nil {
		visit(r.root)
	}
	return all
}

// way returns the nodes from the root to the virtual machine of that index.
func (r rows) way(index int32) []*node {
	way := []*node{r.root}
	for n := r.root; n.kids != nil; {
		n = n.kids[n.find(index)]
		way = append(way, n)
	}
	return way
}

// An edit copies the nodes on the way to what it changes, and shares all others.
func TestEditShares(t *testing.T) {
	t.Parallel()
	old := rowsOf(10_000, 1)
	for _, change := range []struct {
		name string
		do   func(*edit)
	}{
		{"put", func(e *edit) { e.put(vmWith(5000, 1, 1, 1)) }},
		{"remove", func(e *edit) { e.remove(5000) }},
		{"put twice", func(e *edit) { e.put(vmWith(5000, 1, 1, 1)); e.put(vmWith(5000, 0, 0, 0)) }},
	} {
		t.Run(change.name, func(t *testing.T) {
			t.Parallel()
			e := old.edit()
			change.do(e)
			gone, now := old.nodes(), e.rows().nodes()
			for n := range now {
				delete(gone, n)
			}
			for _, n := range old.way(5000) {
				delete(gone, n)
			}
			if len(now) != len(old.nodes()) || len(gone) > 0 {
				t.Fatalf("%d nodes became %d, of which %d were copied that lie elsewhere", len(old.nodes()), len(now), len(gone))
			}
		})
	}
	e := old.edit()
	e.remove(1 << 30) // nobody
	if now := e.rows(); now != old {
		t.Fatal("the removal of nobody changed something")
	}
}

// A node that is the edit's own is changed in place, until the edit has ended.
func TestEditCopiesOnce(t *testing.T) {
	t.Parallel()
	e := rowsOf(10_000, 1).edit()
	e.put(vmWith(5000, 0, 0, 0))
	own := e.r.way(5000)
	e.put(vmWith(5000, 1, 0, 0))
	e.remove(4999)
	if !slices.Equal(e.r.way(5000), own) {
		t.Fatal("nodes were copied once more")
	}
	before := e.rows()
	e.put(vmWith(5000, 0, 0, 0))
	for i, n := range e.r.way(5000) {
		if n == own[i] {
			t.Fatalf("node %d was changed after the edit had ended", i)
		}
	}
	if got := before.seek(5000, WithCPUs); got == nil || got.Index != 5000 {
		t.Fatalf("unexpected %v in a list that is not to change", got)
	}
}

// TestWayIsShort proves that what an event copies grows by a node when there are many times as many virtual machines.
func TestWayIsShort(t *testing.T) {
	t.Parallel()
	for n, most := range map[int]int{10: 1, 1_000: 2, 10_000: 3, 100_000: 4} {
		if got := len(rowsOf(n, 1).way(int32(n / 2))); got > most {
			t.Errorf("unexpected number of nodes on the way to one of %d: want at most %d, got %d", n, most, got)
		}
	}
}

func TestCountOfAnyPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if got, want := fmt.Sprint(recover()), "collector: part that is not counted"; got != want {
			t.Fatalf("unexpected panic %q, want %q", got, want)
		}
	}()
	vmWith(1, 1, 1, 1).count(Any)
}

// The cost of one change, as an event makes it.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r, vm := rowsOf(n, 1), vmWith(int32(n/2), 1, 1, 1)
			b.ReportAllocs()
			for b.Loop() {
				e := r.edit()
				e.put(vm)
				r = e.rows()
			}
		})
	}
}

func BenchmarkSeek(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		r := rowsOf(n, 1)
		for _, part := range parts {
			b.Run(fmt.Sprintf("%d/%d", n, part), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if r.seek(int32(1+i*7919%(n/2)), part) == nil {
						b.Fatal("nobody found")
					}
				}
			})
		}
	}
}

// What removals leave does not fall to pieces: a list of which nearly all is gone has few leaves.
func TestRowsJoinWhatRemovalsLeave(t *testing.T) {
	t.Parallel()
	const all, every = 20_000, 100
	e := rows{}.edit()
	for i := range int32(all) {
		e.put(&VM{Index: i + 1})
	}
	for i := range int32(all) {
		if i%every != 0 {
			e.remove(i + 1)
		}
	}
	r := e.rows()
	if r.n != all/every {
		t.Fatalf("unexpected length: want %d, got %d", all/every, r.n)
	}
	// Two neighbours together are always more than half a node, in each branch.
	leaves := 0
	for n := range r.nodes() {
		if n.kids == nil {
			leaves++
		}
	}
	if most := 4 * r.n / (nodeSize / 2); leaves > most {
		t.Errorf("unexpected number of leaves: want at most %d, got %d", most, leaves)
	}
}
