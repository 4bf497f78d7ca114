package collector

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

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
				for read := f.count("states"); f.count("states") == read; {
					pass(testIntervals.States / 10)
				}
				if got := changes.all(); got != nil || c.Latest().Len() != 2 {
					t.Errorf("unexpected changes before the event: %+v", got)
				}
				if tt.event != nil {
					f.events <- *tt.event
					synctest.Wait()
				} else {
					pass(endGrace)
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

// TestAnAbsenceThatDoesNotLast proves that nothing is told of a virtual machine that one reading leaves out, and that it has its
// time anew when another one does.
func TestAnAbsenceThatDoesNotLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vm := running("vm", 1)
		f := newFake(vm)
		c, changes := follow(t, watchedFake{f}, nil)
		for range 3 {
			read := f.count("states")
			f.set(func() { delete(f.vms, "vm") })
			for f.count("states") == read {
				pass(endGrace / 10)
			}
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
				for read := f.count("states"); f.count("states") == read; {
					pass(time.Millisecond)
				}
				if diff := cmp.Diff(tt.want, changes.steps("name of vm")); diff != "" {
					t.Errorf("unexpected changes (-want +got):\n%s", diff)
				}
			})
		})
	}
}
