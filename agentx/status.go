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
	// MasterPID is the process that opened the master's unix socket, or 0 where that is not known, as over TCP and
	// on FreeBSD.
	MasterPID int
	// Registered says that the master has accepted every region that is wanted. The offers do not count.
	Registered bool
	// Since is when Registered last changed, or when the subagent was made.
	Since time.Time
	// Offers tells of each offer, in the order of their names.
	Offers []Offer
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

// Notifications counts notifications by outcome. Each that was given to Notify is in exactly one of Waiting, Accepted,
// Refused and Dropped.
type Notifications struct {
	// Waiting is how many there are now of which the master has not said anything yet: those of the queue, and the one
	// that was sent. It is at most Config.Queue + 1.
	Waiting int
	// Accepted by the master, which does not mean that any manager has received them.
	Accepted uint64
	// Refused by the master, by its silence too, or by Notify because they cannot be sent.
	Refused uint64
	// Dropped because the queue was full or Run had ended.
	Dropped uint64
	// Resent is how often one was sent once more, because the master said nothing, or its session ended before it did.
	Resent uint64
}

// counters are written by those who serve and read by those who ask.
type counters struct {
	requests  [pdu.TypeResponse]atomic.Uint64 // by type
	malformed atomic.Uint64
	sessions  atomic.Uint64
}

func (c *counters) request(t pdu.Type) {
	if int(t) < len(c.requests) {
		c.requests[t].Add(1)
	}
}

func (c *counters) read() Requests {
	return Requests{
		Get:        c.requests[pdu.TypeGet].Load(),
		GetNext:    c.requests[pdu.TypeGetNext].Load(),
		GetBulk:    c.requests[pdu.TypeGetBulk].Load(),
		TestSet:    c.requests[pdu.TypeTestSet].Load(),
		CommitSet:  c.requests[pdu.TypeCommitSet].Load(),
		UndoSet:    c.requests[pdu.TypeUndoSet].Load(),
		CleanupSet: c.requests[pdu.TypeCleanupSet].Load(),
		Malformed:  c.malformed.Load(),
	}
}

// Status returns how the subagent fares now.
func (s *Subagent) Status() Status {
	st := s.desk.status()
	st.Address = s.cfg.Address
	st.Sessions = s.counts.sessions.Load()
	st.Requests = s.counts.read()
	st.Notifications = s.queue.status()
	return st
}
