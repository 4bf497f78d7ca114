package collector

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// byReading is the cause of changes that no event told.
const byReading = "reading"

// A look is how a change was found.
type look struct {
	cause  string
	missed bool // it happened while nobody looked
	quiet  bool // nobody is told: there is nothing to compare with
	off    bool // at the last look the virtual machine had no process
}

// look returns how the reading that is taken over now finds changes. The first one after the hypervisor was initialised
// finds all as it is, and one that begins where an earlier vmond ended finds what happened in between.
func (v *inventory) look() look {
	first := !v.looked
	return look{cause: byReading, missed: first || v.blind, quiet: first && !v.ledger.continues}
}

// of returns the look of a reading for the virtual machine of r. That the state of one that was there when nobody looked
// is known at last is no change. It is asked before r is brought up to date.
func (l look) of(r *record) look {
	l.off = r.Run == 0
	l.quiet = l.quiet || r.early && r.State.IsZero()
	return l
}

// reach tells what a reading or an event found of the state. That a state could not be read is no change of it. Nor is it
// one yet that a virtual machine is prepared, as libvirt's are for a moment whenever they are started: RFC 7666 has no
// notification for that, and the previous state in the next one must not depend on whether a reading fell into that moment.
func (v *inventory) reach(s hv.Summary, r *record, l look) {
	if s.State == hv.StateUnknown || s.State == hv.StatePreparing || r.State == hv.Some(s.State) {
		return
	}
	if l.quiet || l.missed && l.off && forgotten(r.State.Or(hv.StateUnknown), s) {
		r.State = hv.Some(s.State)
		v.ledger.touch(s.Key)
		return
	}
	if r.early && r.State.IsZero() {
		r.State = hv.Some(hv.StateUnknown) // an event told that it left the state in which it was, whatever that is
	}
	for _, state := range path(r.State, s.State) {
		v.note(s.Key, r, hv.Some(state), l)
	}
}

// forgotten reports whether a virtual machine that was off may be so still, and only its hypervisor's daemon, which was
// away, does not remember how it came to be: libvirt keeps the reason in memory.
func forgotten(was hv.OperState, s hv.Summary) bool {
	return s.State == hv.StateShutdown && !s.Active() && (was == hv.StateCrashed || was == hv.StateSuspended)
}

// leave tells that the virtual machine of r is no more.
func (v *inventory) leave(key string, r *record, l look) {
	vm := v.byKey[key]
	switch unknown := r.State.IsZero(); {
	case l.quiet, unknown && vm == nil:
		return
	case unknown && !r.early && vm.State == hv.StatePreparing:
		v.note(key, r, hv.Some(hv.StatePreparing), l) // it came no further
	case unknown:
		r.State = hv.Some(hv.StateUnknown) // it was there, in a state that could not be read
	}
	for _, state := range farewell(r.State.Or(hv.StateUnknown)) {
		v.note(key, r, hv.Some(state), l)
	}
	v.note(key, r, hv.Opt[hv.OperState]{}, l)
}

// note makes a Change of one step.
func (v *inventory) note(key string, r *record, to hv.Opt[hv.OperState], l look) {
	v.told++
	v.changes = append(v.changes, Change{
		Number: v.told, At: time.Now(),
		Index: r.Index, UUID: r.UUID, Name: r.Name, Persistent: r.Persistent,
		From: r.State, To: to,
		Cause: l.cause, Missed: l.missed,
	})
	r.State = to
	v.ledger.touch(key)
}
