package collector

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// lose ends the watch of f, and lets it begin again only if again is set.
func (f *fake) lose(again bool) {
	f.set(func() {
		if !again {
			f.errs["watch"] = errors.New("away")
		}
		close(f.events)
		f.events = make(chan hv.Event)
	})
}

// TestALostWatchBeginsAtOnce proves that little is missed of what happens where a connection is lost, and that one which is
// lost again and again is not asked for all the time.
func TestALostWatchBeginsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		follow(t, watchedFake{f}, nil)
		pass(2 * testIntervals.States)
		began := f.count("watch")
		for lost := range 3 {
			f.lose(true)
			pass(retryAfter / 5)
			if got, want := f.count("watch")-began, 1; got != want {
				t.Errorf("%d watches after the loss of %d, want %d", got, 1+lost, want)
			}
		}
		pass(retryAfter)
		if got, want := f.count("watch")-began, 2; got != want {
			t.Errorf("%d watches at last, want %d", got, want)
		}
	})
}

// TestAConnectionReadsAll proves that what failed is read again as soon as the source is there again.
func TestAConnectionReadsAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, _ := follow(t, watchedFake{f}, nil)
		pass(2 * testIntervals.States)
		f.set(func() { f.errs["definitions"], f.errs["statistics"] = errors.New("away"), errors.New("away") })
		f.events <- hv.Event{Kind: hv.Defined, Key: "vm", Name: "name of vm"}
		pass(testIntervals.Statistics)
		for began := f.count("statistics"); f.count("statistics") == began; {
			pass(time.Millisecond)
		}
		if h := c.Health(); h.Definitions.Failures == 0 || h.Statistics.Failures == 0 {
			t.Fatalf("nothing failed: %+v", h)
		}
		f.set(func() { clear(f.errs) })
		f.lose(true)
		pass(retryAfter / 2)
		if h := c.Health(); h.Definitions.Failures > 0 || h.Statistics.Failures > 0 {
			t.Errorf("not read again: %+v", h)
		}
	})
}

// TestALostWatch proves that what happens around a watch that is lost is missed, even if no reading fails, and that a
// daemon which has forgotten something is not believed that it changed.
func TestALostWatch(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"at once": 0, "before it begins again": retryAfter / 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				crashed := off("crashed")
				crashed.State = hv.StateCrashed
				saved := off("saved")
				saved.State = hv.StateSuspended
				f := newFake(running("vm", 1), crashed, saved)
				c, changes := follow(t, watchedFake{f}, nil)
				pass(2 * testIntervals.States)
				happened := func() {
					f.become("vm", hv.StatePaused)
					f.become("crashed", hv.StateShutdown)
					f.become("saved", hv.StateShutdown)
				}
				if wait == 0 {
					f.set(happened)
				}
				f.lose(wait == 0)
				pass(wait)
				f.set(func() {
					delete(f.errs, "watch")
					happened()
				})
				pass(2 * retryAfter)
				for _, name := range []string{"name of crashed", "name of saved"} {
					if got := changes.steps(name); got != nil {
						t.Errorf("unexpected changes of one that only was forgotten: %q", got)
					}
				}
				if diff := cmp.Diff([]string{"running paused"}, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				for _, ch := range changes.all() {
					if !ch.Missed {
						t.Errorf("not missed: %+v", ch)
					}
				}
				f.set(func() { f.become("vm", hv.StateRunning) })
				pass(testIntervals.States)
				if last := changes.all()[1]; last.Missed {
					t.Errorf("missed though the watch was on: %+v", last)
				}
				changes.check(t, c)
			})
		})
	}
}

// TestAWatchThatDoesNotBegin proves that a hypervisor which tells no events is one that is read, and misses nothing.
func TestAWatchThatDoesNotBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		f.errs["watch"] = errors.New("no events")
		c, changes := follow(t, watchedFake{f}, nil)
		pass(testIntervals.States)
		f.set(func() { f.vms["vm"] = running("vm", 1) })
		pass(testIntervals.States)
		if got := changes.all(); len(got) != 1 || got[0].Missed || got[0].step() != "shutdown running" {
			t.Errorf("unexpected changes: %+v", got)
		}
		if c.Latest().VM(1).Started.IsZero() {
			t.Error("a start that a reading saw is not told")
		}
	})
}

// TestAWatchThatIsLostForLong proves that the states are read on without it, and only what happened around its end is missed.
func TestAWatchThatIsLostForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c, changes := follow(t, watchedFake{f}, nil)
		pass(testIntervals.States)
		f.set(func() { f.errs["flush"] = errors.New("nothing is watched") })
		f.lose(false)
		pass(2 * testIntervals.States)
		f.set(func() { f.become("vm", hv.StatePaused) })
		pass(testIntervals.States)
		if got := changes.all(); len(got) != 1 || got[0].Missed || got[0].step() != "running paused" {
			t.Errorf("unexpected changes: %+v", got)
		}
		if h := c.Health().States; h.Failures > 0 {
			t.Errorf("unexpected health: %+v", h)
		}
	})
}

// TestAReadingThatFailsMissesNothingThatIsWatched proves that events are as good as ever while the states cannot be read.
func TestAReadingThatFailsMissesNothingThatIsWatched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		c, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { f.errs["states"] = errors.New("too slow") })
		pass(testIntervals.States)
		f.events <- hv.Event{Kind: hv.Started, Key: "vm", Name: "name of vm"}
		f.set(func() { f.vms["vm"] = running("vm", 8) })
		synctest.Wait()
		began := time.Now()
		f.set(func() { clear(f.errs) })
		pass(testIntervals.States)
		if vm := c.Latest().VM(1); vm.Run != 8 || !vm.Started.Or(time.Time{}).Equal(began) {
			t.Errorf("unexpected virtual machine: %+v, want it started at %v", vm, began)
		}
		if got := changes.all(); len(got) != 1 || got[0].Missed {
			t.Errorf("unexpected changes: %+v", got)
		}
	})
}

// A stillFake takes its time for the states, before they are read and after, and is not flushed before its gate is open.
type stillFake struct {
	gatedFake
	before, after time.Duration
}

func (f stillFake) States(ctx context.Context) ([]hv.Summary, error) {
	f.set(func() { f.asked["begun"]++ })
	time.Sleep(f.before) // in the bubble of a synctest
	list, err := f.gatedFake.States(ctx)
	time.Sleep(f.after)
	return list, err
}

// TestAReadingOfBeforeTheWatch proves that a reading which began before the watch does not overtake the first events.
func TestAReadingOfBeforeTheWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		gate := gatedFake{watchedFake{f}, make(chan struct{})}
		c, changes := follow(t, stillFake{gate, time.Second, time.Second}, nil)
		pass(testIntervals.States)
		f.lose(false)
		pass(testIntervals.States)
		for begun := f.count("begun"); f.count("begun") == begun; {
			pass(retryAfter / 5)
		}
		f.set(func() {
			delete(f.errs, "watch")
			f.vms["vm"] = off("vm")
		})
		pass(retryAfter) // the watch is on, and the reading under way
		pass(2 * time.Second)
		for _, e := range []hv.Event{{Kind: hv.Suspended, Detail: hv.SuspendedIOError}, {Kind: hv.Resumed}, {Kind: hv.Stopped}} {
			e.Key, e.Name = "vm", "name of vm"
			f.events <- e
		}
		close(gate.flush)
		pass(testIntervals.States)
		want := []string{"running paused", "paused running", "running shutdown"}
		if diff := cmp.Diff(want, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		changes.check(t, c)
	})
}

// TestEventsThatNobodyCouldTell proves that one of which the beginning was not heard, because the first reading was under
// way, is not taken for transient.
func TestEventsThatNobodyCouldTell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		c := New(stillFake{gatedFake{watchedFake: watchedFake{f}}, 0, time.Second}, nil, testIntervals, zap.NewNop())
		d := &diary{}
		c.Follow(func(changes []Change) { d.write(c, changes) })
		start(t, c)
		pass(time.Second / 2) // the first reading is under way
		about := hv.Event{Kind: hv.Defined, Key: "new", Name: "name of new"}
		f.events <- about
		f.set(func() { f.vms["new"] = off("new") })
		pass(time.Second/2 + eventDelay/5)
		for _, about.Kind = range []hv.EventKind{hv.Started, hv.Stopped} {
			f.events <- about
		}
		pass(testIntervals.States)
		if diff := cmp.Diff([]string{"- running", "running shutdown"}, d.steps("name of new")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		if got := d.all()[0].Persistent; got != hv.Unknown {
			t.Errorf("it was said to be persistent: %v", got)
		}
		d.check(t, c)
	})
}

// TestAStartThatNobodySaw proves that the first event after a watch was lost is not taken for the start of a virtual
// machine that may have run for long.
func TestAStartThatNobodySaw(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("vm"))
		c, changes := follow(t, watchedFake{f}, nil)
		pass(testIntervals.States)
		f.set(func() { f.hang["states"] = true })
		f.lose(true)
		pass(2 * retryAfter)
		f.set(func() {
			f.vms["vm"] = running("vm", 8)
			f.become("vm", hv.StatePaused)
		})
		f.events <- hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError, Key: "vm", Name: "name of vm"}
		pass(eventDelay)
		for range 2 {
			if vm := c.Latest().VM(1); vm.State != hv.StatePaused || !vm.Started.IsZero() {
				t.Errorf("unexpected virtual machine: %+v", vm)
			}
			f.set(func() { clear(f.hang) })
			pass(2 * statesTimeout)
		}
		if diff := cmp.Diff([]string{"shutdown paused"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
	})
}
