//go:build linux

package faults

import (
	"context"
	"sync"
	"testing"
	"time"
)

// throughout runs f in a goroutine, with a gap between two beginnings, until the test ends.
func throughout(t testing.TB, gap time.Duration, f func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(gap)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			f()
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
}
