package collector

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// retryAfter is when a reading that failed is tried again.
const retryAfter = 500 * time.Millisecond

// A reading is one kind of question to the source. It is asked again and again, never twice at once. All but its
// health belongs to the collector's loop.
type reading struct {
	name string
	log  *zap.Logger
	busy bool
	next time.Time // not to be asked before
	took time.Duration

	mu     sync.Mutex
	health ReadingHealth
}

// ReadingHealth says how one kind of reading fares.
type ReadingHealth struct {
	// LastSuccess is when it last succeeded. It is zero if it never did.
	LastSuccess time.Time `json:"last_success,omitzero"`
	// Took is how long the last successful one took.
	Took time.Duration `json:"took,omitzero"`
	// Failures counts those that failed since the last success; LastError and LastFailure are of the last of them.
	Failures    int       `json:"failures,omitempty"`
	LastError   string    `json:"last_error,omitempty"`
	LastFailure time.Time `json:"last_failure,omitzero"`
	// Asked is when the one began that is under way. It is zero if none is.
	Asked time.Time `json:"asked,omitzero"`
}

// start asks, in a goroutine of its own that wg waits for. The loop runs done with the outcome.
func (r *reading) start(ctx context.Context, wg *sync.WaitGroup, timeout time.Duration,
	ask func(context.Context) error, done func(error),
) {
	r.busy = true
	r.mu.Lock()
	r.health.Asked = time.Now()
	r.mu.Unlock()
	wg.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		done(ask(ctx))
	})
}

// finish notes how a reading that began at began went. The first failure and the recovery are logged, what is between
// is counted.
func (r *reading) finish(began time.Time, err error) {
	r.busy = false
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.health
	h.Asked = time.Time{}
	if err != nil {
		h.Failures++
		h.LastError, h.LastFailure = err.Error(), time.Now()
		if h.Failures == 1 {
			r.log.Warn("failed, trying again", zap.String("what", r.name), zap.Error(err))
		}
		return
	}
	if h.Failures > 0 {
		r.log.Info("works again", zap.String("what", r.name), zap.Int("failures", h.Failures))
	}
	r.took = time.Since(began)
	*h = ReadingHealth{LastSuccess: time.Now(), Took: r.took}
}

// hasten makes the reading due at t if it would be due later.
func (r *reading) hasten(t time.Time) {
	if t.Before(r.next) {
		r.next = t
	}
}

// Health returns a copy of the health.
func (r *reading) Health() ReadingHealth {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health
}
