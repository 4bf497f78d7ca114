package agentx

import (
	"context"
	"slices"
	"sync"
	"time"
)

// desk lies between the serving goroutine and all others: here they leave what they want and look how it fares.
type desk struct {
	mu     sync.Mutex
	wanted []claim // never changed in place
	open   bool    // notes are taken
	notes  []*note
	round  chan struct{} // closed when the serving goroutine comes round
	state  Status        // without what the counters tell
}

// note is a notification on its way to the master.
type note struct {
	ctx     context.Context // of the caller, who may have left
	payload []byte
	done    chan error // has room for the outcome
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

// leave puts a note on the desk. It returns false if there is no session to send it in.
func (d *desk) leave(n *note) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.open {
		return false
	}
	d.notes = append(d.notes, n)
	return true
}

// nextRound returns a channel that is closed when the serving goroutine has come round after this call.
func (d *desk) nextRound() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.round
}

// comeRound is called by the serving goroutine when the bell was rung. It returns what is wanted and takes the notes.
func (d *desk) comeRound() ([]claim, []*note) {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.round)
	d.round = make(chan struct{})
	notes := d.notes
	d.notes = nil
	return d.wanted, notes
}

func (d *desk) setOpen() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = true
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

// close says that the session and its connection are gone, and returns the notes that were not taken.
func (d *desk) close() []*note {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = false
	d.state.Connected = false
	d.become(false)
	notes := d.notes
	d.notes = nil
	return notes
}

func (d *desk) status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}
