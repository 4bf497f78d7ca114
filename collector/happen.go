package collector

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// happen takes over an event that told the state to. A virtual machine that it tells of for the first time appears, unless
// the ledger cannot be written: then it is left to the next reading, and the error says why.
func (v *inventory) happen(e hv.Event, t tale, to hv.OperState, at time.Time) error {
	now := v.now(at)
	vm := v.byKey[e.Key]
	if vm == nil {
		if !v.appears(e, t) {
			return nil
		}
		var err error
		if vm, err = v.appear(e, now); err != nil {
			return err
		}
	}
	r, l := v.ledger.records[e.Key], look{cause: e.Cause()}
	if e.Kind == hv.Defined && r.State.IsZero() && !r.early && !vm.Active() {
		to = hv.StateShutdown // its preparation is complete
	}
	if t.gone {
		v.vanish(vm.Key, r, l, now)
		return nil
	}
	s := v.after(vm.Summary, e, t, to)
	if followed, renamed := r.follow(s, now, !v.blind), r.identify(s); followed || renamed {
		v.ledger.touch(s.Key)
	}
	v.update(vm, s, r, true)
	v.reach(s, r, l)
	if t.stops && !t.again && !e.Remains && s.Persistent == hv.No {
		v.vanish(s.Key, r, l, now)
	}
	return nil
}

// after returns the Summary s as it is after the event.
func (v *inventory) after(s hv.Summary, e hv.Event, t tale, to hv.OperState) hv.Summary {
	switch e.Kind {
	case hv.Defined:
		s.Persistent = hv.Yes
		if e.Name != "" {
			s.Name = e.Name
		}
	case hv.Undefined:
		if e.Detail != hv.UndefinedRenamed {
			s.Persistent = hv.No // it goes on until it stops
		}
	}
	if t.stops {
		s.Run = 0
	}
	if t.starts && !s.Active() {
		v.eventRun--
		s.Run = v.eventRun
	}
	if to == hv.StateUnknown {
		return s
	}
	s.State = to
	if admin := adminOf(e.Kind, to, s.Active()); admin != hv.AdminUnknown {
		s.Admin = admin
	}
	return s
}

// reserve gives indices to all virtual machines that the events tell of for the first time, in one transaction.
func (v *inventory) reserve(events []hv.Event, at time.Time) error {
	whole := true
	for _, e := range events {
		if v.byKey[e.Key] == nil && v.appears(e, tell(e, hv.StateUnknown, false)) {
			r, _ := v.ledger.take(e.Key, v.now(at))
			whole = whole && r.saved
		}
	}
	if whole {
		return nil
	}
	return v.ledger.commit()
}

// appears reports whether an event tells that a virtual machine exists, which is not known under that key. No more can be told by
// the others than that it ends.
func (v *inventory) appears(e hv.Event, t tale) bool {
	return (e.Kind == hv.Defined || t.starts) && !v.elsewhere(e)
}

// appear puts in the virtual machine that an event told of for the first time. One that nobody defined is transient, if
// somebody would have heard of that.
func (v *inventory) appear(e hv.Event, now time.Duration) (*VM, error) {
	r, _ := v.ledger.take(e.Key, now)
	if !r.saved {
		if err := v.ledger.commit(); err != nil {
			return nil, err
		}
	}
	v.ledger.setLastChange(hv.Some(now))
	s := hv.Summary{Key: e.Key, UUID: e.UUID, Name: e.Name, Persistent: hv.No}
	if v.blind {
		s.Persistent = hv.Unknown
	}
	v.add(s, r)
	return v.byKey[e.Key], nil
}

// vanish takes out a virtual machine that an event told the end of.
func (v *inventory) vanish(key string, r *record, l look, now time.Duration) {
	v.leave(key, r, l)
	v.ledger.setLastChange(hv.Some(now))
	v.remove(key, now)
}
