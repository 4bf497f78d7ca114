package collector

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// TestARunThatAnEventBegan proves that a run has no number before a reading tells it, and is one run nevertheless.
func TestARunThatAnEventBegan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		c, _ := follow(t, watchedFake{f}, nil)
		f.set(func() {
			f.vms["vm"] = running("vm", 7)
			f.hang["states"] = true
		})
		pass(testIntervals.States)
		f.events <- hv.Event{Kind: hv.Started, Key: "vm", Name: "name of vm"}
		synctest.Wait()
		vm, began := c.Latest().VM(1), time.Now()
		if vm.Run >= 0 || !vm.Active() || vm.Admin != hv.AdminRunning || !vm.Started.Or(time.Time{}).Equal(began) {
			t.Errorf("unexpected virtual machine after the event: %+v", vm)
		}
		f.set(func() { delete(f.hang, "states") })
		pass(time.Minute)
		vm = c.Latest().VM(1)
		if vm.Run != 7 || !vm.Started.Or(time.Time{}).Equal(began) || vm.StatsAt.IsZero() {
			t.Errorf("unexpected virtual machine after a reading: %+v, want it started at %v", vm, began)
		}
	})
}

// TestRunsAsEventsTellThem proves what events alone tell of the runs of a virtual machine, and of when it was started: a
// save and restore, or a guest that is started anew after a panic, goes on with what began before.
func TestRunsAsEventsTellThem(t *testing.T) {
	t.Parallel()
	type view struct {
		Run     int64
		Admin   hv.AdminState
		Started int // the step that started it, from 1; 0: it is not known
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		c, _ := follow(t, watchedFake{f}, nil)
		f.set(func() { f.hang["states"] = true })
		pass(testIntervals.States)
		var times []time.Time
		look := func() view {
			vm := c.Latest().VM(1)
			began := slices.IndexFunc(times, vm.Started.Or(time.Time{}).Equal)
			return view{vm.Run, vm.Admin, began + 1}
		}
		for _, s := range []struct {
			event hv.Event
			want  view
		}{
			{hv.Event{Kind: hv.Started}, view{-1, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Resumed}, view{-1, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError}, view{-1, hv.AdminPaused, 1}},
			{hv.Event{Kind: hv.Stopped, Detail: hv.StoppedSaved}, view{0, hv.AdminSuspended, 1}},
			{hv.Event{Kind: hv.Started, Detail: hv.StartedRestored}, view{-2, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Resumed, Detail: hv.ResumedFromSnapshot}, view{-2, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Crashed}, view{-2, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Resumed}, view{-2, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.PMSuspended}, view{-2, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Started, Detail: hv.StartedWakeup}, view{-2, hv.AdminRunning, 1}},
			{hv.Event{Kind: hv.Shutdown}, view{-2, hv.AdminShutdown, 0}},
			{hv.Event{Kind: hv.Stopped}, view{0, hv.AdminShutdown, 0}},
			{hv.Event{Kind: hv.Started, Detail: hv.StartedMigrated}, view{-3, hv.AdminRunning, 13}},
			{hv.Event{Kind: hv.Resumed, Detail: hv.ResumedMigrated}, view{-3, hv.AdminRunning, 13}},
			{hv.Event{Kind: hv.Stopped, Detail: hv.StoppedCrashed}, view{0, hv.AdminShutdown, 0}},
			{hv.Event{Kind: hv.Resumed}, view{-4, hv.AdminRunning, 16}},
		} {
			times = append(times, time.Now())
			reads := f.count("definitions")
			s.event.Key, s.event.Name = "vm", "name of vm"
			f.events <- s.event
			synctest.Wait()
			if diff := cmp.Diff(s.want, look()); diff != "" {
				t.Errorf("unexpected virtual machine after %v (-want +got):\n%s", s.event, diff)
			}
			pass(testIntervals.States)
			if ran := s.event.Kind == hv.Started || s.event.Kind == hv.Stopped; ran && f.count("definitions") == reads {
				t.Errorf("the definition was not read after %v", s.event)
			}
		}
		f.set(func() {
			f.vms["vm"] = running("vm", 9)
			delete(f.hang, "states")
		})
		pass(2 * statesTimeout)
		if diff := cmp.Diff(view{9, hv.AdminRunning, 16}, look()); diff != "" {
			t.Errorf("unexpected virtual machine after a reading (-want +got):\n%s", diff)
		}
	})
}

// TestTheLastChangeIsThatOfAnEvent proves that a virtual machine which comes or goes moves the table's last change at once,
// and one that changes does not.
func TestTheLastChangeIsThatOfAnEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("neighbour"))
		c, _ := follow(t, watchedFake{f}, nil)
		f.set(func() { f.hang["states"] = true })
		booted, _ := f.host.Started.Get()
		for _, s := range []struct {
			event hv.Event
			moves bool
		}{
			{hv.Event{Kind: hv.Defined}, true},
			{hv.Event{Kind: hv.Defined, Detail: hv.DefinedUpdated}, false},
			{hv.Event{Kind: hv.Started}, false},
			{hv.Event{Kind: hv.Undefined}, false},
			{hv.Event{Kind: hv.Stopped}, true},
			{hv.Event{Kind: hv.Started}, true},
			{hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError}, false},
			{hv.Event{Kind: hv.Stopped}, true},
		} {
			pass(testIntervals.States)
			want := c.Latest().LastChange
			if s.moves {
				want = hv.Some(time.Since(booted))
			}
			s.event.Key, s.event.UUID, s.event.Name = "vm", hv.UUID{7}, "name of vm"
			f.events <- s.event
			synctest.Wait()
			if got := c.Latest().LastChange; got != want {
				t.Errorf("unexpected last change after %v: want %v, got %v", s.event, want, got)
			}
			if vm := c.Latest().VM(2); vm != nil && vm.UUID != s.event.UUID {
				t.Errorf("unexpected UUID: %v", vm.UUID)
			}
		}
	})
}

// TestCountersOfARunThatGetsItsNumber proves that what was counted in a run outlives that its number becomes known, and not
// that it ends.
func TestCountersOfARunThatGetsItsNumber(t *testing.T) {
	t.Parallel()
	f := newFake(off("a"))
	inv := memory(t)
	read(t, inv, f)
	happen := func(e hv.Event) {
		e.Key, e.Name = "a", "name of a"
		told := tell(e, hv.StateRunning, true)
		if err := inv.happen(e, told, told.state, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	counted := func() bool { return !inv.snapshot().VM(1).CPUTime.IsZero() }
	count := func() { inv.statistics([]measurement{{"a", inv.byKey["a"].Run, running("a", 1).stats, nil}}) }
	happen(hv.Event{Kind: hv.Started})
	count()
	f.vms["a"] = running("a", 8)
	inv.touch(nil)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	if vm := inv.snapshot().VM(1); vm.Run != 8 || !counted() {
		t.Errorf("unexpected virtual machine once the run has its number: %+v", vm)
	}
	happen(hv.Event{Kind: hv.Stopped})
	happen(hv.Event{Kind: hv.Started})
	count()
	happen(hv.Event{Kind: hv.Stopped})
	if counted() {
		t.Error("what was counted in a run that ended is still there")
	}
}

// TestARename proves that an event alone tells the new name, and that nothing else changes.
func TestARename(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		c, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { f.hang["states"] = true })
		pass(testIntervals.States)
		f.events <- hv.Event{Kind: hv.Undefined, Detail: hv.UndefinedRenamed, Key: "vm", Name: "name of vm"}
		f.events <- hv.Event{Kind: hv.Defined, Detail: hv.DefinedRenamed, Key: "vm", Name: "new"}
		synctest.Wait()
		if vm := c.Latest().VM(1); vm.Name != "new" || vm.Persistent != hv.Yes || vm.State != hv.StateShutdown {
			t.Errorf("unexpected virtual machine: %+v", vm)
		}
		f.events <- hv.Event{Kind: hv.Started, Key: "vm", Name: "new"}
		synctest.Wait()
		if diff := cmp.Diff([]string{"shutdown running"}, changes.steps("new")); diff != "" || len(changes.all()) != 1 {
			t.Errorf("unexpected changes: %+v (-want +got):\n%s", changes.all(), diff)
		}
	})
}

// TestEventsThatHaveComeAreFirst proves that whatever the loop is handed finds the events taken over that came before it.
func TestEventsThatHaveComeAreFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, _ := follow(t, watchedFake{f}, nil)
		for i := range 20 {
			busy := make(chan struct{})
			c.turn(t.Context(), func() { <-busy })
			e := hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError, Key: "vm", Name: "name of vm"}
			want := hv.StatePaused
			if i%2 == 1 {
				e.Kind, want = hv.Resumed, hv.StateRunning
			}
			f.events <- e
			synctest.Wait()
			var got hv.OperState
			go c.turn(t.Context(), func() { got, _ = c.inv.last("vm") })
			synctest.Wait() // now both are ready
			close(busy)
			synctest.Wait()
			if got != want {
				t.Fatalf("the state was %v after an event that told %v", got, want)
			}
		}
	})
}
