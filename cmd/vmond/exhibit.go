package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/cmd/internal/snmpdconf"
	"github.com/vmond/vmond/mib"
)

// What is told where the document is not served by AgentX.
const (
	notWanted     = "librenms.agentx is false"
	notOffered    = "the master is not there"
	notRegistered = "the master has not taken it"
)

// A stand is what an exhibit shows its regions on: an [agentx.Subagent].
type stand interface {
	Offer(subtree mib.OID, tree func() mib.Tree)
	Withdraw(subtree mib.OID)
	Status() agentx.Status
}

// An exhibit offers the document for LibreNMS to the master, unless the snmpd there has an extend of that name itself: a
// subagent would take its place, and who has written that line has meant it.
type exhibit struct {
	stand stand
	tree  func() mib.Tree
	// extends is [snmpdconf.Extends].
	extends extends
	log     *zap.Logger
	wanted  atomic.Bool
	bell    chan struct{}          // has an element if it is to be considered anew
	why     atomic.Pointer[string] // it is not offered; empty if it is
	unknown atomic.Pointer[string] // why it is not known whether snmpd has an extend; empty if it is

	said string // the last of why that the log was told, by the loop

	mu  sync.Mutex // held while something is offered or taken back
	met int        // how many masters were met
}

// unsaid is what the log is told before anything.
const unsaid = "nothing"

// newExhibit returns an exhibit that offers nothing before it runs, and is considered.
func newExhibit(s stand, tree func() mib.Tree, wanted bool, log *zap.Logger) *exhibit {
	e := &exhibit{stand: s, tree: tree, extends: snmpdconf.Extends, log: log, bell: make(chan struct{}, 1), said: unsaid}
	e.wanted.Store(wanted)
	e.why.Store(new(notOffered))
	e.unknown.Store(new(string))
	return e
}

// String names the task.
func (e *exhibit) String() string { return "exhibit" }

// Ready returns a closed channel: the master may come much later.
func (e *exhibit) Ready() <-chan struct{} { return atOnce() }

// configure says whether the document is to be offered, and has that be considered anew.
func (e *exhibit) configure(wanted bool) {
	e.wanted.Store(wanted)
	e.ring()
}

// meet has the offer be considered for a master that is met, and takes back until then what its predecessor was offered: that
// would hide an extend of its own and, since net-snmp parts its table for the rows of a subagent, cost walks that row later on.
// It does not block.
func (e *exhibit) meet() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.met++
	e.takeBack()
	e.ring()
}

// masters returns how many were met.
func (e *exhibit) masters() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.met
}

// offer offers the document, unless another master was met since then: that is considered next.
func (e *exhibit) offer(met int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.met != met {
		return
	}
	for _, r := range librenms.Regions() {
		e.stand.Offer(r, e.tree)
	}
	e.note("")
}

// ring has the offer be considered anew, since the master is another one, or its configuration may be. It does not block.
func (e *exhibit) ring() {
	select {
	case e.bell <- struct{}{}:
	default:
	}
}

// Run considers the offer each time there is a reason to, until ctx is done.
func (e *exhibit) Run(ctx context.Context) error {
	e.ring()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-e.bell:
			e.consider()
		}
	}
}

// consider offers the document, or takes it back.
func (e *exhibit) consider() {
	if !e.wanted.Load() {
		e.withdraw(notWanted)
		e.doubt(nil)
		return
	}
	met, st := e.masters(), e.stand.Status()
	if !st.Connected {
		e.note(notOffered) // what its configuration says is found out when it is there
		return
	}
	place, taken, err := ownExtend(st.Address, st.MasterPID, e.extends)
	e.doubt(err)
	if taken {
		e.withdraw(takenBy(place))
		return
	}
	e.offer(met)
}

// doubt notes why it is not known whether snmpd has an extend of the name, or that it is known if err is nil.
func (e *exhibit) doubt(err error) {
	why := ""
	if err != nil {
		why = err.Error()
	}
	if before := e.unknown.Swap(&why); err != nil && *before != why {
		e.log.Warn("it is not known whether snmpd has an extend of this name, the document is served by AgentX",
			zap.String("extend", librenms.Name), zap.NamedError("reason", err))
	}
}

// extendUnknown says why it is not known whether snmpd has an extend of the name, or nothing if it is.
func (e *exhibit) extendUnknown() string { return *e.unknown.Load() }

// withdraw takes the offer back, if there is one, and notes why.
func (e *exhibit) withdraw(why string) {
	e.takeBack()
	e.note(why)
}

// takeBack takes the offer back, if there is one.
func (e *exhibit) takeBack() {
	for _, r := range librenms.Regions() {
		e.stand.Withdraw(r)
	}
}

// note notes why the document is not offered. The log is told what is new, but of a master that is not there agentx tells.
func (e *exhibit) note(why string) {
	e.why.Store(&why)
	if why == notOffered || why == e.said {
		return
	}
	e.said = why
	// One message for both: of those that come fast, the log has the last.
	e.log.Info("document for LibreNMS", zap.Bool("offered", why == ""), zap.String("reason", why))
}

// served reports whether the master has the document, and why not.
func (e *exhibit) served(st agentx.Status) (ok bool, why string) {
	if why := *e.why.Load(); why != "" {
		return false, why
	}
	if !st.Connected {
		return false, notOffered
	}
	for _, r := range librenms.Regions() {
		has := func(o agentx.Offer) bool { return o.Registered && o.Subtree.Compare(r) == 0 }
		if !slices.ContainsFunc(st.Offers, has) {
			return false, notRegistered
		}
	}
	return true, ""
}

// atOnce returns a channel that is closed.
func atOnce() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
