package soak

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// beat is the time between two looks at the clock.
	beat = 500 * time.Millisecond
	// arrest is how much longer than that it takes a machine that stood still, and not one that is busy.
	arrest = 3 * time.Second
)

// A pulse notices that the whole machine stood still, as one in a cloud does when it is moved: then whoever waits for an answer
// is out of time, and nobody is to blame. Its zero value is ready for use.
type pulse struct {
	stops atomic.Int64
}

// run looks at the clock until ctx is done.
func (p *pulse) run(ctx context.Context) {
	last := time.Now()
	for pause(ctx, beat) {
		now := time.Now()
		if now.Sub(last) > beat+arrest {
			p.stops.Add(1)
		}
		last = now
	}
}

// steady calls do and returns its error, and whether the machine stood still meanwhile, as far as that matters.
func (p *pulse) steady(ctx context.Context, do func() error) (stood bool, err error) {
	before := p.stops.Load()
	if err = do(); err == nil {
		return false, nil
	}
	pause(ctx, 2*beat) // until it has been noticed
	return before != p.stops.Load(), err
}

// pause waits, and reports whether it did to the end: not if ctx was done before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
