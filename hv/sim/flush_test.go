package sim

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// A listener is one who watches, in the bubble of a synctest.
type listener struct {
	got  []string
	hold chan struct{} // takes a token for each event
	stop context.CancelFunc
	done chan error
}

// listen begins a watch that hands one event over for each token, or all of them if hold is nil.
func listen(t *testing.T, s *Source, hold chan struct{}) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{hold: hold, stop: cancel, done: make(chan error, 1)}
	go func() {
		l.done <- s.Watch(ctx, func(e hv.Event) {
			if hold != nil {
				<-hold
			}
			l.got = append(l.got, e.Kind.String())
		})
	}()
	synctest.Wait()
	return l
}

// flush begins a Flush.
func flush(ctx context.Context, s *Source) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Flush(ctx) }()
	synctest.Wait()
	return done
}

// pending fails the test if the Flush has returned.
func pending(t *testing.T, done <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("flushed too early: %v", err)
	default:
	}
}

// flushed waits for the Flush, and fails the test unless its error is want.
func flushed(t *testing.T, done <-chan error, want error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		if !errors.Is(err, want) {
			t.Fatalf("unexpected error %v, want %v", err, want)
		}
	default:
		t.Fatal("the flush is still under way")
	}
}

func TestFlushWaitsForWhatHappenedBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0")
		l := listen(t, s, make(chan struct{}))
		key, err := s.Create(VM{})
		if err != nil {
			t.Fatal(err)
		}
		done := flush(t.Context(), s)
		if err := s.Suspend(key); err != nil { // happened after
			t.Fatal(err)
		}
		for range 3 { // connected, resumed, started
			pending(t, done)
			l.hold <- struct{}{}
		}
		flushed(t, done, nil)
		if diff := cmp.Diff([]string{"connected", "resumed", "started"}, l.got); diff != "" {
			t.Fatalf("unexpected events (-want +got):\n%s", diff)
		}
		close(l.hold)
		flushed(t, flush(t.Context(), s), nil)
		l.stop()
		if err := <-l.done; err != nil || len(l.got) != 4 {
			t.Fatalf("unexpected events %q, error %v", l.got, err)
		}
	})
}

// What is due by the clock has happened, also if nobody looked at it yet.
func TestFlushCatchesUpWithTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=20&churn=50")
		hold := make(chan struct{})
		l := listen(t, s, hold)
		time.Sleep(time.Minute)
		close(hold)
		flushed(t, flush(t.Context(), s), nil)
		if len(l.got) < 1000 {
			t.Fatalf("only %d events in a minute", len(l.got))
		}
		l.stop()
	})
}

func TestFlushWaitsForAllWhoWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0")
		quick, slow := listen(t, s, nil), listen(t, s, make(chan struct{}))
		done := flush(t.Context(), s)
		pending(t, done)
		close(slow.hold)
		flushed(t, done, nil)
		quick.stop()
		slow.stop()
	})
}

func TestFlushCannotKnow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(s *Source, l *listener) // the Flush
		after  func(s *Source, l *listener, cancel context.CancelFunc)
		want   error
	}{
		{"nothing is watched any more", func(_ *Source, l *listener) { l.stop() }, nil, errUnwatched},
		{"the simulation is closed", func(s *Source, _ *listener) { _ = s.Close() }, nil, errClosed},
		{"the context ends", nil, func(_ *Source, _ *listener, cancel context.CancelFunc) { cancel() }, context.Canceled},
		{"the watch ends", nil, func(_ *Source, l *listener, _ context.CancelFunc) { l.stop() }, errLost},
		{"the watch fails", nil, func(s *Source, _ *listener, _ context.CancelFunc) {
			s.Fault(Fault{Depth: Watch, Mode: Fail})
		}, errLost},
		{"the simulation is closed meanwhile", nil, func(s *Source, _ *listener, _ context.CancelFunc) { _ = s.Close() }, errLost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := open(t, "sim:///")
				l := listen(t, s, nil)
				s.Fault(Fault{Depth: Watch, Mode: Hang})
				if tt.before != nil {
					tt.before(s, l)
					synctest.Wait()
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := flush(ctx, s)
				if tt.after != nil {
					pending(t, done)
					tt.after(s, l, cancel)
				}
				flushed(t, done, tt.want)
				l.stop()
			})
		})
	}
}

func TestFlushOfNobody(t *testing.T) {
	t.Parallel()
	if err := open(t, "sim:///").Flush(t.Context()); !errors.Is(err, errUnwatched) {
		t.Fatalf("unexpected error %v", err)
	}
}

// Of two who watch one is lost: whoever asks may be that one.
func TestFlushWithOneLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///")
		stays, goes := listen(t, s, nil), listen(t, s, make(chan struct{}))
		done := flush(t.Context(), s)
		pending(t, done)
		goes.stop()
		close(goes.hold)
		flushed(t, done, errLost)
		flushed(t, flush(t.Context(), s), nil)
		stays.stop()
	})
}

// A watch that is ill is as ill for a Flush, also if nothing happens.
func TestFlushSuffersTheFaultsOfWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///")
		l := listen(t, s, nil)
		s.Fault(Fault{Depth: Watch, Mode: Hang})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begin := time.Now()
		if err := s.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Hour {
			t.Fatalf("unexpected error %v of a watch that hangs, after %v", err, time.Since(begin))
		}
		done := flush(t.Context(), s)
		pending(t, done)
		s.Fault(Fault{Depth: Watch})
		flushed(t, done, nil)

		s.Fault(Fault{Depth: Watch, Mode: Slow, Delay: time.Second})
		begin = time.Now()
		if err := s.Flush(t.Context()); err != nil || time.Since(begin) != time.Second {
			t.Fatalf("unexpected error %v of a watch that is slow, after %v", err, time.Since(begin))
		}
		s.Fault(Fault{Depth: Watch, Mode: Flap, Every: 2})
		flushed(t, flush(t.Context(), s), nil)
		flushed(t, flush(t.Context(), s), errLost)
		if err := <-l.done; !errors.Is(err, ErrFault) {
			t.Fatalf("unexpected end %v of a watch that flaps", err)
		}
	})
}

// One virtual machine whose events hang holds up those behind it.
func TestFlushBehindOneSickVirtualMachine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0")
		l := listen(t, s, nil)
		s.Fault(Fault{Depth: Watch, Key: "sick", Mode: Hang})
		flushed(t, flush(t.Context(), s), nil)
		if _, err := s.Create(VM{Key: "sick"}); err != nil {
			t.Fatal(err)
		}
		done := flush(t.Context(), s)
		pending(t, done)
		s.Fault(Fault{Depth: Watch, Key: "sick"})
		flushed(t, done, nil)
		l.stop()
	})
}

// A watch that falls behind does not reach the mark.
func TestFlushOfOneThatFallsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "sim:///?vms=0")
		l := listen(t, s, make(chan struct{}))
		done := flush(t.Context(), s)
		key, err := s.Create(VM{})
		if err != nil {
			t.Fatal(err)
		}
		for range maxQueue / 2 {
			if err := errors.Join(s.Suspend(key), s.Resume(key)); err != nil {
				t.Fatal(err)
			}
		}
		pending(t, done)
		close(l.hold)
		flushed(t, done, errLost)
		if err := <-l.done; err == nil {
			t.Fatal("the watch goes on")
		}
	})
}
