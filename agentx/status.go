package agentx

import (
	"sync/atomic"
	"time"

	"github.com/posteo/go-agentx/pdu"
)

// Status is how a subagent fares.
type Status struct {
	// Address is the master's, as configured.
	Address string
	// Connected says that there is a connection to the master.
	Connected bool
	// Registered says that the master has accepted every region that is wanted.
	Registered bool
	// Since is when Registered last changed, or when the subagent was made.
	Since time.Time
	// LastError is why the last attempt, session or request came to nothing. It stays when things go well again.
	LastError string
	// Sessions is how many sessions were opened.
	Sessions uint64
	// Requests counts what the master sent.
	Requests Requests
	// Notifications counts what was given to Notify.
	Notifications Notifications
}

// Requests counts the PDUs of the master by type.
type Requests struct {
	Get, GetNext, GetBulk                   uint64
	TestSet, CommitSet, UndoSet, CleanupSet uint64
	// Malformed are those of any type that could not be parsed.
	Malformed uint64
}

// Notifications counts notifications by outcome.
type Notifications struct {
	// Accepted by the master, which does not mean that any manager has received them.
	Accepted uint64
	// Failed for want of a session or of the master's consent.
	Failed uint64
}

// counters are written by those who serve and read by those who ask.
type counters struct {
	requests  [pdu.TypeResponse]atomic.Uint64 // by type
	malformed atomic.Uint64
	sessions  atomic.Uint64
	accepted  atomic.Uint64
	failed    atomic.Uint64
}

func (c *counters) request(t pdu.Type) {
	if int(t) < len(c.requests) {
		c.requests[t].Add(1)
	}
}

func (c *counters) read() (Requests, Notifications) {
	r := Requests{
		Get:        c.requests[pdu.TypeGet].Load(),
		GetNext:    c.requests[pdu.TypeGetNext].Load(),
		GetBulk:    c.requests[pdu.TypeGetBulk].Load(),
		TestSet:    c.requests[pdu.TypeTestSet].Load(),
		CommitSet:  c.requests[pdu.TypeCommitSet].Load(),
		UndoSet:    c.requests[pdu.TypeUndoSet].Load(),
		CleanupSet: c.requests[pdu.TypeCleanupSet].Load(),
		Malformed:  c.malformed.Load(),
	}
	return r, Notifications{Accepted: c.accepted.Load(), Failed: c.failed.Load()}
}

// Status returns how the subagent fares now.
func (s *Subagent) Status() Status {
	st := s.desk.status()
	st.Address = s.cfg.Address
	st.Sessions = s.counts.sessions.Load()
	st.Requests, st.Notifications = s.counts.read()
	return st
}
