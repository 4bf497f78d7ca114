package agentx

import "encoding/binary"

// order is the byte order of all integers of a PDU, its header included: the NETWORK_BYTE_ORDER bit of RFC 2741,
// section 6.1. Each PDU has its own.
type order bool

const (
	littleEndian order = false
	bigEndian    order = true
)

func (o order) uint16(b []byte) uint16 {
	if o == bigEndian {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (o order) uint32(b []byte) uint32 {
	if o == bigEndian {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (o order) uint64(b []byte) uint64 {
	if o == bigEndian {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

func (o order) append16(dst []byte, n uint16) []byte {
	if o == bigEndian {
		return binary.BigEndian.AppendUint16(dst, n)
	}
	return binary.LittleEndian.AppendUint16(dst, n)
}

func (o order) append32(dst []byte, n uint32) []byte {
	if o == bigEndian {
		return binary.BigEndian.AppendUint32(dst, n)
	}
	return binary.LittleEndian.AppendUint32(dst, n)
}

func (o order) append64(dst []byte, n uint64) []byte {
	if o == bigEndian {
		return binary.BigEndian.AppendUint64(dst, n)
	}
	return binary.LittleEndian.AppendUint64(dst, n)
}

func (o order) put16(b []byte, n uint16) {
	if o == bigEndian {
		binary.BigEndian.PutUint16(b, n)
		return
	}
	binary.LittleEndian.PutUint16(b, n)
}

func (o order) put32(b []byte, n uint32) {
	if o == bigEndian {
		binary.BigEndian.PutUint32(b, n)
		return
	}
	binary.LittleEndian.PutUint32(b, n)
}
