package bhyve

import (
	"context"
	"errors"
)

// The reasons why it cannot be known that all events were handed over.
var (
	errUnwatched = errors.New("nothing is watched")
	errLost      = errors.New("the watch was lost")
)

// Flush takes a look, and returns nil once yield has returned for all that it found and all before it. Whoever calls it from within
// yield waits for himself.
func (o *observer) Flush(ctx context.Context) error {
	if !o.watched() {
		return errUnwatched
	}
	if _, err := o.look(ctx); err != nil {
		return err
	}
	marks := o.mark()
	if len(marks) == 0 {
		return errLost
	}
	for v, mark := range marks {
		if err := v.await(ctx, mark); err != nil {
			return err
		}
	}
	return nil
}

// watched reports whether anybody watches.
func (o *observer) watched() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.vigils) > 0
}

// mark puts a mark into the queue of each who watches.
func (o *observer) mark() map[*vigil]chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	marks := make(map[*vigil]chan struct{}, len(o.vigils))
	for v := range o.vigils {
		marks[v] = make(chan struct{})
		v.put(item{mark: marks[v]})
	}
	return marks
}

// await returns nil once the mark is reached, or why it will not be.
func (v *vigil) await(ctx context.Context, mark chan struct{}) error {
	select {
	case <-mark:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-v.over:
	}
	select {
	case <-mark: // before the watch ended
		return nil
	default:
		return errLost
	}
}
