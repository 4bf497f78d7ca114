package collector

import "time"

// endGrace is how long, at least, the event is waited for that tells how a virtual machine ended which a reading does not find
// any more. libvirt takes a transient one from its list before it has that event for anybody: a reading that falls between the
// two cannot tell a save or a crash from a shutdown.
const endGrace = time.Second

// depart takes out the virtual machines that the reading which is taken over has not found, and reports whether there were any.
// It found so many others, and began at the time at.
func (v *inventory) depart(found int, at time.Time, l look) bool {
	before := v.missing
	v.missing = nil
	if found >= v.ledger.existing() {
		return false
	}
	vanished := false
	for key, r := range v.ledger.records {
		if r.seen == v.reading || !r.exists() || v.touched[key] {
			continue
		}
		since, again := before[key]
		if !again {
			since = time.Now() // however long this reading took
		}
		if v.awaits(r, l) && at.Sub(since) < endGrace {
			v.miss(key, since)
			continue
		}
		vanished = true
		end := l
		end.missed = l.missed && !again // it ended while somebody looked
		v.leave(key, r, end)
		v.remove(key, v.now(at))
	}
	return vanished
}

// awaits reports whether an event is to tell how the virtual machine of r ended: it had a process, and all events come.
func (v *inventory) awaits(r *record, l look) bool {
	return v.watched && !l.missed && r.vm != nil && r.vm.Active()
}

// miss notes since when a virtual machine is missing.
func (v *inventory) miss(key string, since time.Time) {
	if v.missing == nil {
		v.missing = map[string]time.Time{}
	}
	v.missing[key] = since
}
