package agentx

import (
	"slices"
	"sync"

	"github.com/vmond/vmond/mib"
)

// queue has the notifications that the master has not answered yet, in the order of Notify. Any goroutine may add to
// it; the serving one takes from it. It outlives the sessions.
type queue struct {
	limit int

	mu      sync.Mutex
	ended   bool
	sent    *note  // the one that the master was sent last and has not answered, in this session or one before
	back    bool   // sent did not leave
	waiting []note // behind it, at most limit
	counts  Notifications
	dropped int  // since the queue was empty the last time: a spell
	warned  bool // of the spell
}

// note is a notification on its way to the master.
type note struct {
	id         mib.OID
	payload    []byte      // of the Notify, with its context
	done       func(error) // or nil
	passedOver int         // how often; belongs to the serving goroutine
}

func (n *note) tell(err error) {
	if n.done != nil {
		n.done(err)
	}
}

func newQueue(limit int) *queue { return &queue{limit: limit} }

// add puts n last. If there is no room, the oldest that was never sent is dropped and returned. Ring says that the serving
// goroutine may be idle and is to look.
func (q *queue) add(n note) (dropped note, full, ring bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		q.counts.Dropped++
		return note{}, false, false, ErrEnded
	}
	ring = q.sent == nil && len(q.waiting) == 0
	if len(q.waiting) == q.limit {
		dropped, full = q.shift(), true
		ring = ring || q.dropped == 0
		q.dropped++
		q.counts.Dropped++
	}
	q.waiting = append(q.waiting, n)
	return dropped, full, ring, nil
}

// shift takes the first that waits. The memory of what is gone is released: that of a notification at once, and that
// of the slice when it is empty or has to be made anew.
func (q *queue) shift() note {
	n := q.waiting[0]
	q.waiting[0] = note{}
	q.waiting = q.waiting[1:]
	if len(q.waiting) == 0 {
		q.waiting = nil
	}
	return n
}

// take returns what is to be sent next: once more what was sent and not answered, or the first that waits. It returns
// nil if there is nothing.
func (q *queue) take() *note {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sent != nil {
		if !q.back {
			q.counts.Resent++
		}
		q.back = false
		return q.sent
	}
	if len(q.waiting) == 0 {
		return nil
	}
	n := q.shift()
	q.sent = &n
	return q.sent
}

// putBack says that what was to be sent did not leave. It is still the next.
func (q *queue) putBack() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.back = true
}

// land takes away what was sent, now that its fate is known, and returns it.
func (q *queue) land(err error) *note {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.sent
	q.sent, q.back = nil, false
	if err != nil {
		q.counts.Refused++
		return n
	}
	q.counts.Accepted++
	return n
}

// passOver counts that the master did not answer what was sent, and returns how often that was.
func (q *queue) passOver() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent.passedOver++
	return q.sent.passedOver
}

// refuse counts a notification that cannot be sent.
func (q *queue) refuse() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.counts.Refused++
}

// spell returns what is to be told of the drops: that they have begun, and once the queue is empty again how many
// there were. Each is returned once.
func (q *queue) spell() (began bool, dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	began = q.dropped > 0 && !q.warned
	q.warned = q.warned || began
	if q.sent == nil && len(q.waiting) == 0 {
		dropped = q.dropped
		q.dropped, q.warned = 0, false
	}
	return began, dropped
}

// empty reports whether nothing waits or is without an answer.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent == nil && len(q.waiting) == 0
}

// begin opens the queue, which end has closed.
func (q *queue) begin() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = false
}

// end closes the queue and returns what is left in it.
func (q *queue) end() (left []note) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sent != nil {
		left = append(left, *q.sent)
	}
	left = slices.Concat(left, q.waiting)
	q.ended, q.sent, q.back, q.waiting = true, nil, false, nil
	q.counts.Dropped += uint64(len(left))
	return left
}

func (q *queue) status() Notifications {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.counts
	n.Waiting = len(q.waiting)
	if q.sent != nil {
		n.Waiting++
	}
	return n
}
