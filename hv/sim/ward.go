package sim

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A ward keeps the faults that are switched on.
type ward struct {
	mu      sync.Mutex
	sick    map[place]*illness
	changed chan struct{} // closed when sick changes
	closed  chan struct{} // closed when the Source is
}

// A place is where a fault strikes.
type place struct {
	depth Depth
	key   string
}

// An illness is a fault with the number of calls that it has seen.
type illness struct {
	Fault
	calls int
}

func newWard() *ward {
	return &ward{sick: map[place]*illness{}, changed: make(chan struct{}), closed: make(chan struct{})}
}

// close ends all that waits, and lets nobody pass any more. A second call does nothing.
func (w *ward) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isClosed() {
		close(w.closed)
	}
}

func (w *ward) isClosed() bool {
	select {
	case <-w.closed:
		return true
	default:
		return false
	}
}

// set switches a fault on or, with mode Healthy, off.
func (w *ward) set(f Fault) {
	f.check()
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Err == nil {
		f.Err = ErrFault
	}
	delete(w.sick, place{f.Depth, f.Key})
	if f.Mode != Healthy {
		w.sick[place{f.Depth, f.Key}] = &illness{Fault: f}
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// at returns the fault of a place, and a channel that is closed when any fault changes.
func (w *ward) at(d Depth, key string) (Fault, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := w.sick[place{d, key}]; i != nil {
		return i.Fault, w.changed
	}
	return Fault{}, w.changed
}

// mode returns how the fault of a place shows.
func (w *ward) mode(d Depth, key string) Mode {
	f, _ := w.at(d, key)
	return f.Mode
}

// keys returns the virtual machines that have a fault of their own, in order.
func (w *ward) keys(d Depth) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var keys []string
	for p := range w.sick {
		if p.depth == d && p.key != "" {
			keys = append(keys, p.key)
		}
	}
	slices.Sort(keys)
	return keys
}

// pass suffers the fault of a place: it returns late, with an error, or not before ctx is done.
func (w *ward) pass(ctx context.Context, d Depth, key string) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.isClosed() {
			return errClosed
		}
		f, changed := w.at(d, key)
		switch f.Mode {
		case Fail:
			return f.Err
		case Flap:
			if w.turn(d, key) {
				return f.Err
			}
			return nil
		case Slow:
			return w.wait(ctx, f.Delay)
		case Hang:
			select {
			case <-ctx.Done():
			case <-w.closed:
			case <-changed: // perhaps it was this fault that was lifted
			}
		default:
			return nil
		}
	}
}

// passOne suffers the fault of a depth, then that of one virtual machine there. An empty key is that of none.
func (w *ward) passOne(ctx context.Context, d Depth, key string) error {
	if err := w.pass(ctx, d, ""); err != nil || key == "" {
		return err
	}
	return w.pass(ctx, d, key)
}

// turn counts a call, and reports whether it is the one that flaps.
func (w *ward) turn(d Depth, key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := w.sick[place{d, key}]
	if i == nil || i.Mode != Flap {
		return false
	}
	i.calls++
	return i.calls%i.Every == 0
}

// wait returns after d, or with an error as soon as ctx is done.
func (w *ward) wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closed:
		return errClosed
	}
}
