package agentx

import (
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// request is what a PDU of the master asks for. It is decoded whole before any of it is answered, because a PDU that
// cannot be parsed must have no effect. Its slices are used again for the next one.
type request struct {
	named          bool   // a context is named, be it the empty one, which is not the default context
	context        []byte // a part of the payload
	nonRepeaters   uint16
	maxRepetitions uint16
	ranges         []searchRange
	varbinds       []mib.Varbind
	reason         pdu.Reason

	subIDs mib.OID // holds the object identifiers of ranges
}

// searchRange is where to look for an instance (RFC 2741, section 5.2). A null end is none.
type searchRange struct {
	start   mib.OID
	include bool
	end     mib.OID
}

// decode reads the payload of a PDU. It returns false if that cannot be parsed, or if no master sends such a PDU.
func (r *request) decode(h header, payload []byte) bool {
	*r = request{ranges: r.ranges[:0], varbinds: r.varbinds[:0], subIDs: r.subIDs[:0]}
	c := cursor{rest: payload, order: h.order()}
	if h.hasContext() {
		r.named = true
		r.context = c.octets()
	}
	switch h.typ {
	case pdu.TypeGet, pdu.TypeGetNext:
		r.readRanges(&c)
	case pdu.TypeGetBulk:
		r.nonRepeaters = c.uint16()
		r.maxRepetitions = c.uint16()
		r.readRanges(&c)
	case pdu.TypeTestSet:
		for c.more() {
			r.varbinds = append(r.varbinds, c.varbind())
		}
	case pdu.TypeClose:
		if b := c.take(wordSize); b != nil {
			r.reason = pdu.Reason(b[0])
		}
	case pdu.TypeCommitSet, pdu.TypeUndoSet, pdu.TypeCleanupSet:
	default:
		return false
	}
	return c.done()
}

func (r *request) readRanges(c *cursor) {
	for c.more() {
		var s searchRange
		s.start, s.include = r.readOID(c)
		s.end, _ = r.readOID(c)
		r.ranges = append(r.ranges, s)
	}
}

// readOID reads an object identifier into subIDs. When that grows, the identifiers read before stay where they are.
func (r *request) readOID(c *cursor) (mib.OID, bool) {
	from := len(r.subIDs)
	var include bool
	r.subIDs, include = c.oid(r.subIDs)
	return r.subIDs[from:len(r.subIDs):len(r.subIDs)], include
}
