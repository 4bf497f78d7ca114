package agentx

import (
	"slices"
	"time"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// claim is one thing that the master keeps for a session: a region of the MIB, or a row of its sysORTable.
type claim struct {
	region     mib.OID    // the subtree of a region, or nil
	offered    bool       // if that is an offer, which the master may refuse
	capability Capability // if it is not a region
}

func (c claim) equal(d claim) bool {
	return c.region.Compare(d.region) == 0 && c.capability.ID.Compare(d.capability.ID) == 0 &&
		c.capability.Description == d.capability.Description
}

func (c claim) isRegion() bool { return c.region != nil }

// oid is the name that the master knows the claim by.
func (c claim) oid() mib.OID {
	if c.isRegion() {
		return c.region
	}
	return c.capability.ID
}

// errand is a request that brings the master nearer to what is wanted.
type errand struct {
	typ   pdu.Type
	claim claim
}

func (e errand) removes() bool {
	return e.typ == pdu.TypeUnregister || e.typ == pdu.TypeRemoveAgentCaps
}

func (e errand) payload(priority uint8) []byte {
	switch e.typ {
	case pdu.TypeAddAgentCaps:
		return addCapsPayload(e.claim.capability)
	case pdu.TypeRemoveAgentCaps:
		return removeCapsPayload(e.claim.capability.ID)
	}
	return regionPayload(e.claim.region, priority)
}

// ledger sets what is wanted at the master against what a session has there. It begins empty with each session,
// since the master forgets everything at the end of one (RFC 2741, section 7.1.8).
type ledger struct {
	wanted  []claim
	held    []claim
	refused []refusal
}

// refusal is an errand that the master refused, to be tried again.
type refusal struct {
	errand  errand
	backoff backoff
	until   time.Time
}

// next returns what to do next: first what is too much, then what is missing, in the order in which it is wanted. It
// returns false if nothing can be done before due.
func (l *ledger) next(now time.Time) (e errand, due time.Time, ok bool) {
	for _, c := range l.held {
		if contains(l.wanted, c) {
			continue
		}
		e := errand{typ: pdu.TypeRemoveAgentCaps, claim: c}
		if c.isRegion() {
			e.typ = pdu.TypeUnregister
		}
		if l.mayTry(e, now, &due) {
			return e, due, true
		}
	}
	for _, c := range l.wanted {
		if contains(l.held, c) {
			continue
		}
		e := errand{typ: pdu.TypeAddAgentCaps, claim: c}
		if c.isRegion() {
			e.typ = pdu.TypeRegister
		}
		if l.mayTry(e, now, &due) {
			return e, due, true
		}
	}
	return errand{}, due, false
}

// mayTry reports whether e may be tried now. If not, it brings due forward to when it may.
func (l *ledger) mayTry(e errand, now time.Time, due *time.Time) bool {
	r := l.refusal(e)
	if r == nil || !now.Before(r.until) {
		return true
	}
	if due.IsZero() || r.until.Before(*due) {
		*due = r.until
	}
	return false
}

// accept notes that e was done.
func (l *ledger) accept(e errand) {
	l.refused = slices.DeleteFunc(l.refused, func(r refusal) bool { return r.errand.claim.equal(e.claim) })
	if e.removes() {
		l.held = slices.DeleteFunc(l.held, e.claim.equal)
		return
	}
	l.held = append(l.held, e.claim)
}

// refuse notes that the master refused e. It is tried again later.
func (l *ledger) refuse(e errand, now time.Time) {
	r := l.refusal(e)
	if r == nil {
		l.refused = append(l.refused, refusal{errand: e})
		r = &l.refused[len(l.refused)-1]
	}
	r.until = now.Add(r.backoff.next())
}

func (l *ledger) refusal(e errand) *refusal {
	for i := range l.refused {
		if r := &l.refused[i]; r.errand.typ == e.typ && r.errand.claim.equal(e.claim) {
			return r
		}
	}
	return nil
}

// registered reports whether the master has every region that is wanted, offers aside.
func (l *ledger) registered() bool {
	for _, c := range l.wanted {
		if c.isRegion() && !c.offered && !contains(l.held, c) {
			return false
		}
	}
	return true
}

// offered returns the offers that the master has.
func (l *ledger) offered() []mib.OID {
	var all []mib.OID
	for _, c := range l.wanted {
		if c.offered && contains(l.held, c) {
			all = append(all, c.region)
		}
	}
	return all
}

func contains(claims []claim, c claim) bool { return slices.ContainsFunc(claims, c.equal) }
