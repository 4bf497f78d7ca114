package agentx

import (
	"slices"
	"sync"
	"time"

	"github.com/vmond/vmond/mib"
)

// desk lies between the serving goroutine and all others: here they leave what they want and look how it fares.
type desk struct {
	mu     sync.Mutex
	wanted []claim       // never changed in place
	offers []offer       // in the order of their names, never changed in place
	round  chan struct{} // closed when the serving goroutine comes round
	state  Status        // without what the counters tell, and the offers
	has    []mib.OID     // the offers that the master has
}

func newDesk(wanted []claim) *desk {
	return &desk{wanted: wanted, round: make(chan struct{}), state: Status{Since: time.Now()}}
}

// want adds a claim to what is wanted, unless it is there already.
func (d *desk) want(c claim) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range d.offers {
		if c.isRegion() {
			mustBeApart(c.region, o.subtree)
		}
	}
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

// comeRound is called by the serving goroutine when the bell was rung. It returns what is wanted, and what is offered.
func (d *desk) comeRound() ([]claim, []offer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.round)
	d.round = make(chan struct{})
	return d.wanted, d.offers
}

func (d *desk) setConnected(master int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.Connected, d.state.MasterPID = true, master
}

func (d *desk) setRegistered(registered bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.become(registered)
}

// setOffered takes note of the offers that the master has.
func (d *desk) setOffered(offered []mib.OID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.has = offered
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
	d.state.Connected, d.state.MasterPID, d.has = false, 0, nil
	d.become(false)
}

func (d *desk) status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	st := d.state
	for _, o := range d.offers {
		st.Offers = append(st.Offers, Offer{Subtree: slices.Clone(o.subtree), Registered: slices.ContainsFunc(d.has, o.is)})
	}
	return st
}
