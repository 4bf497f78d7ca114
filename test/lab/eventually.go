package lab

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// pollInterval is the time between two looks at a condition.
const pollInterval = 20 * time.Millisecond

// Eventually waits until cond returns nil, and ends the test if it still does not at the end of the timeout: what was
// waited for is then named with cond's last error. The timeout is generous, because the machine may be busy; nothing is
// lost by that, because nobody waits longer than needed.
func Eventually(t testing.TB, timeout time.Duration, what string, cond func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := await(ctx, cond); err != nil {
		t.Fatalf("waited %v until %s: %v", timeout, what, err)
	}
}

// await polls cond until it returns nil or ctx is done; then it returns cond's last error.
func await(ctx context.Context, cond func() error) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := cond()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}
