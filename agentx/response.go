package agentx

import "github.com/posteo/go-agentx/pdu"

// The error-statuses of RFC 3416 that AgentX responses carry besides its own, which are pdu.Error constants, and those
// that are a mib.SetError.
const (
	genErr       pdu.Error = 5
	commitFailed pdu.Error = 14
	undoFailed   pdu.Error = 15
)

// The places of the fields of a Response after its header (RFC 2741, section 6.2.16).
const (
	statusOffset = pdu.HeaderSize + 4
	indexOffset  = pdu.HeaderSize + 6
)

// appendResponse appends the Response to a PDU with that header, without varbinds and without an error. Of the flags only
// the byte order is kept: a Response has no context.
func appendResponse(dst []byte, h header) []byte {
	h.typ = pdu.TypeResponse
	h.flags &= pdu.FlagNetworkByteOrder
	dst = h.append(dst)
	o := h.order()
	dst = o.append32(dst, 0) // res.sysUpTime, which counts only in a master's answers
	dst = o.append16(dst, uint16(pdu.ErrorNone))
	return o.append16(dst, 0)
}

// setStatus puts the outcome into the Response that b is.
func setStatus(b []byte, o order, status pdu.Error, index int) {
	o.put16(b[statusOffset:], uint16(status))
	o.put16(b[indexOffset:], uint16(index))
	setLength(b, o)
}

// response is what the master answers to a request of ours.
type response struct {
	status pdu.Error
	index  uint16
}

// decodeResponse reads a Response. It returns false if that cannot be parsed. Masters may send back the varbinds of
// the request; they are read only to see that they are sound.
func decodeResponse(o order, payload []byte) (response, bool) {
	c := cursor{rest: payload, order: o}
	c.uint32() // res.sysUpTime
	r := response{status: pdu.Error(c.uint16()), index: c.uint16()}
	for c.more() {
		c.varbind()
	}
	return r, c.done()
}
