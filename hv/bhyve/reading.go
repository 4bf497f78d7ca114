package bhyve

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// hurry is how long is waited for what took too long the last time.
const hurry = 200 * time.Millisecond

// A reading is something that is read at each look, and may hang: a file system over the network takes no deadline. It goes on in
// a goroutine of its own, once at a time, and who waits for it does so for no longer than its bound. Only the first who finds that
// it hangs waits as long: until it is quick again the others hardly do.
type reading[T any] struct {
	// life ends what is under way and takes a context.
	life  context.Context
	bound time.Duration
	read  func(ctx context.Context) (T, error)

	mu      sync.Mutex
	current *attempt[T] // the one under way, or nil
	begun   int         // counts the attempts
	slow    bool        // the last one took too long
}

// An attempt is one time that it is read.
type attempt[T any] struct {
	number int
	began  time.Time
	done   chan struct{} // closed when value and err are there
	value  T
	err    error
}

// A lateError is the error of a reading that takes longer than its bound.
type lateError struct{ bound time.Duration }

func (e lateError) Error() string { return fmt.Sprintf("no answer within %v", e.bound) }

// get reads it, from now on: what was begun before does not tell what there is now. The value is that of read even with an
// error, unless that is a lateError or the one of ctx.
func (r *reading[T]) get(ctx context.Context) (T, error) {
	var none T
	before, wait := r.expect()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		a := r.attempt()
		fresh := a.number > before
		if !fresh && (wait < r.bound || time.Since(a.began) >= r.bound) {
			return none, lateError{r.bound} // it hangs, and those who asked before have waited
		}
		select {
		case <-a.done:
			if fresh {
				return a.value, a.err
			}
		case <-timer.C:
			r.late()
			return none, lateError{r.bound}
		case <-ctx.Done():
			return none, ctx.Err()
		}
	}
}

// expect returns how many attempts were begun, and how long to wait for the next one.
func (r *reading[T]) expect() (begun int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slow {
		return r.begun, min(hurry, r.bound)
	}
	return r.begun, r.bound
}

// late notes that somebody has waited in vain.
func (r *reading[T]) late() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slow = true
}

// idle says that no attempt is under way.
func (r *reading[T]) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current == nil
}

// quick says that no attempt is under way, and that the last one was in time.
func (r *reading[T]) quick() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current == nil && !r.slow
}

// attempt returns the attempt that is under way, or begins one.
func (r *reading[T]) attempt() *attempt[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		return r.current
	}
	r.begun++
	r.current = &attempt[T]{number: r.begun, began: time.Now(), done: make(chan struct{})}
	go r.run(r.current)
	return r.current
}

// run reads it once.
func (r *reading[T]) run(a *attempt[T]) {
	ctx, cancel := context.WithTimeout(r.life, r.bound)
	defer cancel()
	a.value, a.err = r.read(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slow = time.Since(a.began) >= r.bound
	r.current = nil
	close(a.done)
}
