package collector

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// TestAtStart proves what a vmond tells that begins where another ended.
func TestAtStart(t *testing.T) {
	t.Parallel()
	crashed, preserved := off("crashed"), running("preserved", 9)
	crashed.State, preserved.State = hv.StateCrashed, hv.StateCrashed
	tests := []struct {
		name   string
		before func(f *fake) // between the two
		want   []string      // of any virtual machine
	}{
		{"nothing changed", func(f *fake) {}, nil},
		{"one was paused", func(f *fake) { f.become("a", hv.StatePaused) }, []string{"running paused"}},
		{"one ended", func(f *fake) { f.vms["a"] = off("a") }, []string{"running shutdown"}},
		{"one vanished", func(f *fake) { delete(f.vms, "b") }, []string{"shutdown -"}},
		{"one that ran vanished", func(f *fake) { delete(f.vms, "a") }, []string{"running shutdown", "shutdown -"}},
		{"one is new", func(f *fake) { f.vms["c"] = off("c") }, []string{"- preparing", "preparing shutdown"}},
		{"one is new and runs", func(f *fake) { f.vms["c"] = running("c", 3) }, []string{"- running"}},
		{"a crash is forgotten", func(f *fake) { f.vms["crashed"] = off("crashed") }, nil},
		{"one that had crashed is destroyed", func(f *fake) { f.vms["preserved"] = off("preserved") }, []string{"crashed shutdown"}},
		{"one that had crashed runs", func(f *fake) { f.vms["crashed"] = running("crashed", 5) }, []string{"crashed running"}},
		{"the host was restarted", func(f *fake) {
			f.host.Life = "another"
			f.vms["a"] = off("a")
			delete(f.vms, "b")
			f.vms["c"] = off("c")
		}, nil},
		{"the hypervisor tells no life", func(f *fake) {
			f.host.Life = ""
			f.vms["a"] = off("a")
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store, err := OpenStore(filepath.Join(t.TempDir(), "vmond.db"), zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(running("a", 1), off("b"), crashed, preserved)
				first := New(watchedFake{f}, store, testIntervals, zap.NewNop())
				var early []Change
				first.Follow(func(changes []Change) { early = append(early, changes...) })
				end := start(t, first)
				pass(watchGrace)
				end()
				if early != nil {
					t.Errorf("unexpected changes of the first vmond: %+v", early)
				}
				tt.before(f)
				c, changes := follow(t, watchedFake{f}, store)
				pass(firstGrace)
				var got []string
				for _, ch := range changes.all() {
					got = append(got, changes.steps(ch.Name)...)
					if !ch.Missed || ch.Cause != byReading {
						t.Errorf("unexpected cause: %+v", ch)
					}
				}
				slices.Sort(got)
				got = slices.Compact(got)
				want := slices.Sorted(slices.Values(tt.want))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				changes.check(t, c)
				// What is told is told once.
				told := len(changes.all())
				pass(2 * testIntervals.States)
				if got := changes.all()[told:]; len(got) > 0 {
					t.Errorf("told again: %+v", got)
				}
			})
		})
	}
}

// TestWhatWasToldIsOnDiskSoon proves that the next vmond knows what this one has told, however this one ends.
func TestWhatWasToldIsOnDiskSoon(t *testing.T) {
	t.Parallel()
	store, err := OpenStore(filepath.Join(t.TempDir(), "vmond.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		_, changes := follow(t, watchedFake{f}, store)
		for i, e := range []hv.Event{{Kind: hv.Suspended, Detail: hv.SuspendedIOError}, {Kind: hv.Resumed}, {Kind: hv.Crashed}, {Kind: hv.Shutdown}} {
			e.Key, e.Name = "vm", "name of vm"
			f.events <- e
			pass(saveDelay / 100)
			_, records, err := store.load()
			if err != nil {
				t.Fatal(err)
			}
			if got := len(changes.all()); got != i+1 {
				t.Fatalf("%d changes after %d events", got, i+1)
			}
			if got, want := records["vm"].State, changes.all()[i].To; got != want {
				t.Errorf("unexpected state on disk after %v: want %v, got %v", e, want, got)
			}
		}
	})
}

// TestAfterAReconnect proves that what happened while the hypervisor's daemon was away is told once, as missed.
func TestAfterAReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1), running("other", 2))
		c, changes := follow(t, watchedFake{f}, nil)
		f.set(func() {
			f.errs["states"], f.errs["watch"] = errors.New("away"), errors.New("away")
			close(f.events)
			f.events = make(chan hv.Event)
		})
		pass(time.Minute)
		f.set(func() {
			f.become("vm", hv.StatePaused)
			clear(f.errs)
		})
		pass(time.Minute)
		if diff := cmp.Diff([]string{"running paused"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		if got := changes.steps("name of other"); got != nil {
			t.Errorf("unexpected changes of another: %q", got)
		}
		if !changes.all()[0].Missed {
			t.Errorf("not missed: %+v", changes.all()[0])
		}
		f.events <- hv.Event{Kind: hv.Resumed, Key: "vm", Name: "name of vm"}
		synctest.Wait()
		if last := changes.all()[1]; last.Missed || last.Cause != "resumed (unpaused)" {
			t.Errorf("unexpected change after that: %+v", last)
		}
		changes.check(t, c)
	})
}
