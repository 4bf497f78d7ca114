package collector

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// adaptive are intervals of which that of the statistics depends on whether somebody looks.
var adaptive = Intervals{
	States: 5 * time.Second, Statistics: 15 * time.Second, Definitions: 2 * time.Minute,
	StatisticsUnread: 5 * time.Minute, Attention: 15 * time.Minute,
}

// paced starts a Collector with such intervals.
func paced(t *testing.T, src hv.Source, iv Intervals) *Collector {
	t.Helper()
	c := New(src, nil, iv, zap.NewNop())
	start(t, c)
	synctest.Wait()
	return c
}

// TestStatisticsAreReadWhileSomebodyLooks proves how often the statistics are read, and that nothing else depends on it.
func TestStatisticsAreReadWhileSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := paced(t, f, adaptive)
		// read proves how often they are read from now on for so long.
		read := func(what string, want int, lasts time.Duration) {
			t.Helper()
			before, states := f.count("statistics"), f.count("states")
			pass(lasts)
			if got := f.count("statistics") - before; got != want {
				t.Errorf("%s: unexpected readings in %v: want %d, got %d", what, lasts, want, got)
			}
			if got, want := f.count("states")-states, int(lasts/adaptive.States); got != want {
				t.Errorf("%s: unexpected readings of the states: want %d, got %d", what, want, got)
			}
		}
		read("at first", 40, 10*time.Minute)
		pass(5 * time.Minute) // in which that ends
		read("nobody looks", 6, 30*time.Minute)
		c.Look()
		read("somebody looks", 1, 0)
		read("somebody has looked", 40, 10*time.Minute)
		c.Look()
		read("somebody looks again", 40, 10*time.Minute)
		pass(6 * time.Minute)
		read("nobody looks any more", 6, 30*time.Minute)
	})
}

// TestStatisticsAreNotReadForEachLook proves that whoever looks all the time has them read no more often than is said.
func TestStatisticsAreNotReadForEachLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := paced(t, f, adaptive)
		before := f.count("statistics")
		for range 3600 {
			c.Look()
			pass(time.Second)
		}
		if got := f.count("statistics") - before; got != 240 {
			t.Errorf("unexpected readings in an hour: want 240, got %d", got)
		}
	})
}

// TestStatisticsAreNeverReadMoreOftenUnread proves that the longer one of both intervals is that while nobody looks.
func TestStatisticsAreNeverReadMoreOftenUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		iv := adaptive
		iv.Statistics, iv.StatisticsUnread, iv.Attention = time.Hour, time.Minute, time.Second
		c := paced(t, f, iv)
		pass(time.Hour)
		before := f.count("statistics")
		c.Look()
		pass(10 * time.Hour)
		if got := f.count("statistics") - before; got != 10 {
			t.Errorf("unexpected readings in 10 hours: want 10, got %d", got)
		}
	})
}

// TestShortAttention proves that an attention that is over before the next reading would be due does not make a look go
// unheard: neither that one nor those after it.
func TestShortAttention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		iv := adaptive
		iv.Attention = time.Second
		c := paced(t, f, iv)
		pass(20 * time.Minute)
		before := f.count("statistics")
		for i := range 4 {
			c.Look() // right after one reading, and anew right after each
			pass(iv.Statistics)
			if got, want := f.count("statistics")-before, i+1; got != want {
				t.Errorf("unexpected readings after look %d: want %d, got %d", i+1, want, got)
			}
		}
		before = f.count("statistics")
		pass(30 * time.Minute)
		if got := f.count("statistics") - before; got != 6 {
			t.Errorf("unexpected readings in 30 minutes: want 6, got %d", got)
		}
	})
}

// TestNewcomersAreMeasuredUnread proves that a virtual machine that comes while nobody looks has statistics.
func TestNewcomersAreMeasuredUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := paced(t, f, adaptive)
		pass(time.Hour)
		f.set(func() { f.vms["b"] = running("b", 2) })
		pass(2 * adaptive.States)
		if vm := c.Latest().VM(2); vm == nil || vm.StatsAt.IsZero() {
			t.Errorf("unexpected newcomer: %+v", vm)
		}
	})
}

// TestSizesOfInactiveOnesAreRead proves that what is read of the disks of one that is off is read again too: after each sweep of
// the definitions, but not before the statistics of the others are due.
func TestSizesOfInactiveOnesAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(off("a"))
		c := paced(t, f, adaptive)
		at := func() time.Time { return c.Latest().VM(1).StatsAt }
		pass(20 * time.Minute) // in which attention ends
		times := map[time.Time]bool{}
		for range 30 {
			pass(time.Minute)
			times[at()] = true
		}
		if len(times) < 6 || len(times) > 7 {
			t.Errorf("%d readings are seen in 30 minutes in which nobody looks", len(times))
		}
		c.Look()
		pass(adaptive.Definitions + adaptive.Statistics)
		if age := time.Since(at()); age > adaptive.Definitions {
			t.Errorf("the sizes are %v old though somebody looks", age)
		}
	})
}

// TestLookConcurrently has many look at once, while they are read.
func TestLookConcurrently(t *testing.T) {
	t.Parallel()
	i := newInterest()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				i.look()
			}
		})
	}
	for range 100 {
		i.renew()
	}
	wg.Wait()
	i.look()
	select {
	case <-i.looks:
	default:
		t.Error("no look was noted")
	}
}

func BenchmarkLook(b *testing.B) {
	i := newInterest()
	b.ReportAllocs()
	for b.Loop() {
		i.look()
	}
}
