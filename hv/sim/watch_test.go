package sim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

func TestWatchTellsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0&pace=1s")
		key, err := s.Define(VM{Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var got []string
		done := make(chan error)
		go func() {
			done <- s.Watch(ctx, func(e hv.Event) {
				state := "gone"
				if v, ok := states(t, s)[key]; ok {
					state = v.State.String()
				}
				got = append(got, fmt.Sprintf("%v %s/%d %s", time.Since(begin), e.Kind, e.Detail, state))
			})
		}()
		synctest.Wait()
		for _, do := range []func(string) error{s.Start, s.Save, s.Start, s.Suspend, s.Resume, s.MigrateOut, s.Start, s.Shutdown, s.Undefine} {
			time.Sleep(5 * time.Second)
			if err := do(key); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		want := []string{
			"0s connected/0 preparing",
			"1s defined/0 shutdown",
			"5s resumed/0 running", "5s started/0 running",
			"10s suspended/0 suspending", "10s busy/0 suspending", "11s stopped/4 suspended",
			"15s started/2 resuming", "16s resumed/2 running",
			"20s suspended/0 paused",
			"25s resumed/0 running",
			"30s busy/0 migrating", "31s suspended/1 shutdown", "31s stopped/3 shutdown",
			"35s resumed/0 running", "35s started/0 running",
			"40s shutdown/1 shuttingdown", "41s stopped/0 shutdown",
			"45s undefined/0 gone",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("unexpected events (-want +got):\n%s", diff)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatalf("unexpected error %v of a watch that was ended", err)
		}
		if len(s.watchers) != 0 {
			t.Fatal("the watch is still there")
		}
	})
}

// What is undefined before it is complete does not come back.
func TestWatchOfAnEarlyEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0&pace=1h")
		key, err := s.Define(VM{Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Undefine(key); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		var got []string
		if err := s.Watch(ctx, func(e hv.Event) { got = append(got, e.String()) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{`connected/0 ""`}, got); diff != "" {
			t.Fatalf("unexpected events (-want +got):\n%s", diff)
		}
	})
}

// Two who watch are told the same, and one who comes later only what is new.
func TestWatchers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=50&churn=10&pace=100ms")
		ctx, cancel := context.WithCancel(t.Context())
		var first, second, late []hv.Event
		var all sync.WaitGroup
		watch := func(into *[]hv.Event) {
			all.Go(func() {
				if err := s.Watch(ctx, func(e hv.Event) { *into = append(*into, e) }); err != nil {
					t.Errorf("unexpected error %v", err)
				}
			})
			synctest.Wait()
		}
		watch(&first)
		watch(&second)
		time.Sleep(time.Minute)
		synctest.Wait()
		half := len(first)
		watch(&late)
		time.Sleep(time.Minute)
		synctest.Wait()
		cancel()
		all.Wait()
		if half < 300 || len(first) < half+300 {
			t.Fatalf("only %d events in a minute, and %d in two", half, len(first))
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("unexpected events of the second (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(append([]hv.Event{{Kind: hv.Connected}}, first[half:]...), late); diff != "" {
			t.Fatalf("unexpected events of the late one (-want +got):\n%s", diff)
		}
	})
}

func TestWatchFallsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0")
		key, err := s.Create(VM{})
		if err != nil {
			t.Fatal(err)
		}
		hold, done := make(chan struct{}), make(chan error)
		go func() { done <- s.Watch(t.Context(), func(hv.Event) { <-hold }) }()
		synctest.Wait()
		for range maxQueue/2 + 1 {
			if err := errors.Join(s.Suspend(key), s.Resume(key)); err != nil {
				t.Fatal(err)
			}
		}
		close(hold)
		if err := <-done; err == nil || !strings.Contains(err.Error(), "behind by more than 131072 events") {
			t.Fatalf("unexpected error %v", err)
		}
	})
}

func TestWatchOfTheDone(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Watch(ctx, func(e hv.Event) { t.Errorf("unexpected event %v", e) })
	if err != nil {
		t.Fatalf("unexpected error %v of a context that is done", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Watch(t.Context(), func(e hv.Event) { t.Errorf("unexpected event %v", e) }); !errors.Is(err, errClosed) {
		t.Fatalf("unexpected error %v of a simulation that is closed", err)
	}
}

// Many readers, watchers and drivers at once on the real clock, with changes that come by themselves.
func TestTogether(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=100&churn=2000&pace=1ms")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var events, drives atomic.Int64
	var all sync.WaitGroup
	run := func(do func() error) {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil && ctx.Err() == nil {
					t.Errorf("unexpected error %v", err)
					return
				}
			}
		})
	}
	for range 2 {
		run(func() error { return s.Watch(ctx, func(hv.Event) { events.Add(1) }) })
		run(func() error {
			list, err := s.States(ctx)
			if err != nil {
				return err
			}
			keys := make([]string, len(list))
			for i, v := range list {
				keys[i] = v.Key
				_ = s.Suspend(v.Key) // most are in no state for it
				_ = s.Resume(v.Key)
				drives.Add(1)
			}
			gone := func(err error) {
				if err != nil && !errors.Is(err, hv.ErrGone) && ctx.Err() == nil {
					t.Errorf("unexpected error %v", err)
				}
			}
			return errors.Join(
				s.Definitions(ctx, keys, func(_ string, _ hv.Definition, err error) { gone(err) }),
				s.Statistics(ctx, keys, func(_ string, _ hv.Statistics, err error) { gone(err) }))
		})
	}
	run(func() error {
		s.Fault(Fault{Depth: Statistics, Mode: Slow, Delay: time.Microsecond})
		s.Fault(Fault{Depth: Statistics})
		_, err := s.Host(ctx)
		return err
	})
	for events.Load() < 2000 || drives.Load() < 2000 {
		if t.Failed() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	all.Wait()
}
