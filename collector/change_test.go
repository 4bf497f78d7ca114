package collector

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// TestAReadingNeverOvertakesEvents has a reading tell what is older than an event, and newer.
func TestAReadingNeverOvertakesEvents(t *testing.T) {
	t.Parallel()
	pause := hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError, Key: "vm", Name: "name of vm"}
	resume := hv.Event{Kind: hv.Resumed, Key: "vm", Name: "name of vm"}
	stop := hv.Event{Kind: hv.Stopped, Detail: hv.StoppedDestroyed, Key: "vm", Name: "name of vm"}
	tests := []struct {
		name   string
		read   func(f *fake) // what the reading finds
		events []hv.Event    // that come before the reading is flushed
		after  func(f *fake) // what is true after the events
		want   []string
	}{
		{"the reading is older", func(f *fake) {}, []hv.Event{pause}, func(f *fake) { f.become("vm", hv.StatePaused) },
			[]string{"running paused"}},
		{"the reading is newer than the first event", func(f *fake) { f.vms["vm"] = off("vm") }, []hv.Event{pause, resume, stop},
			func(f *fake) { f.vms["vm"] = off("vm") },
			[]string{"running paused", "paused running", "running shutdown"}},
		{"the reading is between two events", func(f *fake) { f.become("vm", hv.StatePaused) }, []hv.Event{pause, resume},
			func(f *fake) { f.become("vm", hv.StateRunning) }, []string{"running paused", "paused running"}},
		{"the reading is older than its end", func(f *fake) {}, []hv.Event{
			{Kind: hv.Undefined, Key: "vm", Name: "name of vm"}, stop,
		}, func(f *fake) { delete(f.vms, "vm") }, []string{"running shutdown", "shutdown -"}},
		{"the reading is older than its beginning", func(f *fake) {}, []hv.Event{{Kind: hv.Started, Key: "new", Name: "name of vm"}},
			func(f *fake) { f.vms["new"] = running("new", 9) }, []string{"- running"}},
		{"an event that says nothing of the state", func(f *fake) { f.become("vm", hv.StatePaused) }, []hv.Event{{Kind: hv.Changed, Key: "vm"}},
			func(f *fake) { f.hang["states"] = true }, []string{"running paused"}},
		{"nothing told it", func(f *fake) { f.become("vm", hv.StatePaused) }, nil, func(f *fake) {}, []string{"running paused"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(running("vm", 1), running("neighbour", 2))
				gate := gatedFake{watchedFake{f}, make(chan struct{})}
				c, changes := follow(t, gate, nil)
				f.set(func() { tt.read(f) })
				pass(testIntervals.States) // now the reading is done, and waits to be flushed
				for _, e := range tt.events {
					f.events <- e
				}
				f.set(func() { tt.after(f) })
				close(gate.flush)
				pass(testIntervals.States)
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				changes.check(t, c)
			})
		})
	}
}

// A gatedFake holds up each Flush but the first, which is that of the first reading, until its gate is open.
type gatedFake struct {
	watchedFake
	flush chan struct{}
}

func (f gatedFake) Flush(ctx context.Context) error {
	if f.count("flush") == 0 {
		return f.watchedFake.Flush(ctx)
	}
	select {
	case <-f.flush:
		return f.watchedFake.Flush(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestAReadingThatCannotBeFlushedIsNotTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, changes := follow(t, watchedFake{f}, nil)
		f.set(func() {
			f.become("vm", hv.StatePaused)
			f.errs["flush"] = errors.New("watch lost")
		})
		pass(2 * testIntervals.States)
		if got := changes.steps("name of vm"); got != nil {
			t.Errorf("unexpected changes: %q", got)
		}
		if h := c.Health().States; h.Failures == 0 || h.LastError != "watch lost" {
			t.Errorf("unexpected health: %+v", h)
		}
		f.set(func() { delete(f.errs, "flush") })
		pass(retryAfter)
		if diff := cmp.Diff([]string{"running paused"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
	})
}

// TestAQuestionHoldsUpItsOwn proves that what comes after an event that leaves the state open waits for the answer, and
// that others do not.
func TestAQuestionHoldsUpItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1), running("other", 2))
		c, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { f.hang["state"] = true })
		for range 3 {
			f.events <- hv.Event{Kind: hv.Suspended, Key: "vm", Name: "name of vm"}
			f.events <- hv.Event{Kind: hv.Resumed, Key: "vm", Name: "name of vm"}
		}
		f.events <- hv.Event{Kind: hv.Stopped, Key: "vm", Name: "name of vm"}
		f.events <- hv.Event{Kind: hv.Stopped, Key: "other", Name: "name of other"}
		f.set(func() { f.vms["vm"], f.vms["other"] = off("vm"), off("other") })
		synctest.Wait()
		if got := changes.steps("name of vm"); got != nil {
			t.Errorf("unexpected changes before the answer: %q", got)
		}
		if diff := cmp.Diff([]string{"running shutdown"}, changes.steps("name of other")); diff != "" {
			t.Errorf("unexpected changes of another (-want +got):\n%s", diff)
		}
		pass(questionTimeout)
		f.set(func() { delete(f.hang, "state") })
		pass(questionTimeout)
		want := []string{
			"running paused", "paused running", "running paused", "paused running", "running paused", "paused running",
			"running shutdown",
		}
		if diff := cmp.Diff(want, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		changes.check(t, c)
	})
}

// TestTheSameQuestionIsAskedOnce proves that the progress of a migration, told again and again, holds up its end no longer
// than two answers take.
func TestTheSameQuestionIsAskedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { f.hang["state"] = true })
		for range 100 {
			f.events <- hv.Event{Kind: hv.Busy, Key: "vm", Name: "name of vm"}
		}
		f.events <- hv.Event{Kind: hv.Stopped, Detail: hv.StoppedMigrated, Key: "vm", Name: "name of vm"}
		f.set(func() { f.vms["vm"] = off("vm") })
		pass(2 * questionTimeout)
		if diff := cmp.Diff([]string{"running shutdown"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		changes.check(t, c)
	})
}

// TestTheSameQuestionIsAskedAgainLater proves that it is another question once something else has happened.
func TestTheSameQuestionIsAskedAgainLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		_, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { f.hang["state"] = true })
		for _, k := range []hv.EventKind{hv.Busy, hv.Resumed, hv.Busy} {
			f.events <- hv.Event{Kind: k, Key: "vm", Name: "name of vm"}
		}
		synctest.Wait()
		f.set(func() {
			delete(f.hang, "state")
			f.become("vm", hv.StateMigrating)
			f.hang["states"] = true
		})
		pass(questionTimeout)
		if diff := cmp.Diff([]string{"running migrating"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
	})
}

// TestAStartIsTheSameWhoeverLooks proves that a reading which falls into the moment in which a virtual machine is prepared
// changes nothing of what is told.
func TestAStartIsTheSameWhoeverLooks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		vm    *fakeVM // before
		event hv.Event
		ends  hv.OperState // what the event leads to; StateUnknown: it is gone without an event
		want  []string
	}{
		{"start", new(off("vm")), hv.Event{Kind: hv.Resumed}, hv.StateRunning, []string{"shutdown running"}},
		{"start, found by a reading", new(off("vm")), hv.Event{Kind: hv.Changed}, hv.StateRunning, []string{"shutdown running"}},
		{"start, called off", new(off("vm")), hv.Event{Kind: hv.Changed}, hv.StateShutdown, nil},
		{"create", nil, hv.Event{Kind: hv.Resumed}, hv.StateRunning, []string{"- running"}},
		{"create, found by a reading", nil, hv.Event{Kind: hv.Changed}, hv.StateRunning, []string{"- running"}},
		{"create, called off", nil, hv.Event{Kind: hv.Changed}, hv.StateUnknown, []string{"- preparing", "preparing -"}},
		{"create that fails", nil, hv.Event{Kind: hv.Stopped, Detail: hv.StoppedFailed}, hv.StateUnknown, []string{"- preparing", "preparing -"}},
		{"start that fails", new(off("vm")), hv.Event{Kind: hv.Stopped, Detail: hv.StoppedFailed}, hv.StateShutdown, nil},
		{"migration to here", nil, hv.Event{Kind: hv.Started, Detail: hv.StartedMigrated}, hv.StateMigrating,
			[]string{"- shutdown", "shutdown migrating"}},
		{"restore", nil, hv.Event{Kind: hv.Started, Detail: hv.StartedRestored}, hv.StateResuming, []string{"- resuming"}},
		{"define", nil, hv.Event{Kind: hv.Defined}, hv.StateShutdown, []string{"- preparing", "preparing shutdown"}},
		{"define, found by a reading", nil, hv.Event{Kind: hv.Changed}, hv.StateShutdown, []string{"- preparing", "preparing shutdown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(running("neighbour", 77))
				if tt.vm != nil {
					f.vms["vm"] = *tt.vm
				}
				c, changes := follow(t, watchedFake{f}, nil)
				f.set(func() { f.become("vm", hv.StatePreparing) })
				pass(testIntervals.States)
				shown := hv.StateUnknown
				for vm := range c.Latest().VMs() {
					if vm.Key == "vm" {
						shown = vm.State
					}
				}
				if shown != hv.StatePreparing {
					t.Errorf("the snapshot shows %v, not what the reading found", shown)
				}
				f.set(func() { f.become("vm", tt.ends) })
				tt.event.Key, tt.event.Name = "vm", "name of vm"
				f.events <- tt.event
				pass(testIntervals.States)
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				changes.check(t, c)
			})
		})
	}
}

// TestAReset proves that a reset of a guest that has crashed, which pauses it and is told as a reboot, is found at once.
func TestAReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, changes := follow(t, watchedFake{f}, nil)
		for _, step := range []struct {
			kind  hv.EventKind
			state hv.OperState
		}{{hv.Crashed, hv.StateCrashed}, {hv.Changed, hv.StatePaused}, {hv.Resumed, hv.StateRunning}} {
			f.set(func() { f.become("vm", step.state) })
			f.events <- hv.Event{Kind: step.kind, Key: "vm", Name: "name of vm"}
			pass(eventDelay)
		}
		want := []string{"running crashed", "crashed paused", "paused running"}
		if diff := cmp.Diff(want, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		if got := changes.all()[1].Cause; got != byReading {
			t.Errorf("unexpected cause of the pause: %q", got)
		}
		changes.check(t, c)
	})
}

// TestReadingsTellWhatNoEventDoes proves what a source is told of that has no events.
func TestReadingsTellWhatNoEventDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, changes := follow(t, f, nil)
		for _, s := range []hv.OperState{
			hv.StatePaused, hv.StateRunning, hv.StateMigrating, hv.StateUnknown, // gone
			hv.StateMigrating, hv.StateCrashed, hv.StateUnknown, hv.StateShutdown, hv.StateUnknown,
		} {
			f.set(func() { f.become("vm", s) })
			pass(testIntervals.States)
		}
		want := []string{
			"running paused", "paused running", "running migrating", "migrating shutdown", "shutdown -",
			"- shutdown", "shutdown migrating", "migrating crashed", "crashed -",
			"- preparing", "preparing shutdown", "shutdown -",
		}
		if diff := cmp.Diff(want, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		for _, ch := range changes.all() {
			if ch.Missed || ch.Cause != byReading {
				t.Errorf("unexpected cause: %+v", ch)
			}
		}
		changes.check(t, c)
	})
}

// TestABurst proves that nothing of a burst is lost, for virtual machines that are gone before anybody could ask, too.
func TestABurst(t *testing.T) {
	t.Parallel()
	const vms = 500
	synctest.Test(t, func(t *testing.T) {
		store, err := OpenStore(filepath.Join(t.TempDir(), "vmond.db"), zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		f := newFake(running("neighbour", 1))
		c, changes := follow(t, watchedFake{f}, store)
		kinds := []hv.Event{
			{Kind: hv.Started}, {Kind: hv.Suspended}, {Kind: hv.Resumed}, {Kind: hv.Stopped, Detail: hv.StoppedDestroyed},
		}
		for _, e := range kinds {
			for _, vm := range many(vms) {
				e.Key, e.Name = vm.Key, vm.Name
				f.events <- e
			}
		}
		pass(questionTimeout)
		want := []string{"- running", "running paused", "paused running", "running shutdown", "shutdown -"}
		got := map[string][]string{}
		for _, ch := range changes.all() {
			got[ch.Name] = append(got[ch.Name], ch.step())
		}
		for _, vm := range many(vms) {
			if diff := cmp.Diff(want, got[vm.Name]); diff != "" {
				t.Fatalf("unexpected changes of %q (-want +got):\n%s", vm.Name, diff)
			}
		}
		if got := len(changes.all()); got != vms*len(want) {
			t.Errorf("unexpected number of changes: want %d, got %d", vms*len(want), got)
		}
		for _, ch := range changes.all() {
			if ch.Persistent != hv.No {
				t.Fatalf("unexpected change of a transient virtual machine: %+v", ch)
			}
		}
		changes.check(t, c)
	})
}

// TestEventsGoBeforeWhatIsLater proves that events which have come are taken over before whatever else the loop has to do,
// such as a reading that knows of them.
func TestEventsGoBeforeWhatIsLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c := New(watchedFake{f}, nil, testIntervals, zap.NewNop())
		held := make(chan struct{})
		c.Follow(func([]Change) { <-held })
		start(t, c)
		pass(watchGrace)
		event := func(kind hv.EventKind) {
			f.events <- hv.Event{Kind: kind, Detail: hv.SuspendedIOError, Key: "vm", Name: "name of vm"}
			synctest.Wait()
		}
		for range 20 { // the loop takes either of the two first, by chance
			event(hv.Suspended) // holds up the loop
			event(hv.Shutdown)
			left := make(chan int, 1)
			go c.turn(t.Context(), func() { left <- len(c.inbox.take()) })
			synctest.Wait()
			held <- struct{}{}
			synctest.Wait()
			held <- struct{}{} // of the shutdown
			if n := <-left; n != 0 {
				t.Fatal("something else was done while an event waited")
			}
			event(hv.Resumed)
			held <- struct{}{}
		}
	})
}
