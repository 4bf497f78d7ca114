package agentx

import (
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// get appends a varbind for each range, no more and no less: net-snmp waits for ever for one that is missing. If
// the answer cannot be sent whole, it is genErr with the range that broke it (RFC 2741, section 7.2.3).
func (d *dispatcher) get(dst []byte, limit int, o order) ([]byte, pdu.Error, int) {
	for i, r := range d.req.ranges {
		var ok bool
		if dst, ok = appendWithin(dst, limit, o, r.start, d.view.get(r.start)); !ok {
			return dst, genErr, i + 1
		}
	}
	return dst, pdu.ErrorNone, 0
}

// getNext appends a varbind for each range: the first instance in it, or endOfMibView under the name that the range
// begins with (RFC 2741, section 7.2.3.2).
func (d *dispatcher) getNext(dst []byte, limit int, o order, ranges []searchRange) ([]byte, pdu.Error, int) {
	for i, r := range ranges {
		name, v, ok := d.view.next(d.name[:0], r.start, r.include, r.end)
		d.name = name // it may have grown
		if !ok {
			name, v = r.start, mib.EndOfMIBView
		}
		if dst, ok = appendWithin(dst, limit, o, name, v); !ok {
			return dst, genErr, i + 1
		}
	}
	return dst, pdu.ErrorNone, 0
}

// appendWithin appends a varbind. It returns false, and dst as it was, if it cannot or dst would grow beyond limit.
func appendWithin(dst []byte, limit int, o order, name mib.OID, v mib.Value) ([]byte, bool) {
	longer, ok := appendVarbind(dst, o, name, v)
	if !ok || len(longer) > limit {
		return longer[:len(dst)], false
	}
	return longer, true
}
