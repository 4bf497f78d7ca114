package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

func TestHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?life=one")
		begin := time.Now()
		time.Sleep(time.Hour)
		got, err := s.Host(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := hv.Host{
			Software: "vmond simulation", Version: "1.0", Started: hv.Some(begin), Life: "one", CPUs: []int{0, 1, 2, 3},
			Memory: hv.Some[int64](256 << 30),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("unexpected host (-want +got):\n%s", diff)
		}
		lives := map[string]bool{}
		for range 3 {
			h, err := open(t, "sim:///").Host(t.Context())
			if err != nil || h.Life == "" || lives[h.Life] {
				t.Fatalf("life %q is empty or that of another hypervisor: %v", h.Life, err)
			}
			lives[h.Life] = true
		}
	})
}

// With life and started given, a later Source is the same hypervisor, come as far as the clock has.
func TestSameHypervisorAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		uri := "sim:///?vms=40&churn=5&life=one&started=" + time.Now().UTC().Format(time.RFC3339)
		first := open(t, uri)
		time.Sleep(10 * time.Minute)
		second := open(t, uri)
		a, err := first.Host(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b, err := second.Host(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("unexpected host (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(states(t, first), states(t, second)); diff != "" {
			t.Fatalf("unexpected states (-want +got):\n%s", diff)
		}
		for _, key := range keys(t, first) {
			if diff := cmp.Diff(statistics(t, first, key), statistics(t, second, key)); diff != "" {
				t.Fatalf("unexpected statistics of %q (-want +got):\n%s", key, diff)
			}
			if diff := cmp.Diff(definition(t, first, key), definition(t, second, key)); diff != "" {
				t.Fatalf("unexpected definition of %q (-want +got):\n%s", key, diff)
			}
		}
	})
}

// A hypervisor may be older than TimeTicks can tell, which is 497 days.
func TestOldHypervisor(t *testing.T) {
	t.Parallel()
	started := time.Now().Add(-500 * 24 * time.Hour).Truncate(time.Second)
	s := open(t, "sim:///?vms=1&started="+started.UTC().Format(time.RFC3339))
	h, err := s.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The monotonic reading may differ from the wall clock by less than it takes to read both.
	if got := h.Started.Or(time.Time{}); got.Sub(started).Abs() > time.Second {
		t.Fatalf("unexpected start %v, want %v", got, started)
	}
	for key, v := range states(t, s) {
		if cpu := statistics(t, s, key).CPUTime.Or(0); v.State != hv.StateRunning || cpu < 24*time.Hour {
			t.Fatalf("%s is %s and used only %v of CPU time", v.Name, v.State, cpu)
		}
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=2")
	asked := append([]string{"nobody"}, keys(t, s)...)
	got := map[string]error{}
	if err := s.Statistics(t.Context(), asked, func(key string, _ hv.Statistics, err error) { got[key] = err }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || !errors.Is(got["nobody"], hv.ErrGone) || got[asked[1]] != nil || got[asked[2]] != nil {
		t.Fatalf("unexpected errors %v", got)
	}
}

// State tells what States tells, at once, whatever it is in the middle of.
func TestState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=30&churn=40&pace=1s")
		seen := map[hv.OperState]bool{}
		for range 200 {
			time.Sleep(time.Second)
			for key, v := range states(t, s) {
				got, err := s.State(t.Context(), key)
				if err != nil || got != v.State {
					t.Fatalf("%s is %s, want %s: %v", v.Name, got, v.State, err)
				}
				seen[got] = true
			}
		}
		for state := hv.StatePreparing; state <= hv.StateCrashed; state++ {
			if !seen[state] {
				t.Errorf("none was ever %s", state)
			}
		}
	})
	s := open(t, "sim:///")
	if got, err := s.State(t.Context(), "nobody"); !errors.Is(err, hv.ErrGone) || got != hv.StateUnknown {
		t.Fatalf("nobody is %s, error %v, want hv.ErrGone", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.State(t.Context(), "nobody"); !errors.Is(err, errClosed) {
		t.Fatalf("unexpected error %v of a simulation that is closed", err)
	}
}

// A context that is done ends every reading, also in its middle.
func TestDone(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=10")
	asked := keys(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	err := s.Definitions(ctx, asked, func(string, hv.Definition, error) {
		if told++; told == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || told != 3 {
		t.Fatalf("unexpected error %v after %d definitions", err, told)
	}
	for d := range depths {
		if d == Watch {
			continue // its end is no error
		}
		if err := ask(ctx, s, d, asked); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: unexpected error %v", d, err)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///")
	key := keys(t, s)[0]
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for d := range depths {
		if err := ask(t.Context(), s, d, []string{key}); !errors.Is(err, errClosed) {
			t.Errorf("%s: unexpected error %v", d, err)
		}
	}
	if err := s.Destroy(key); !errors.Is(err, errClosed) {
		t.Errorf("unexpected error %v", err)
	}
	if got, ok := s.Key(drawName(1, 1)); ok {
		t.Errorf("unexpected key %q", got)
	}
}

// A clock that goes back, which a monotonic one does not, makes nothing go back.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	s, err := newSource("sim:///?vms=5&churn=1", func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Hour)
	key := keys(t, s)[0]
	before := statistics(t, s, key)
	clock = clock.Add(-30 * time.Minute)
	if diff := cmp.Diff(before, statistics(t, s, key)); diff != "" {
		t.Fatalf("unexpected statistics (-want +got):\n%s", diff)
	}
}

// However long nobody asked, a context that is done ends the catching up.
func TestCatchingUpEndsWithTheContext(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	s, err := newSource("sim:///?vms=100&churn=100000", func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(365 * 24 * time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.States(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("unexpected error %v", err)
	}
}

// A hundred thousand virtual machines are cheap to keep.
func TestMemory(t *testing.T) {
	const vms, most = 100_000, 600 // octets for each
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := open(t, fmt.Sprintf("sim:///?vms=%d&cpus=8&disks=8&nics=8", vms))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / vms; got > most {
		t.Fatalf("%d octets for each of %d virtual machines, want at most %d", got, vms, most)
	}
	runtime.KeepAlive(s)
}

func BenchmarkNew(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				open(b, fmt.Sprintf("sim:///?vms=%d", n))
			}
		})
	}
}

func BenchmarkStates(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := open(b, fmt.Sprintf("sim:///?vms=%d", n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.States(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The time is that of one virtual machine.
func BenchmarkDefinition(b *testing.B) {
	s := open(b, "sim:///?vms=10000")
	asked := keys(b, s)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.Definitions(b.Context(), asked[i%len(asked):][:1], func(string, hv.Definition, error) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// The time is that of one virtual machine.
func BenchmarkStatistics(b *testing.B) {
	s := open(b, "sim:///?vms=10000")
	asked := keys(b, s)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.Statistics(b.Context(), asked[i%len(asked):][:1], func(string, hv.Statistics, error) {}); err != nil {
			b.Fatal(err)
		}
	}
}

// The time is that of one change.
func BenchmarkChurn(b *testing.B) {
	c, err := parseURI("sim:///?vms=10000&churn=1000")
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(c)
	b.ReportAllocs()
	for b.Loop() {
		w.step(w.next())
		w.take()
	}
}
