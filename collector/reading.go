package collector

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	// A reading that failed is tried again after restAfterFailure times as long as it took, so that a hypervisor that toils
	// only to fail does so a small part of the time. It is no sooner than retryAfter, and no later than retryAtLast, for nothing
	// tells that the cause is gone.
	restAfterFailure = 9
	retryAfter       = 500 * time.Millisecond
	retryAtLast      = 1500 * time.Millisecond
)

// A reading is one kind of question to the source. It is asked again and again, never twice at once. All but its
// health belongs to the collector's loop.
type reading struct {
	name  string
	log   *zap.Logger
	busy  bool
	next  time.Time     // not to be asked before
	took  time.Duration // the last
	ended time.Time     // when the last one did

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
	r.busy, r.ended = false, time.Now()
	r.took = r.ended.Sub(began)
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
	*h = ReadingHealth{LastSuccess: r.ended, Took: r.took}
}

// retry returns when a reading that began at began, and has failed now, is to be tried again.
func retry(began time.Time) time.Time {
	now := time.Now()
	return now.Add(min(max(restAfterFailure*now.Sub(began), retryAfter), retryAtLast))
}

// rest returns for how long it is not to be asked again from now on, so that it takes a part of the time however often it is
// wanted.
func (r *reading) rest(now time.Time) time.Duration {
	if r.busy {
		return restAfterState * r.took
	}
	return r.ended.Add(restAfterState * r.took).Sub(now)
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
