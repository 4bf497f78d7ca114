package libvirt

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// firstBackoff is how long a remote daemon is left alone after it was in vain to connect to it, and maxBackoff how long at most
	// after that was in vain again and again: each time twice as long as before.
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
	// jitter is the part of that, one in so many, that is left to chance, so that not all who lost a daemon come back to it at once.
	jitter = 2
)

// A backoff keeps a remote daemon that cannot be had from being asked for a connection several times a second: each is a login,
// which costs the other host something, is noted there, and may be taken for an attack. The nil backoff lets everything pass.
type backoff struct {
	mu      sync.Mutex
	wait    time.Duration // the last; 0 since there was a connection
	since   time.Time     // when it began
	until   time.Time
	refusal error // why there was none
}

// newBackoff returns the backoff of a target. A socket of this host has none: to try it costs nothing, and who waits for it would
// notice.
func newBackoff(t target) *backoff {
	if t.transport == transportUnix {
		return nil
	}
	return &backoff{}
}

// refused returns nil if a connection may be asked for now, or why there was none the last time.
func (b *backoff) refused() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().Before(b.until) {
		return b.refusal
	}
	return nil
}

// failed notes why an attempt that began then was in vain. Of those that were under way at once only the first counts.
func (b *backoff) failed(began time.Time, err error) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wait > 0 && began.Before(b.since) {
		return
	}
	b.wait = min(max(2*b.wait, firstBackoff), maxBackoff)
	b.since, b.refusal = time.Now(), err
	b.until = b.since.Add(b.wait - rand.N(b.wait/jitter))
}

// connected notes that there is a connection.
func (b *backoff) connected() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wait, b.until, b.refusal = 0, time.Time{}, nil
}
