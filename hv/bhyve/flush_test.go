package bhyve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vmond/vmond/hv"
)

// TestFlush returns after all that had happened was handed over, be it ever so slowly.
func TestFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		a := s.watch()
		a.hears("connected")
		time.Sleep(time.Second)
		s.put(plain(runs(s.process(pid))))
		slow := make(chan struct{})
		a.mu.Lock()
		a.slow = slow
		a.mu.Unlock()
		flushed := make(chan error, 1)
		go func() { flushed <- s.o.Flush(t.Context()) }()
		a.hears("started (booted)")
		select {
		case err := <-flushed:
			t.Errorf("unexpected end before yield returned: %v", err)
		default:
		}
		close(slow)
		if err := <-flushed; err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
}

// TestFlushFails cannot know that all was handed over.
func TestFlushFails(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken")
	tests := []struct {
		name string
		do   func(s *lab, flush func(context.Context) error) error
		want error
	}{
		{"nobody watches", func(s *lab, flush func(context.Context) error) error { return flush(s.t.Context()) }, errUnwatched},
		{"the look fails", func(s *lab, flush func(context.Context) error) error {
			s.watch().hears("connected")
			s.fail(errBroken)
			return flush(s.t.Context())
		}, errBroken},
		{"the watch ends", func(s *lab, flush func(context.Context) error) error {
			a := s.watch()
			a.hears("connected")
			time.Sleep(time.Second)
			release := s.wait()
			flushed := make(chan error, 1)
			go func() { flushed <- flush(s.t.Context()) }()
			synctest.Wait()
			if err := a.end(); err != nil {
				return err
			}
			release()
			return <-flushed
		}, errLost},
		{"the watch ends while it is waited for", func(s *lab, flush func(context.Context) error) error {
			a := s.watch()
			slow := make(chan struct{})
			a.mu.Lock()
			a.slow = slow
			a.mu.Unlock()
			a.hears("connected")
			flushed := make(chan error, 1)
			go func() { flushed <- flush(s.t.Context()) }()
			synctest.Wait()
			a.stop()
			close(slow)
			return <-flushed
		}, errLost},
		{"it is given up", func(s *lab, flush func(context.Context) error) error {
			a := s.watch()
			slow := make(chan struct{})
			a.mu.Lock()
			a.slow = slow
			a.mu.Unlock()
			a.hears("connected")
			defer close(slow)
			ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
			defer cancel()
			return flush(ctx)
		}, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLab(t)
				if err := tt.do(s, s.o.Flush); !errors.Is(err, tt.want) {
					t.Errorf("unexpected error: %v, want %v", err, tt.want)
				}
			})
		})
	}
}

// TestFlushAnswers has the events of what a reading of the states found be there after a Flush.
func TestFlushAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		a := s.watch()
		a.hears("connected")
		s.put(plain(runs(s.process(pid))))
		standings, err := s.o.look(t.Context())
		if err != nil || standings[plainOne].oper != hv.StateRunning {
			t.Fatalf("unexpected states: %v, %v", standings, err)
		}
		if err := s.o.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if got, want := causes(a.seen), "started (booted)"; got != want {
			t.Errorf("unexpected events %q, want %q", got, want)
		}
	})
}
