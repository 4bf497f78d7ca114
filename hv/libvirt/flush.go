package libvirt

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// flushCalls is how many calls, one after the other, bring all events that were queued before the first of them in
// front of the last answer.
//
// A driver queues an event before the call that caused it returns, and sets a timer of its daemon's event loop
// (virObjectEventStateQueue). The round of that loop in which our first call is read, if not an earlier one, finds the
// timer expired and sends the event (virObjectEventStateFlush); but it may be after the answer, because a worker answers
// as soon as the call was read. The second call is read in a later round, so its answer is behind the event: what is
// sent to a client goes into one queue (virNetServerClientSendMessage).
//
// Behind virtproxyd there is another daemon, which has the driver. Only the answer to the second call is behind its
// event, and with that answer the event has come as far as virtproxyd, which queues it in turn: it takes two more.
const flushCalls = 4

// Flush returns nil once yield has returned for all events that libvirt had queued for us when it was called: those of
// every operation that had returned to whoever asked for it. Of one still under way, the state may be ahead of the
// event. yield itself must not call it.
func (s *Source) Flush(ctx context.Context) error {
	select {
	case <-s.ended:
		return ErrClosed
	default:
	}
	vigils := s.vigils.all()
	if len(vigils) == 0 {
		return fmt.Errorf("flushing the events of %q: %w", s.target.text, errUnwatched)
	}
	return flush(ctx, s.target.text, vigils)
}

// flush is Flush of those vigils.
func flush(ctx context.Context, uri string, vigils []*vigil) error {
	marks := make([]<-chan struct{}, 0, len(vigils))
	for _, v := range vigils {
		marks = append(marks, v.mark())
	}
	for i, v := range vigils {
		if err := v.await(ctx, marks[i]); err != nil {
			return fmt.Errorf("flushing the events of %q: %w", uri, err)
		}
	}
	return nil
}

// await waits until the mark is reached.
func (v *vigil) await(ctx context.Context, mark <-chan struct{}) error {
	select {
	case <-mark:
		return nil
	case <-ctx.Done():
		return missed(ctx)
	case <-v.over:
	}
	select {
	case <-mark: // it was reached at the very end
		return nil
	default:
		return errUnwatched
	}
}

// vigils are the Watches under way.
type vigils struct {
	mu sync.Mutex
	m  map[*vigil]bool
}

func (s *vigils) add(v *vigil) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[v] = true
}

// remove removes v, which hands on nothing any more.
func (s *vigils) remove(v *vigil) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, v)
	close(v.over)
}

// all returns them, in any order.
func (s *vigils) all() []*vigil {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.m))
}

// origin returns the origin of the virtual machine's memory if an event told it.
func (s *vigils) origin(key string) origin { return originOf(s.all(), key) }

// originOf is origin of those vigils.
func originOf(vigils []*vigil, key string) origin {
	for _, v := range vigils {
		if o := v.origins.get(key); o != originUnknown {
			return o
		}
	}
	return originUnknown
}
