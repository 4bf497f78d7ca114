package collector

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// known returns one that is shut down, with a UUID that ends in that octet, or none for 0.
func known(key string, uuid byte) fakeVM {
	vm := off(key)
	vm.UUID = hv.UUID{15: uuid}
	return vm
}

// TestAdopt proves who is taken for a virtual machine that was there under another key, and who is not.
func TestAdopt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after []fakeVM
		want          map[string]int32 // the indices in the end
		told          []string         // who comes, and who goes
	}{
		{
			"renamed", []fakeVM{known("web", 1), known("db", 2)}, []fakeVM{known("shop", 1), known("db", 2)},
			map[string]int32{"shop": 1, "db": 2}, nil,
		},
		{
			"two change their names", []fakeVM{known("a", 1), known("b", 2)}, []fakeVM{known("c", 2), known("d", 1)},
			map[string]int32{"d": 1, "c": 2}, nil,
		},
		{
			"one is copied", []fakeVM{known("web", 1)}, []fakeVM{known("web", 1), known("shop", 1)},
			map[string]int32{"web": 1, "shop": 2}, []string{"+name of shop"},
		},
		{
			"one is copied, and the other is gone", []fakeVM{known("web", 1)}, []fakeVM{known("shop", 1), known("store", 1)},
			map[string]int32{"shop": 2, "store": 3},
			[]string{"+name of shop", "+name of store", "-name of web"},
		},
		{
			"one of two that were the same", []fakeVM{known("a", 1), known("b", 1)}, []fakeVM{known("c", 1)},
			map[string]int32{"c": 3}, []string{"+name of c", "-name of a", "-name of b"},
		},
		{
			"without a UUID", []fakeVM{known("web", 0)}, []fakeVM{known("shop", 0)},
			map[string]int32{"shop": 2}, []string{"+name of shop", "-name of web"},
		},
		{
			"another one", []fakeVM{known("web", 1)}, []fakeVM{known("shop", 2)},
			map[string]int32{"shop": 2}, []string{"+name of shop", "-name of web"},
		},
		{
			"one that the list has twice", []fakeVM{known("web", 1)}, []fakeVM{known("shop", 1), known("shop", 1)},
			map[string]int32{"shop": 1}, nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, restarted := range []bool{false, true} {
				path := filepath.Join(t.TempDir(), "vmond.db")
				l, store := openLedger(t, path)
				inv := newInventory(l, time.Now())
				f := newFake()
				find(t, inv, f.host, tt.before)
				inv.changes = nil
				if restarted {
					if err := l.commit(); err != nil {
						t.Fatal(err)
					}
					store.Close()
					l, _ = openLedger(t, path)
					inv = newInventory(l, time.Now())
				}
				find(t, inv, f.host, tt.after)
				got, told := map[string]int32{}, []string(nil)
				for vm := range inv.snapshot().VMs() {
					got[vm.Key] = vm.Index
					if vm.Name != "name of "+vm.Key {
						t.Errorf("unexpected name %q of %q", vm.Name, vm.Key)
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("restarted %t: unexpected indices (-want +got):\n%s", restarted, diff)
				}
				for _, c := range inv.changes {
					switch {
					case c.From.IsZero():
						told = append(told, "+"+c.Name)
					case c.To.IsZero():
						told = append(told, "-"+c.Name)
					}
				}
				slices.Sort(told)
				if diff := cmp.Diff(tt.told, told); diff != "" {
					t.Errorf("restarted %t: unexpected changes (-want +got):\n%s%+v", restarted, diff, inv.changes)
				}
				if n := l.existing(); n != len(tt.want) || len(indices(l)) != n {
					t.Errorf("restarted %t: %d exist, %v, want %d", restarted, n, indices(l), len(tt.want))
				}
			}
		})
	}
}

// find has the states be read, as a list that has these in that order.
func find(t *testing.T, inv *inventory, host hv.Host, vms []fakeVM) {
	t.Helper()
	inv.setHost(host)
	var list []hv.Summary
	for _, vm := range vms {
		list = append(list, vm.Summary)
	}
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// TestAdoptUnderAnEarlierName proves that a virtual machine that has again a name which one had that is gone stays the same, is
// read anew, and leaves nothing behind under its old name: not on disk either, at once.
func TestAdoptUnderAnEarlierName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, store := openLedger(t, path)
	inv := newInventory(l, time.Now())
	f := newFake(known("web", 1), known("old", 2))
	read(t, inv, f)
	index := inv.byKey["web"].Index
	delete(f.vms, "old")
	read(t, inv, f)
	delete(f.vms, "web")
	f.vms["old"] = known("old", 1)
	find(t, inv, f.host, []fakeVM{f.vms["old"]})
	if !inv.undefined["old"] || !inv.unmeasured["old"] || len(inv.undefined) != 1 || len(inv.unmeasured) != 1 {
		t.Errorf("unexpected virtual machines to be read anew: %v, %v", inv.undefined, inv.unmeasured)
	}
	if l.existing() != 1 {
		t.Errorf("%d exist", l.existing())
	}
	store.Close() // without another commit: both keys are on disk
	l, _ = openLedger(t, path)
	if diff := cmp.Diff(map[string]int32{"old": index}, indices(l)); diff != "" || len(l.records) != 1 || l.existing() != 1 {
		t.Errorf("unexpected indices (-want +got):\n%s%d records", diff, len(l.records))
	}
	// The index that was kept free is never given again.
	if r, _ := l.take("new", 2*quarantine); r.Index != 3 {
		t.Errorf("unexpected index %d of a new one", r.Index)
	}
}

// TestAdoptInAHurry proves that one of which an event tells while the states are read is still the same, and is brought up to date
// by the next reading.
func TestAdoptInAHurry(t *testing.T) {
	t.Parallel()
	inv := memory(t)
	f := newFake()
	find(t, inv, f.host, []fakeVM{known("web", 1), known("db", 2)})
	before := inv.byKey["web"].Index
	inv.changes = nil
	for _, touched := range []bool{true, false} {
		inv.touched["shop"] = touched
		find(t, inv, f.host, []fakeVM{known("shop", 1), known("db", 2)})
		name := "name of shop"
		if touched {
			name = "name of web"
		}
		if vm := inv.byKey["shop"]; vm == nil || vm.Index != before || vm.Name != name || inv.snapshot().VM(before) != vm {
			t.Errorf("touched %t: unexpected virtual machine %+v", touched, vm)
		}
		if len(inv.byKey) != 2 || inv.snapshot().Len() != 2 || inv.changes != nil {
			t.Errorf("touched %t: unexpected virtual machines %v, changes %+v", touched, inv.byKey, inv.changes)
		}
		clear(inv.touched)
	}
}

// TestAdoptBeforeAReading has an event tell of a virtual machine under its new key before any reading has found it there: that it is
// the same one is left to the reading.
func TestAdoptBeforeAReading(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		goes  bool // it is not there any more under its old key
		event hv.EventKind
		want  []string
		index int32 // of the one with the new key
	}{
		{"renamed and started", true, hv.Started, []string{"shutdown running"}, 1},
		{"renamed", true, hv.Defined, []string{"shutdown running"}, 1},
		{"a copy is started", false, hv.Started, []string{"- running"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(known("web", 1))
				c, changes := follow(t, watchedFake{f}, nil)
				shop := running("shop", 7)
				shop.UUID = known("", 1).UUID
				f.set(func() {
					f.vms["shop"] = shop
					if tt.goes {
						delete(f.vms, "web")
					}
				})
				f.events <- hv.Event{Kind: tt.event, Key: "shop", UUID: shop.UUID, Name: shop.Name}
				pass(2 * testIntervals.States)
				if diff := cmp.Diff(tt.want, changes.steps(shop.Name)); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				if vm := c.Latest().VM(tt.index); vm == nil || vm.Key != "shop" || len(changes.all()) != len(tt.want) {
					t.Errorf("unexpected virtual machine %+v, changes %+v", vm, changes.all())
				}
				changes.check(t, c)
			})
		})
	}
}
