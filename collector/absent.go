package collector

import "time"

// endGrace is for how long the event is waited for that tells how a virtual machine ended which a reading does not find any more.
// libvirt takes a transient one from its list before it has that event for anybody: a reading that falls between the two
// cannot tell a save or a crash from a shutdown.
const endGrace = time.Second

// absent returns the virtual machines that the present reading, which saw so many, is the proof of that they are gone.
func (v *inventory) absent(seen int, at time.Time) []string {
	before := v.missing
	v.missing = nil
	if seen >= v.ledger.existing() {
		return nil
	}
	var gone []string
	for key, r := range v.ledger.records {
		if r.seen == v.reading || !r.exists() || v.touched[key] {
			continue
		}
		since, again := before[key]
		if !again {
			since = at
		}
		if v.watched && !v.blind && r.vm != nil && r.vm.Active() && at.Sub(since) < endGrace {
			if v.missing == nil {
				v.missing = map[string]time.Time{}
			}
			v.missing[key] = since
			continue
		}
		gone = append(gone, key)
	}
	return gone
}

// sweep takes out virtual machines that are gone, and reports whether there were any.
func (v *inventory) sweep(gone []string, now time.Duration, l look) bool {
	for _, key := range gone {
		v.leave(key, v.ledger.records[key], l)
		v.remove(key, now)
	}
	return len(gone) > 0
}
