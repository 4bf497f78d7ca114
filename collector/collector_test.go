package collector

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/hv"
)

var testIntervals = Intervals{States: 5 * time.Second, Statistics: 15 * time.Second, Definitions: 2 * time.Minute}

// run runs a collector of src in the bubble of a synctest, and ends it with the test.
func run(t *testing.T, src hv.Source, log *zap.Logger) *Collector {
	t.Helper()
	c := New(src, nil, testIntervals, log)
	start(t, c)
	synctest.Wait()
	return c
}

// start runs a collector until the test ends, or what it returns is called.
func start(t *testing.T, c *Collector) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	end = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("unexpected error of Run: %v", err)
		}
	})
	t.Cleanup(end)
	return end
}

// pass lets d pass and everything settle.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestCollectorBeforeTheFirstReading(t *testing.T) {
	t.Parallel()
	c := New(newFake(), nil, testIntervals, zap.NewNop())
	if s := c.Latest(); s == nil || s.Len() != 0 || !s.StatesAt.IsZero() {
		t.Errorf("unexpected snapshot before Run: %+v", s)
	}
	select {
	case <-c.Ready():
		t.Error("ready before Run")
	default:
	}
}

func TestCollectorFirstSnapshotIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := run(t, newFake(running("a", 1), off("b")), zap.NewNop())
		<-c.Ready()
		s := c.Latest()
		if diff := cmp.Diff([]string{"a", "b"}, names(s)); diff != "" {
			t.Errorf("unexpected VMs (-want +got):\n%s", diff)
		}
		for vm := range s.VMs() {
			if !vm.Defined {
				t.Errorf("%q is shown without its definition", vm.Key)
			}
		}
		if s.Host.Software != "FAKE" {
			t.Errorf("unexpected host: %+v", s.Host)
		}
	})
}

func TestCollectorStatisticsAreWholeSoonAfterTheStart(t *testing.T) {
	for _, watched := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(running("a", 1), off("b"))
			var src hv.Source = f
			if watched {
				src = watchedFake{f}
			}
			c := run(t, src, zap.NewNop())
			pass(2 * time.Second)
			for vm := range c.Latest().VMs() {
				if vm.StatsAt.IsZero() || vm.Disks[0].Stats.Capacity.IsZero() || vm.Active() && vm.CPUs[0].Time.IsZero() {
					t.Errorf("watched %t: %q is not measured: %+v", watched, vm.Key, vm)
				}
			}
			if got := f.count("statistics"); got != 1 {
				t.Errorf("watched %t: unexpected readings of the statistics: want 1, got %d", watched, got)
			}
		})
	}
}

func TestCollectorANewMediumIsMeasuredSoonAndHasNotTheSizeOfTheOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(2 * time.Second)
		f.set(func() {
			vm := f.vms["a"]
			vm.def.Disks = []hv.Disk{{Key: "vda", Resource: "another.iso"}}
			vm.stats.Disks = []hv.DiskStats{{Key: "vda", Capacity: hv.Some[int64](7)}}
			f.vms["a"] = vm
			f.hang["statistics"] = true
		})
		f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
		pass(2 * eventDelay)
		if d := c.Latest().VM(1).Disks[0]; d.Resource != "another.iso" || !d.Stats.Capacity.IsZero() {
			t.Errorf("unexpected disk before it was measured: %+v", d)
		}
		f.set(func() { f.hang["statistics"] = false })
		pass(depthTimeout + 2*measureGap)
		if got := c.Latest().VM(1).Disks[0].Stats.Capacity; got != hv.Some[int64](7) {
			t.Errorf("unexpected size: want 7, got %v", got)
		}
	})
}

func TestCollectorFirstSnapshotDoesNotWaitForASickDefinition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		f.hang["definitions"] = true
		c := run(t, f, zap.NewNop())
		if err := c.Alive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.Latest().Len() != 0 {
			t.Error("published at once, without definitions")
		}
		pass(firstGrace)
		if c.Latest().Len() != 1 {
			t.Error("not published after the grace")
		}
	})
}

func TestCollectorReadsAtItsIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1), off("b"))
		run(t, f, zap.NewNop())
		pass(time.Minute + time.Second)
		got := map[string]int{"states": f.count("states"), "definitions": f.count("definitions"), "statistics": f.count("statistics")}
		want := map[string]int{"states": 13, "definitions": 1, "statistics": 5}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected readings in a minute (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a"}, f.lastKeys("statistics")); diff != "" {
			t.Errorf("unexpected VMs measured at the interval (-want +got):\n%s", diff)
		}
		pass(time.Minute)
		if got := f.count("definitions"); got != 2 {
			t.Errorf("unexpected readings of the definitions after the sweep: want 2, got %d", got)
		}
	})
}

func TestCollectorAHungDepthHoldsUpNoOther(t *testing.T) {
	for _, depth := range []string{"states", "definitions", "statistics", "watch"} {
		t.Run(depth, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(running("a", 1))
				c := run(t, watchedFake{f}, zap.NewNop())
				pass(2 * time.Second)
				before := c.Latest()
				f.set(func() {
					f.hang[depth] = true
					f.vms["b"] = off("b")
				})
				if depth == "watch" {
					close(f.events)
				}
				pass(3 * time.Minute)
				s := c.Latest()
				if depth == "states" {
					if s.StatesAt != before.StatesAt || s.Len() != 1 {
						t.Errorf("hung, it learned something: %+v", s)
					}
					if c.Health().States.Failures == 0 {
						t.Error("no failure was counted")
					}
				} else {
					if s.Len() != 2 || time.Since(s.StatesAt) > 2*testIntervals.States {
						t.Errorf("%d virtual machines, states %v old", s.Len(), time.Since(s.StatesAt))
					}
				}
				if vm := s.VM(1); depth != "statistics" && time.Since(vm.StatsAt) > 2*testIntervals.Statistics {
					t.Errorf("statistics are %v old", time.Since(vm.StatsAt))
				}
				if err := c.Alive(t.Context()); err != nil {
					t.Errorf("the loop is not alive: %v", err)
				}
				f.set(func() { f.hang[depth] = false })
				pass(time.Minute)
				s = c.Latest()
				if s.Len() != 2 || !s.VM(2).Defined || s.VM(1).Stale || time.Since(s.VM(1).StatsAt) > 2*testIntervals.Statistics {
					t.Errorf("not back to normal: %+v", s.VM(1))
				}
			})
		})
	}
}

func TestCollectorFailuresAreLoggedOnceAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		f := newFake(running("a", 1))
		f.errs["states"] = errors.New("no daemon")
		c := run(t, f, zap.New(core))
		pass(10 * time.Second)
		h := c.Health().States
		if h.Failures < 10 || h.LastError != "no daemon" || !h.LastSuccess.IsZero() {
			t.Errorf("unexpected health: %+v", h)
		}
		f.set(func() { delete(f.errs, "states") })
		pass(retryAfter)
		if c.Latest().Len() != 1 {
			t.Error("not read as soon as it can be")
		}
		h = c.Health().States
		if h.Failures != 0 || h.LastError != "" || h.LastSuccess.IsZero() {
			t.Errorf("unexpected health: %+v", h)
		}
		var got []string
		for _, e := range logs.All() {
			got = append(got, e.Message)
		}
		if diff := cmp.Diff([]string{"failed, trying again", "works again"}, got); diff != "" {
			t.Errorf("unexpected log (-want +got):\n%s", diff)
		}
	})
}

func TestCollectorEventsHastenAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(time.Second)
		reads := f.count("states")
		f.set(func() {
			vm := f.vms["a"]
			vm.State, vm.Admin = hv.StatePaused, hv.AdminPaused
			vm.def.OSType = "changed"
			f.vms["a"] = vm
			f.vms["b"] = off("b")
		})
		for range 100 {
			f.events <- hv.Event{Kind: hv.Suspended, Key: "a"}
		}
		f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
		f.events <- hv.Event{Kind: hv.Defined, Key: "b"}
		pass(eventDelay)
		s := c.Latest()
		if s.Len() != 2 || s.VM(1).State != hv.StatePaused || s.VM(1).OSType != "changed" || !s.VM(2).Defined {
			t.Errorf("not read %v after the events: %+v", eventDelay, s.VM(1))
		}
		if got := f.count("states") - reads; got != 1 {
			t.Errorf("unexpected readings for a burst: want 1, got %d", got)
		}
	})
}

func TestCollectorReadsEverythingAfterTheWatchWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(time.Second)
		f.set(func() {
			vm := f.vms["a"]
			vm.def.OSType = "changed"
			f.vms["a"] = vm
		})
		hosts := f.count("host")
		f.events <- hv.Event{Kind: hv.Changed, Key: "nobody"}
		lost := f.events
		f.set(func() { f.events = make(chan hv.Event) })
		close(lost)
		pass(2 * retryAfter)
		if got := c.Latest().VM(1).OSType; got != "changed" {
			t.Errorf("unexpected text after the reconnection: %q", got)
		}
		if f.count("host") == hosts {
			t.Error("the host was not asked again")
		}
	})
}

func TestCollectorADefinitionThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sick := running("a", 1)
		sick.defErr = errors.New("broken XML")
		f := newFake(sick, running("b", 2))
		c := run(t, f, zap.NewNop())
		pass(time.Second)
		if vm := c.Latest().VM(1); vm == nil || vm.Defined || !vm.Stale {
			t.Errorf("the sick one: %+v", vm)
		}
		if vm := c.Latest().VM(2); vm == nil || !vm.Defined || vm.Stale {
			t.Errorf("its neighbour: %+v", vm)
		}
		f.set(func() { f.vms["a"] = running("a", 1) })
		pass(2 * testIntervals.States)
		if vm := c.Latest().VM(1); !vm.Defined || vm.Stale {
			t.Errorf("not read when it could be: %+v", vm)
		}
		reads := f.count("definitions")
		pass(testIntervals.Definitions / 2)
		if got := f.count("definitions") - reads; got != 0 {
			t.Errorf("read %d times again though nothing changed", got)
		}
	})
}

func TestCollectorAnEventDuringAReadingIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, watchedFake{f}, zap.NewNop())
		pass(time.Second)
		f.set(func() { f.hang["definitions"] = true })
		f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
		pass(time.Second) // the reading of the definition is under way
		f.set(func() {
			f.hang["definitions"] = false
			vm := f.vms["a"]
			vm.def.OSType = "changed"
			f.vms["a"] = vm
		})
		f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
		pass(depthTimeout + time.Second)
		if got := c.Latest().VM(1).OSType; got != "changed" {
			t.Errorf("unexpected text: %q", got)
		}
	})
}

func TestCollectorPublishesOnlyWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := run(t, newFake(running("a", 1)), zap.NewNop())
		pass(2 * time.Second)
		before := c.Latest()
		if err := c.Alive(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if c.Latest() != before {
			t.Error("another snapshot though nothing was read")
		}
	})
}

func TestCollectorSetIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, f, zap.NewNop())
		c.SetIntervals(Intervals{States: time.Second, Statistics: time.Second, Definitions: time.Minute})
		pass(testIntervals.States)
		before := f.count("states")
		pass(10 * time.Second)
		if got := f.count("states") - before; got != 10 {
			t.Errorf("unexpected readings in 10 s: want 10, got %d", got)
		}
	})
}

func TestCollectorAliveGivesUp(t *testing.T) {
	t.Parallel()
	c := New(newFake(), nil, testIntervals, zap.NewNop())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Alive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("unexpected error of a loop that does not run: %v", err)
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	sick := running("a", 1)
	sick.defErr = errors.New("broken XML")
	down := errors.New("down")
	tests := []struct {
		name  string
		errs  map[string]error
		want  error
		stale []bool
	}{
		{name: "all well but one", stale: []bool{true, false, false}},
		{name: "no host", errs: map[string]error{"host": down}, want: down},
		{name: "no states", errs: map[string]error{"states": down}, want: down},
		{name: "no definitions", errs: map[string]error{"definitions": down}, stale: []bool{true, true, true}},
		{name: "no statistics", errs: map[string]error{"statistics": down}, stale: []bool{true, true, true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(sick, running("b", 2), off("c"))
			f.errs = tt.errs
			s, err := Once(t.Context(), f)
			if !errors.Is(err, tt.want) {
				t.Fatalf("unexpected error: want %v, got %v", tt.want, err)
			}
			if err != nil {
				return
			}
			var got []bool
			for vm := range s.VMs() {
				got = append(got, vm.Stale)
			}
			if diff := cmp.Diff(tt.stale, got); diff != "" {
				t.Errorf("unexpected staleness (-want +got):\n%s", diff)
			}
		})
	}
}
