package bhyve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vmond/vmond/hv"
)

// An answer is what a look returned.
type answer struct {
	standings map[string]standing
	err       error
}

// asks looks, in a goroutine of its own.
func (s *lab) asks(ctx context.Context) <-chan answer {
	answers := make(chan answer, 1)
	go func() {
		standings, err := s.o.look(ctx)
		answers <- answer{standings, err}
	}()
	synctest.Wait()
	return answers
}

// TestLookShared has those who ask while a look is under way share the next one: the present one may have begun before what they
// are to find.
func TestLookShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		release := s.wait()
		first := s.asks(t.Context())
		s.put(plain(runs(s.process(pid))))
		var rest []<-chan answer
		for range 10 {
			rest = append(rest, s.asks(t.Context()))
		}
		release()
		if a := <-first; a.err != nil || len(a.standings) != 0 {
			t.Errorf("unexpected first answer: %v, %v", a.standings, a.err)
		}
		for _, r := range rest {
			a := <-r
			if a.err != nil || len(a.standings) != 1 {
				t.Errorf("unexpected answer: %v, %v", a.standings, a.err)
			}
			clear(a.standings) // which is nobody else's
		}
		if got := s.looked(); got != 2 {
			t.Errorf("unexpected number of looks: %d", got)
		}
	})
}

// TestLookFails shares an error, but not that of one who gave up.
func TestLookFails(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken")
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		release := s.wait()
		s.asks(t.Context())
		s.fail(errBroken)
		a, b := s.asks(t.Context()), s.asks(t.Context())
		release()
		for _, r := range []<-chan answer{a, b} {
			if got := <-r; !errors.Is(got.err, errBroken) {
				t.Errorf("unexpected error: %v", got.err)
			}
		}
		if got := s.looked(); got != 2 {
			t.Errorf("unexpected number of looks: %d", got)
		}
	})
}

// TestLookGivenUp does not have those who wait share the error of one who gave up.
func TestLookGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		release := s.wait()
		first := s.asks(t.Context())
		ctx, cancel := context.WithCancel(t.Context())
		second, third := s.asks(ctx), s.asks(t.Context())
		again := s.wait()
		release()
		if got := <-first; got.err != nil {
			t.Errorf("unexpected error: %v", got.err)
		}
		synctest.Wait() // the second looks, or the third
		cancel()
		if got := <-second; !errors.Is(got.err, context.Canceled) {
			t.Errorf("unexpected error: %v", got.err)
		}
		again()
		if got := <-third; got.err != nil {
			t.Errorf("unexpected error: %v", got.err)
		}
	})
}

// TestState looks, and knows who is not there.
func TestState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.put(plain(runs(s.process(pid)), stopped))
		if got, err := s.o.State(t.Context(), plainOne); got != hv.StatePaused || err != nil {
			t.Errorf("unexpected state %v, %v", got, err)
		}
		if _, err := s.o.State(t.Context(), "bhyve:two"); !errors.Is(err, hv.ErrGone) {
			t.Errorf("unexpected error: %v", err)
		}
		s.fail(errors.New("broken"))
		if _, err := s.o.State(t.Context(), plainOne); err == nil || errors.Is(err, hv.ErrGone) {
			t.Errorf("unexpected error: %v", err)
		}
	})
}

// TestCredit counts what a process used between two looks.
func TestCredit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.put(plain(runs(s.process(pid))))
		standings, err := s.o.look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		run := standings[plainOne].run
		if got := s.o.credit(plainOne, run, pid, spent{total: time.Second}); got.total != time.Second {
			t.Errorf("unexpected sum %v", got.total)
		}
		if got := s.o.credit(plainOne, run, 0, spent{}); got.total != time.Second {
			t.Errorf("unexpected sum %v", got.total)
		}
	})
}
