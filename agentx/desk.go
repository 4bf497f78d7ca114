package agentx

import (
	"slices"
	"sync"
	"time"
)

// desk lies between the serving goroutine and all others: here they leave what they want and look how it fares.
type desk struct {
	mu     sync.Mutex
	wanted []claim       // never changed in place
	round  chan struct{} // closed when the serving goroutine comes round
	state  Status        // without what the counters tell
}

func newDesk(wanted []claim) *desk {
	return &desk{wanted: wanted, round: make(chan struct{}), state: Status{Since: time.Now()}}
}

// want adds a claim to what is wanted, unless it is there already.
func (d *desk) want(c claim) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !contains(d.wanted, c) {
		d.wanted = append(slices.Clone(d.wanted), c)
	}
}

// drop takes all claims that match away from what is wanted.
func (d *desk) drop(match func(claim) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = slices.DeleteFunc(slices.Clone(d.wanted), match)
}

// nextRound returns a channel that is closed when the serving goroutine has come round after this call.
func (d *desk) nextRound() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.round
}

// comeRound is called by the serving goroutine when the bell was rung. It returns what is wanted.
func (d *desk) comeRound() []claim {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.round)
	d.round = make(chan struct{})
	return d.wanted
}

func (d *desk) setConnected() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.Connected = true
}

func (d *desk) setRegistered(registered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.become(registered)
}

func (d *desk) become(registered bool) {
	if registered != d.state.Registered {
		d.state.Registered, d.state.Since = registered, time.Now()
	}
}

func (d *desk) setError(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.LastError = err.Error()
}

// close says that the session and its connection are gone.
func (d *desk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.Connected = false
	d.become(false)
}

func (d *desk) status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}
