package bhyve

import (
	"fmt"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// maxQueue is how many events wait for one who watches, before the watch is lost: whoever does not take them at all is not to have
// them pile up without end.
const maxQueue = 1 << 16

// A vigil is one Watch under way. What is in it is held by the observer's mu, but for the channels.
type vigil struct {
	queue  []item
	behind bool          // events were dropped
	ready  chan struct{} // holds an element if there may be something in the queue
	wake   chan struct{} // holds an element if there is reason to look
	over   chan struct{} // closed when the Watch is over

	// exits tell of processes that end. It is nil while nobody does.
	exits freebsd.Exits
	// heard are the processes whose end exits tell, by number and when they were started.
	heard map[int]time.Time
}

// An item is what waits in a queue: an event, or a mark that is closed when all before it were handed over.
type item struct {
	event hv.Event
	mark  chan struct{} // nil for an event
}

// newVigil returns one that was told nothing yet but that the watch begins.
func newVigil() *vigil {
	v := &vigil{ready: make(chan struct{}, 1), wake: make(chan struct{}, 1), over: make(chan struct{})}
	v.push(hv.Event{Kind: hv.Connected})
	return v
}

// push puts events into the queue.
func (v *vigil) push(events ...hv.Event) {
	for _, e := range events {
		v.put(item{event: e})
	}
}

// put puts one item into the queue.
func (v *vigil) put(i item) {
	if v.behind || len(v.queue) >= maxQueue {
		v.queue, v.behind = nil, true
	} else {
		v.queue = append(v.queue, i)
	}
	signal(v.ready)
}

// take returns what waits. Its error says that something was lost.
func (v *vigil) take() ([]item, error) {
	if v.behind {
		return nil, fmt.Errorf("the watch is behind by more than %d events", maxQueue)
	}
	items := v.queue
	v.queue = nil
	return items, nil
}

// hint has it look soon. It can be called by anybody.
func (v *vigil) hint() { signal(v.wake) }

// signal puts an element into a channel for one, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
