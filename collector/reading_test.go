package collector

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
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
