package collector

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// TestReadingThatHangs proves that one can tell how long a reading has not been answered before it is given up, and that
// this is over with it.
func TestReadingThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		c := run(t, f, zap.NewNop())
		pass(10 * time.Second)
		if h := c.Health().States; !h.Asked.IsZero() {
			t.Errorf("nothing is under way: %+v", h)
		}
		f.set(func() { f.hang["states"] = true })
		pass(testIntervals.States + 20*time.Second)
		h := c.Health().States
		if waits := time.Since(h.Asked); h.Failures != 0 || waits < 20*time.Second || waits > 20*time.Second+testIntervals.States {
			t.Errorf("unexpected health: %+v", h)
		}
		f.set(func() { delete(f.hang, "states") })
		pass(statesTimeout)
		if h := c.Health().States; !h.Asked.IsZero() || h.Failures != 0 {
			t.Errorf("unexpected health: %+v", h)
		}
	})
}

// TestFailuresTakeAPartOfTheTime proves that a reading that fails after much work is tried again late, one that fails at once
// soon, and neither later than that.
func TestFailuresTakeAPartOfTheTime(t *testing.T) {
	const span = time.Minute
	tests := []struct {
		name         string
		takes, pause time.Duration
	}{
		{"at once", 0, retryAfter},
		{"after some work", 100 * time.Millisecond, 100 * time.Millisecond * restAfterFailure},
		{"after much work", time.Second, retryAtLast},
	}
	for _, depth := range []string{"states", "definitions"} {
		for _, tt := range tests {
			t.Run(depth+" "+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFake(running("a", 1))
					f.errs[depth], f.takes = errors.New("too much"), tt.takes
					run(t, f, zap.NewNop())
					pass(span)
					want := int(span / (tt.takes + tt.pause))
					if got := f.count(depth); got < want*9/10 || got > want+1 {
						t.Errorf("unexpected number of readings in %v: %d, want about %d", span, got, want)
					}
				})
			})
		}
	}
}

// TestTooManyAreReadAtTheInterval proves that what only an event can end is not tried again sooner, and at once after an event.
func TestTooManyAreReadAtTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1))
		run(t, watchedFake{f}, zap.NewNop())
		pass(2 * time.Second)
		f.set(func() { f.errs["states"] = fmt.Errorf("listing: %w", hv.ErrTooMany) })
		pass(testIntervals.States)
		before := f.count("states")
		const rounds = 6
		pass(rounds * testIntervals.States)
		if got := f.count("states") - before; got != rounds {
			t.Errorf("unexpected number of readings in %d intervals: %d", rounds, got)
		}
		before = f.count("states")
		f.events <- hv.Event{Kind: hv.Changed, Key: "a"}
		pass(2 * eventDelay)
		if f.count("states") == before {
			t.Error("not read after an event")
		}
	})
}
