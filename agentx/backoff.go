package agentx

import (
	"math/rand/v2"
	"time"
)

const (
	// minDelay is the first delay between two attempts.
	minDelay = 100 * time.Millisecond

	// maxDelay is the longest one. After the master has come back, everything must be registered again within 2 s:
	// an attempt that fails at once is followed by the next within this time, and an answer takes milliseconds.
	// A try each second costs next to nothing, so there is no reason to slow down further.
	maxDelay = time.Second
)

// backoff says how long to wait before the next attempt: twice as long as the last time, up to maxDelay, less a random
// part of up to a half, so that the subagents of a host do not come all at once. The zero value is at the beginning.
type backoff struct {
	delay time.Duration
}

func (b *backoff) next() time.Duration {
	b.delay = min(max(2*b.delay, minDelay), maxDelay)
	return b.delay - rand.N(b.delay/2)
}

func (b *backoff) reset() { b.delay = 0 }
