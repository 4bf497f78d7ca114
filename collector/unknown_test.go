package collector

import (
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// TestAStateThatWasNeverRead proves what is told of a virtual machine that was there, in a state that nobody could read:
// nothing because it is read at last, and whatever an event tells, from the state unknown.
func TestAStateThatWasNeverRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []hv.Event
		ends   hv.OperState // what a reading finds; hv.StateUnknown: it is gone
		want   []string
	}{
		{"it can be read", nil, hv.StateRunning, nil},
		{"it is off when it can be read", nil, hv.StateShutdown, nil},
		{"it stops", []hv.Event{{Kind: hv.Stopped}}, hv.StateShutdown, []string{"unknown shutdown"}},
		{"it migrates", []hv.Event{{Kind: hv.Suspended, Detail: hv.SuspendedMigrated}}, hv.StateMigrating, []string{"unknown migrating"}},
		{"it is defined anew", []hv.Event{{Kind: hv.Defined, Detail: hv.DefinedUpdated}}, hv.StatePaused, nil},
		{"it is undefined", []hv.Event{{Kind: hv.Undefined}}, hv.StateUnknown, []string{"unknown -"}},
		{"it vanishes", nil, hv.StateUnknown, []string{"unknown -"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				vm := off("vm")
				vm.State, vm.Admin = hv.StateUnknown, hv.AdminUnknown
				f := newFake(vm, running("neighbour", 77))
				c, changes := follow(t, watchedFake{f}, nil)
				f.set(func() { f.become("vm", tt.ends) })
				for _, e := range tt.events {
					e.Key, e.Name = "vm", "name of vm"
					f.events <- e
				}
				pass(testIntervals.States)
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				changes.check(t, c)
			})
		})
	}
}

// TestAStateThatCannotBeReadIsNoChange proves that a virtual machine that does not answer for a moment does not seem to
// start when it answers again.
func TestAStateThatCannotBeReadIsNoChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, changes := follow(t, watchedFake{f}, nil)
		for _, s := range []hv.OperState{hv.StateUnknown, hv.StateRunning, hv.StateUnknown, hv.StatePaused} {
			f.change("vm", func(vm *fakeVM) { vm.State = s })
			pass(testIntervals.States)
			if got := c.Latest().VM(1).State; got != s {
				t.Errorf("unexpected state: want %v, got %v", s, got)
			}
		}
		if diff := cmp.Diff([]string{"running paused"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
	})
}

// TestEventsThatLackSomething proves that no name is taken for a name, and no virtual machine for one.
func TestEventsThatLackSomething(t *testing.T) {
	t.Parallel()
	store, err := OpenStore(filepath.Join(t.TempDir(), "vmond.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		c, changes := follow(t, watchedFake{f}, store)
		f.set(func() { f.hang["states"] = true })
		pass(testIntervals.States)
		for _, e := range []hv.Event{
			{Kind: hv.Defined, Key: "vm"}, {Kind: hv.Started, Key: "vm"}, {Kind: hv.Started, Name: "nobody"}, {Kind: hv.Busy, Name: "nobody"},
		} {
			f.events <- e
		}
		pass(eventDelay)
		if diff := cmp.Diff([]string{"shutdown running"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		if got := c.Latest(); got.Len() != 1 || got.VM(1).Name != "name of vm" {
			t.Errorf("unexpected virtual machines: %q", names(got))
		}
		if h := c.Health().Store; h.Failures > 0 {
			t.Errorf("what is nobody cannot be kept: %v", h.LastError)
		}
		changes.check(t, c)
	})
}
