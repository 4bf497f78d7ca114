package collector

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// A slowFake takes its time for the states.
type slowFake struct {
	watchedFake
	states time.Duration
}

func (f slowFake) States(ctx context.Context) ([]hv.Summary, error) {
	time.Sleep(f.states) // in the bubble of a synctest
	return f.watchedFake.States(ctx)
}

func TestCollectorEventsDoNotWearOutASlowHypervisor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const took, span = 500 * time.Millisecond, time.Minute
		f := newFake(running("a", 1))
		run(t, slowFake{watchedFake{f}, took}, zap.NewNop())
		pass(5 * time.Second)
		before := f.count("states")
		for range span / (10 * time.Millisecond) {
			f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
			pass(10 * time.Millisecond)
		}
		got := time.Duration(f.count("states") - before)
		if most := span/(took*restAfterState) + 1; got > most || got < span/testIntervals.States {
			t.Errorf("unexpected readings of the states in %v: want at most %d, got %d", span, most, got)
		}
	})
}

// TestCollectorAnEventAfterARestIsReadAtOnce proves that only a reading that has just been makes an event wait.
func TestCollectorAnEventAfterARestIsReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const took = 200 * time.Millisecond
		f := newFake(running("a", 1))
		run(t, slowFake{watchedFake{f}, took}, zap.NewNop())
		pass(5 * time.Second) // the first readings are over
		n := f.count("states")
		for f.count("states") == n {
			pass(eventDelay)
		}
		pass(took * (restAfterState + 1))
		n = f.count("states")
		f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
		pass(eventDelay + took)
		if f.count("states") == n {
			t.Errorf("not read %v after the event", eventDelay+took)
		}
	})
}

func TestCollectorEventsWithoutEndHoldUpNoDepth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1), running("b", 2))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(2 * time.Second)
		counts := func() [3]int { return [3]int{f.count("states"), f.count("definitions"), f.count("statistics")} }
		for range 20 {
			before := counts()
			for range testIntervals.Statistics / (10 * time.Millisecond) {
				f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
				pass(10 * time.Millisecond)
			}
			pass(eventDelay)
			for i, n := range counts() {
				if n == before[i] {
					t.Fatalf("depth %d was not read for %v of events", i, testIntervals.Statistics)
				}
			}
			for vm := range c.Latest().VMs() {
				if age := time.Since(vm.StatsAt); age > 2*testIntervals.Statistics {
					t.Fatalf("statistics of %q are %v old", vm.Key, age)
				}
			}
		}
	})
}

func TestCollectorTheWatchHasAHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(2 * time.Second)
		if h := c.Health().Watch; h.LastSuccess.IsZero() || h.Failures != 0 || h.Took > time.Minute {
			t.Errorf("unexpected health of a watch: %+v", h)
		}
		f.set(func() { f.hang["watch"] = true })
		reads := f.count("states")
		close(f.events)
		synctest.Wait()
		if h := c.Health().Watch; h.Failures != 1 || h.LastError != "connection lost" {
			t.Errorf("unexpected health of a watch that was lost: %+v", h)
		}
		if f.count("states") == reads {
			t.Error("the states were not read when the watch was lost")
		}
	})
}

func TestCollectorTheSweepFindsWhatNoEventTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("a"))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(2 * time.Second)
		f.change("a", func(vm *fakeVM) {
			vm.def.OSType = "changed"
			vm.stats.Disks = []hv.DiskStats{{Key: "vda", Capacity: hv.Some[int64](7)}}
		})
		f.set(func() { f.host.Version = "2" })
		pass(testIntervals.Definitions + testIntervals.States)
		s := c.Latest()
		if vm := s.VM(1); vm.OSType != "changed" || vm.Disks[0].Stats.Capacity != hv.Some[int64](7) {
			t.Errorf("unexpected virtual machine after the sweep: %+v", vm)
		}
		if s.Host.Version != "2" {
			t.Errorf("unexpected host after the sweep: %+v", s.Host)
		}
	})
}
