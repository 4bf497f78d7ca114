package collector

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// awaitReading lets time pass until the states are read the next time.
func awaitReading(t *testing.T, f *fake) {
	t.Helper()
	const steps = 100
	read := f.count("states")
	for range 2 * steps {
		pass(testIntervals.States / steps)
		if f.count("states") > read {
			return
		}
	}
	t.Fatal("the states are not read")
}

// TestAnEndThatAReadingSeesFirst proves that a reading which does not find a virtual machine any more leaves it to the event,
// which is on its way, to tell how that ended; and that it is gone soon if none comes.
func TestAnEndThatAReadingSeesFirst(t *testing.T) {
	t.Parallel()
	stopped := func(detail int) *hv.Event {
		return &hv.Event{Kind: hv.Stopped, Detail: detail, Key: "vm", Name: "name of vm"}
	}
	tests := []struct {
		name  string
		event *hv.Event // that comes after the reading
		want  []string
	}{
		{"saved", stopped(hv.StoppedSaved), []string{"running suspended", "suspended -"}},
		{"crashed", stopped(hv.StoppedCrashed), []string{"running crashed", "crashed -"}},
		{"shut down", stopped(hv.StoppedShutdown), []string{"running shutdown", "shutdown -"}},
		{"no event", nil, []string{"running shutdown", "shutdown -"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				vm := running("vm", 1)
				vm.Persistent = hv.No
				f := newFake(vm, running("other", 2))
				c, changes := follow(t, watchedFake{f}, nil)
				f.set(func() { delete(f.vms, "vm") })
				awaitReading(t, f)
				// Another one has it read once more before the time is over.
				f.events <- hv.Event{Kind: hv.Changed, Key: "other", Name: "name of other"}
				read := f.count("states")
				pass(endGrace / 2)
				if f.count("states") == read {
					t.Error("it was not read once more")
				}
				if got := changes.all(); got != nil || c.Latest().Len() != 2 {
					t.Errorf("unexpected changes before the event: %+v", got)
				}
				if tt.event != nil {
					f.events <- *tt.event
					synctest.Wait()
				} else {
					pass(2 * endGrace)
				}
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
				for _, change := range changes.all() {
					if change.Missed {
						t.Errorf("missed: %+v", change)
					}
				}
				pass(2 * testIntervals.States)
				if got := changes.all(); len(got) != len(tt.want) || c.Latest().Len() != 1 {
					t.Errorf("unexpected changes in the end: %+v", got)
				}
				changes.check(t, c)
			})
		})
	}
}

// A stallingFake takes its time after it has read the states.
type stallingFake struct {
	watchedFake
	stall *atomic.Int64
}

func (f stallingFake) States(ctx context.Context) ([]hv.Summary, error) {
	list, err := f.watchedFake.States(ctx)
	time.Sleep(time.Duration(f.stall.Load())) // in the bubble of a synctest
	return list, err
}

// TestAnEndThatASlowReadingSees proves that the event has its time after the reading, however long that takes.
func TestAnEndThatASlowReadingSees(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, stall := newFake(running("vm", 1), running("other", 2)), new(atomic.Int64)
		c, changes := follow(t, stallingFake{watchedFake{f}, stall}, nil)
		f.set(func() { delete(f.vms, "vm") })
		stall.Store(int64(2 * endGrace))
		awaitReading(t, f)
		stall.Store(0)
		f.events <- hv.Event{Kind: hv.Changed, Key: "other", Name: "name of other"} // which has it read again at once
		read := f.count("states")
		pass(2*endGrace + endGrace/2)
		if f.count("states") == read || changes.all() != nil {
			t.Errorf("unexpected changes after %d more readings: %+v", f.count("states")-read, changes.all())
		}
		f.events <- hv.Event{Kind: hv.Stopped, Detail: hv.StoppedCrashed, Key: "vm", Name: "name of vm"}
		synctest.Wait()
		if diff := cmp.Diff([]string{"running crashed"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		changes.check(t, c)
	})
}

// TestAnEndBeforeTheWatchIsLost proves that an end which a reading saw while events came is told as one that somebody saw, though
// its event is lost with the watch.
func TestAnEndBeforeTheWatchIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("vm", 1))
		_, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { delete(f.vms, "vm") })
		awaitReading(t, f)
		f.lose(true)
		pass(2 * testIntervals.States)
		if diff := cmp.Diff([]string{"running shutdown", "shutdown -"}, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
		for _, change := range changes.all() {
			if change.Missed {
				t.Errorf("missed: %+v", change)
			}
		}
	})
}

// TestAnEndOfAnotherRun proves that one which was missing and is there again has its time anew when that is missing too.
func TestAnEndOfAnotherRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vm := running("vm", 1)
		vm.Persistent = hv.No
		f := newFake(vm, running("other", 2))
		_, changes := follow(t, watchedFake{f}, nil)
		f.set(func() { delete(f.vms, "vm") })
		awaitReading(t, f)
		f.set(func() { f.errs["states"] = errors.New("busy") })
		about := hv.Event{Key: "vm", Name: "name of vm"}
		for _, about.Kind = range []hv.EventKind{hv.Stopped, hv.Started} {
			f.events <- about
		}
		synctest.Wait()
		before := changes.steps("name of vm")
		pass(2 * endGrace)
		f.set(func() { clear(f.errs) })
		awaitReading(t, f) // the new run has ended before that, and its event is late
		if diff := cmp.Diff(before, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes before the event (-want +got):\n%s", diff)
		}
		about.Kind, about.Detail = hv.Stopped, hv.StoppedCrashed
		f.events <- about
		synctest.Wait()
		want := []string{"running shutdown", "shutdown -", "- running", "running crashed", "crashed -"}
		if diff := cmp.Diff(want, changes.steps("name of vm")); diff != "" {
			t.Errorf("unexpected changes (-want +got):\n%s", diff)
		}
	})
}

// TestAnAbsenceThatDoesNotLast proves that nothing is told of a virtual machine that one reading leaves out, and that it has its
// time anew when another one does.
func TestAnAbsenceThatDoesNotLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vm := running("vm", 1)
		f := newFake(vm)
		c, changes := follow(t, watchedFake{f}, nil)
		for range 3 {
			f.set(func() { delete(f.vms, "vm") })
			awaitReading(t, f)
			f.set(func() { f.vms["vm"] = vm })
			pass(2 * testIntervals.States)
		}
		if got := changes.all(); got != nil {
			t.Errorf("unexpected changes: %+v", got)
		}
		if got := c.Latest().VM(1); got == nil || got.Run != 1 {
			t.Errorf("unexpected virtual machine: %+v", got)
		}
	})
}

// TestAnEndThatNoEventCanTell proves that a reading is believed at once where there is nothing to wait for.
func TestAnEndThatNoEventCanTell(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		vm     fakeVM
		source func(f *fake) hv.Source
		want   []string
	}{
		{"it had no process", off("vm"), func(f *fake) hv.Source { return watchedFake{f} }, []string{"shutdown -"}},
		{"there are no events", running("vm", 1), func(f *fake) hv.Source { return f }, []string{"running shutdown", "shutdown -"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(tt.vm)
				_, changes := follow(t, tt.source(f), nil)
				f.set(func() { delete(f.vms, "vm") })
				awaitReading(t, f)
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
			})
		})
	}
}
