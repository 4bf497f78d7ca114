package libvirt

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// flushing calls Flush and returns where its outcome will come.
func flushing(ctx context.Context, s *Source) <-chan error {
	outcome := make(chan error, 1)
	go func() { outcome <- s.Flush(ctx) }()
	return outcome
}

// outcomeOf waits for the outcome.
func outcomeOf(t *testing.T, flushed <-chan error) error {
	t.Helper()
	select {
	case err := <-flushed:
		return err
	case <-patiently(t).Done():
		t.Fatalf("the flush does not end within %v", patience)
	}
	panic("unreachable")
}

// TestFlush has daemons whose events come behind that many answers. The last of them is slower than any real one: that
// its events are not there shows that the others' are there because of Flush.
func TestFlush(t *testing.T) {
	t.Parallel()
	const n = 100
	for _, late := range []int{0, 1, 2, flushCalls - 1, flushCalls + 1} {
		t.Run(strconv.Itoa(late), func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			d.Late = late
			srv, s := fake(t, d)
			w := watch(t, s)
			for range n {
				srv.Lifecycle(running(1, "on"), 3, 0)
			}
			if err := s.Flush(patiently(t)); err != nil {
				t.Fatalf("failed to flush: %v", err)
			}
			if got := len(w.events); (got == n) != (late < flushCalls) {
				t.Errorf("%d events of %d were handed on", got, n)
			}
		})
	}
}

// TestFlushWaitsForYield does not return before what is handed on was taken.
func TestFlushWaitsForYield(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	connected, taken, taking := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var returned atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(e hv.Event) {
			if e.Kind == hv.Connected {
				close(connected)
				return
			}
			close(taking)
			<-taken
			returned.Store(true)
		})
	}()
	<-connected
	srv.Lifecycle(running(1, "on"), 3, 0)
	<-taking
	flushed := flushing(patiently(t), s)
	eventually(t, "all calls are made", func() bool { return srv.Calls(libvirttest.ConnectGetLibVersion) == flushCalls })
	select {
	case err := <-flushed:
		t.Fatalf("flushed before the event was taken: %v", err)
	default:
	}
	close(taken)
	if err := outcomeOf(t, flushed); err != nil || !returned.Load() {
		t.Errorf("unexpected outcome: %v, taken %t", err, returned.Load())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("unexpected end of the watch: %v", err)
	}
}

// TestFlushSlow has a daemon that answers slowly, with events between its answers.
func TestFlushSlow(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	answers := make(chan struct{})
	d.Hold = map[libvirttest.Proc]chan struct{}{libvirttest.ConnectGetLibVersion: answers}
	srv, s := fake(t, d)
	w := watch(t, s)
	flushed := flushing(patiently(t), s)
	for i := range flushCalls {
		eventually(t, "a call is made", func() bool { return srv.Calls(libvirttest.ConnectGetLibVersion) == i+1 })
		select {
		case err := <-flushed:
			t.Fatalf("flushed after %d answers: %v", i, err)
		default:
		}
		srv.Lifecycle(running(1, "on"), 3, int32(i))
		answers <- struct{}{}
	}
	if err := outcomeOf(t, flushed); err != nil {
		t.Fatalf("failed to flush: %v", err)
	}
	if got := len(w.events); got != flushCalls {
		t.Errorf("%d events of %d were handed on", got, flushCalls)
	}
	for i := range flushCalls {
		if e := w.next(); e.Kind != hv.Suspended || e.Detail != i {
			t.Errorf("unexpected event %d: %v", i, e)
		}
	}
}

// TestFlushGivenUp gives up because the daemon does not answer in time. The watch is not the worse for it.
func TestFlushGivenUp(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	answers := make(chan struct{})
	d.Hold = map[libvirttest.Proc]chan struct{}{libvirttest.ConnectGetLibVersion: answers}
	srv, s := fake(t, d)
	w := watch(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	flushed := flushing(ctx, s)
	eventually(t, "a call is made", func() bool { return srv.Calls(libvirttest.ConnectGetLibVersion) == 1 })
	cancel()
	if err := outcomeOf(t, flushed); !errors.Is(err, context.Canceled) {
		t.Errorf("unexpected error: %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	if err := s.Flush(late); !errors.Is(err, errMissed) {
		t.Errorf("unexpected error: %v", err)
	}
	srv.Lifecycle(running(1, "on"), 3, 0)
	if e := w.next(); e.Kind != hv.Suspended {
		t.Errorf("unexpected event: %v", e)
	}
	close(answers)
	if err := s.Flush(patiently(t)); err != nil {
		t.Errorf("failed to flush once it answers: %v", err)
	}
}

// TestFlushLost ends in the midst of a Flush.
func TestFlushLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(srv *libvirttest.Server, s *Source, w *watcher)
		want error // of the watch
	}{
		{"the daemon hangs", func(*libvirttest.Server, *Source, *watcher) {}, errMissed},
		{"the daemon hangs up", func(srv *libvirttest.Server, _ *Source, _ *watcher) { srv.Hangup() }, errLost},
		{"the source is closed", func(_ *libvirttest.Server, s *Source, _ *watcher) { s.Close() }, ErrClosed},
		{"the watch is over", func(_ *libvirttest.Server, _ *Source, w *watcher) { w.cancel() }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := someDaemon()
			d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.ConnectGetLibVersion }
			srv, s := fake(t, d)
			w := watch(t, s)
			flushed := []<-chan error{flushing(patiently(t), s), flushing(patiently(t), s)}
			eventually(t, "a call is made", func() bool { return srv.Calls(libvirttest.ConnectGetLibVersion) > 0 })
			tt.end(srv, s, w)
			for _, f := range flushed {
				// One that was not called before the source was closed says so.
				if err := outcomeOf(t, f); !errors.Is(err, errUnwatched) && !errors.Is(err, ErrClosed) {
					t.Errorf("unexpected error: %v", err)
				}
			}
			if err := w.err(); !errors.Is(err, tt.want) {
				t.Errorf("unexpected end of the watch: %v", err)
			}
		})
	}
}

// TestFlushUnwatched has nothing to flush.
func TestFlushUnwatched(t *testing.T) {
	t.Parallel()
	_, s := fake(t, someDaemon())
	if err := s.Flush(patiently(t)); !errors.Is(err, errUnwatched) {
		t.Errorf("unexpected error before the watch: %v", err)
	}
	w := watch(t, s)
	if err := s.Flush(patiently(t)); err != nil {
		t.Errorf("failed to flush: %v", err)
	}
	w.cancel()
	if err := w.err(); err != nil {
		t.Errorf("unexpected end of the watch: %v", err)
	}
	if err := s.Flush(patiently(t)); !errors.Is(err, errUnwatched) {
		t.Errorf("unexpected error after the watch: %v", err)
	}
	s.Close()
	if err := s.Flush(patiently(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("unexpected error of a source that is closed: %v", err)
	}
}

// TestFlushFirst flushes while it is told that the watch has begun.
func TestFlushFirst(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	ctx, cancel := context.WithCancel(t.Context())
	taking, taken, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(hv.Event) {
			close(taking)
			<-taken
		})
	}()
	<-taking
	flushed := flushing(patiently(t), s)
	eventually(t, "it is under way", func() bool {
		return srv.Calls(libvirttest.ConnectGetLibVersion) == flushCalls || len(flushed) > 0
	})
	close(taken)
	if err := outcomeOf(t, flushed); err != nil {
		t.Errorf("failed to flush: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("unexpected end of the watch: %v", err)
	}
}

// TestFlushAll waits for all who watch.
func TestFlushAll(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	watchers := []*watcher{watch(t, s), watch(t, s), watch(t, s)}
	srv.Lifecycle(running(1, "on"), 3, 0)
	if err := s.Flush(patiently(t)); err != nil {
		t.Fatalf("failed to flush: %v", err)
	}
	for i, w := range watchers {
		if len(w.events) != 1 {
			t.Errorf("watch %d has handed on %d events", i, len(w.events))
		}
	}
}

// TestFlushAtOnce flushes from many goroutines, in a storm of events that come late. None misses an event, and no more
// is asked than one of them at a time would.
func TestFlushAtOnce(t *testing.T) {
	t.Parallel()
	const flushers, rounds = 8, 25
	d := someDaemon()
	d.Late = flushCalls - 1
	srv, s := fake(t, d)
	var sent, got atomic.Int64
	connected := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(e hv.Event) {
			if e.Kind == hv.Connected {
				close(connected)
				return
			}
			got.Add(1)
		})
	}()
	<-connected
	var all sync.WaitGroup
	for range flushers {
		all.Go(func() {
			for range rounds {
				srv.Lifecycle(running(1, "on"), 3, 0)
				before := sent.Add(1)
				if err := s.Flush(patiently(t)); err != nil {
					t.Errorf("failed to flush: %v", err)
				}
				if got := got.Load(); got < before {
					t.Errorf("%d events of %d were handed on", got, before)
				}
			}
		})
	}
	all.Wait()
	if n := srv.Busiest(); n != 1 {
		t.Errorf("%d requests at a time on one connection", n)
	}
	if n, most := srv.Calls(libvirttest.ConnectGetLibVersion), flushers*rounds*flushCalls; n > most {
		t.Errorf("%d calls, want %d at most", n, most)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("unexpected end of the watch: %v", err)
	}
}
