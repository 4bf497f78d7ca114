package agentx

import (
	"fmt"

	"github.com/posteo/go-agentx/pdu"
)

const (
	// protocolVersion is h.version of RFC 2741.
	protocolVersion = 1

	// maxPDU is the largest PDU sent, its header included. RFC 2741 has no limit, but net-snmp drops what is
	// larger without a word, waits for the answer, and closes the connection.
	maxPDU = 65536

	// maxPayload is the largest payload accepted. It is checked before room is made for it.
	maxPayload = 65536

	// wordSize is what all parts of a PDU are aligned to (RFC 2741, section 5).
	wordSize = 4

	// lengthOffset is where h.payload_length stands in a header.
	lengthOffset = 16
)

// header is the head of every PDU (RFC 2741, section 6.1).
type header struct {
	typ         pdu.Type
	flags       pdu.Flags
	session     uint32
	transaction uint32
	packet      uint32
	length      uint32 // octets of payload
}

func (h header) order() order { return h.flags&pdu.FlagNetworkByteOrder != 0 }

// hasContext reports whether a context stands first in the payload. The bit counts only in those PDUs that
// RFC 2741, section 6.1.1 lists.
func (h header) hasContext() bool {
	if h.flags&pdu.FlagNonDefaultContext == 0 {
		return false
	}
	switch h.typ {
	case pdu.TypeRegister, pdu.TypeUnregister, pdu.TypeAddAgentCaps, pdu.TypeRemoveAgentCaps, pdu.TypeGet,
		pdu.TypeGetNext, pdu.TypeGetBulk, pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate, pdu.TypeNotify,
		pdu.TypeTestSet, pdu.TypePing:
		return true
	}
	return false
}

// decodeHeader reads the first pdu.HeaderSize octets of b. An error means that what follows cannot be told apart into
// PDUs either, so the connection is of no more use.
func decodeHeader(b []byte) (header, error) {
	if b[0] != protocolVersion {
		return header{}, fmt.Errorf("agentx: version %d in a PDU, want %d", b[0], protocolVersion)
	}
	h := header{typ: pdu.Type(b[1]), flags: pdu.Flags(b[2])}
	o := h.order()
	h.session = o.uint32(b[4:])
	h.transaction = o.uint32(b[8:])
	h.packet = o.uint32(b[12:])
	h.length = o.uint32(b[lengthOffset:])
	if h.length > maxPayload || h.length%wordSize != 0 {
		return header{}, fmt.Errorf("agentx: payload of %d octets in a PDU, want a multiple of %d up to %d", h.length, wordSize, maxPayload)
	}
	return h, nil
}

// append appends the header with a payload length of 0; setLength puts it right when the payload is there.
func (h header) append(dst []byte) []byte {
	o := h.order()
	dst = append(dst, protocolVersion, byte(h.typ), byte(h.flags), 0)
	dst = o.append32(dst, h.session)
	dst = o.append32(dst, h.transaction)
	dst = o.append32(dst, h.packet)
	return o.append32(dst, 0)
}

// setLength writes the length of the payload into the header that b begins with and ends the PDU with.
func setLength(b []byte, o order) {
	o.put32(b[lengthOffset:], uint32(len(b)-pdu.HeaderSize))
}
