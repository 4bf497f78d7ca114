package collector

import (
	"sync"

	"github.com/vmond/vmond/hv"
)

// An inbox holds the events that the loop has not come to, in order. Whoever puts one in never waits.
type inbox struct {
	wake chan struct{} // holds one token if there may be something new

	mu     sync.Mutex
	events []hv.Event
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// put adds an event.
func (b *inbox) put(e hv.Event) {
	b.mu.Lock()
	b.events = append(b.events, e)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns all events and leaves none.
func (b *inbox) take() []hv.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}
