package agentx

import (
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// repeater is how far one repeated range of a GetBulk has come: the name it found last, or began with.
type repeater struct {
	name  mib.OID
	ended bool
}

// getBulk appends the varbinds of RFC 2741, section 7.2.3.3: those of the non-repeaters as for GetNext, then round by
// round one of each repeater, until all have ended or the answer is full. What does not fit then is left out, whole
// varbinds of it, and the master asks again.
func (d *dispatcher) getBulk(dst []byte, limit int, o order) ([]byte, pdu.Error, int) {
	single := min(int(d.req.nonRepeaters), len(d.req.ranges))
	empty := len(dst)
	dst, status, index := d.getNext(dst, limit, o, d.req.ranges[:single])
	if status != pdu.ErrorNone {
		return dst, status, index
	}

	ranges := d.req.ranges[single:]
	d.restart(ranges)
	for round := range int(d.req.maxRepetitions) {
		ended := 0
		for i := range ranges {
			v := d.advance(&d.repeaters[i], ranges[i].include && round == 0, ranges[i].end)
			if d.repeaters[i].ended {
				ended++
			}
			var ok bool
			dst, ok = appendWithin(dst, limit, o, d.repeaters[i].name, v)
			if !ok && len(dst) == empty {
				return dst, genErr, single + i + 1
			}
			if !ok {
				return dst, pdu.ErrorNone, 0
			}
		}
		if ended == len(ranges) {
			break
		}
	}
	return dst, pdu.ErrorNone, 0
}

// restart puts a repeater at the start of each range.
func (d *dispatcher) restart(ranges []searchRange) {
	for len(d.repeaters) < len(ranges) {
		d.repeaters = append(d.repeaters, repeater{})
	}
	for i, r := range ranges {
		d.repeaters[i].name = append(d.repeaters[i].name[:0], r.start...)
		d.repeaters[i].ended = false
	}
}

// advance moves a repeater to the next instance and returns that one's value. At the end it keeps its last name.
func (d *dispatcher) advance(r *repeater, include bool, end mib.OID) mib.Value {
	if r.ended {
		return mib.EndOfMIBView
	}
	name, v, ok := d.view.next(d.name[:0], r.name, include, end)
	if !ok {
		d.name, r.ended = name, true
		return mib.EndOfMIBView
	}
	d.name, r.name = r.name, name // two arrays by turns, since Next must not write into the one it reads
	return v
}
