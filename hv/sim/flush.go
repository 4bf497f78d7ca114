package sim

import (
	"context"
	"errors"

	"github.com/vmond/vmond/hv"
)

// The reasons why it cannot be known that all events were handed over.
var (
	errUnwatched = errors.New("nothing is watched")
	errLost      = errors.New("watch was lost")
)

// A mark in the queue of one who watches is reached when all events before it were handed over.
type mark chan struct{}

// An item is what waits in a queue: an event, or a mark.
type item struct {
	event hv.Event
	mark  mark // nil for an event
}

// Flush implements hv.Watcher. It waits for all who watch, and suffers the faults of depth [Watch] as their events do.
// Whoever calls it from within yield waits for himself.
func (s *Source) Flush(ctx context.Context) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	marks := make(map[*watcher]mark, len(s.watchers))
	for _, w := range s.watchers {
		marks[w] = make(mark)
		w.push(item{mark: marks[w]})
	}
	s.rouse()
	s.mu.Unlock()

	if len(marks) == 0 {
		return errUnwatched
	}
	for w, m := range marks {
		if err := m.wait(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// wait returns nil once the mark is reached, or why it will not be.
func (m mark) wait(ctx context.Context, w *watcher) error {
	select {
	case <-m:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
	}
	select {
	case <-m: // before the watch ended
		return nil
	default:
		return errLost
	}
}
