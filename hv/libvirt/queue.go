package libvirt

import (
	"sync"

	"github.com/vmond/vmond/hv"
)

// An item is what waits in a queue: an event, or a mark that says that all before it were taken.
type item struct {
	event hv.Event
	mark  chan<- struct{} // nil for an event; closed when it is its turn
}

// A queue holds what is to be handed on, in order. It has no bound: who puts something in is the one reader of the
// connection, and while that waits no answer comes in.
type queue struct {
	mu    sync.Mutex
	items []item
	ready chan struct{} // holds an element if there may be something to take
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// put appends items.
func (q *queue) put(items ...item) {
	q.mu.Lock()
	q.items = append(q.items, items...)
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take returns all that is there.
func (q *queue) take() []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}
