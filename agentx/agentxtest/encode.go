package agentxtest

import (
	"encoding/binary"
	"fmt"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

const (
	headerSize = 20
	version    = 1
)

// Encode returns the octets of p. It writes object identifiers with a prefix where they can have one. It panics on a PDU
// that has no encoding, since a test that wants a broken one must break the octets itself.
func Encode(p PDU) []byte {
	e := encoder{order: p.order()}
	if p.hasContext() {
		e.octets(p.Context)
	}
	e.body(p)
	payload := e.out

	e.out = []byte{version, byte(p.Type), byte(p.Flags), 0}
	e.u32(p.Session)
	e.u32(p.Transaction)
	e.u32(p.Packet)
	e.u32(uint32(len(payload)))
	return append(e.out, payload...)
}

type encoder struct {
	order binary.AppendByteOrder
	out   []byte
}

func (e *encoder) bytes(b ...byte) { e.out = append(e.out, b...) }
func (e *encoder) u16(n uint16)    { e.out = e.order.AppendUint16(e.out, n) }
func (e *encoder) u32(n uint32)    { e.out = e.order.AppendUint32(e.out, n) }
func (e *encoder) u64(n uint64)    { e.out = e.order.AppendUint64(e.out, n) }

func (e *encoder) octets(s string) {
	e.u32(uint32(len(s)))
	e.bytes([]byte(s)...)
	for len(e.out)%4 != 0 {
		e.bytes(0)
	}
}

func (e *encoder) oid(o mib.OID, include byte) {
	if len(o) > mib.MaxSubIDs {
		panic(fmt.Sprintf("agentxtest: object identifier of %d sub-identifiers", len(o)))
	}
	prefix := byte(0)
	if o.HasPrefix(mib.OID{1, 3, 6, 1}) && len(o) > 4 && o[4] > 0 && o[4] < 256 {
		prefix = byte(o[4])
		o = o[5:]
	}
	e.bytes(byte(len(o)), prefix, include, 0)
	for _, n := range o {
		e.u32(n)
	}
}

func (e *encoder) body(p PDU) {
	switch p.Type {
	case pdu.TypeOpen:
		e.bytes(p.Timeout, 0, 0, 0)
		e.oid(p.ID, 0)
		e.octets(p.Description)
	case pdu.TypeClose:
		e.bytes(byte(p.Reason), 0, 0, 0)
	case pdu.TypeRegister, pdu.TypeUnregister:
		e.bytes(p.Timeout, p.Priority, p.RangeSubID, 0)
		e.oid(p.Subtree, 0)
		if p.RangeSubID != 0 {
			e.u32(p.UpperBound)
		}
	case pdu.TypeGetBulk:
		e.u16(p.NonRepeaters)
		e.u16(p.MaxRepetitions)
		e.ranges(p.Ranges)
	case pdu.TypeGet, pdu.TypeGetNext:
		e.ranges(p.Ranges)
	case pdu.TypeTestSet, pdu.TypeNotify, pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate:
		e.varbinds(p.Varbinds)
	case pdu.TypeAddAgentCaps:
		e.oid(p.ID, 0)
		e.octets(p.Description)
	case pdu.TypeRemoveAgentCaps:
		e.oid(p.ID, 0)
	case pdu.TypeResponse:
		e.u32(p.UpTime)
		e.u16(uint16(p.Status))
		e.u16(p.Index)
		e.varbinds(p.Varbinds)
	}
}

func (e *encoder) ranges(ranges []Range) {
	for _, r := range ranges {
		include := byte(0)
		if r.Include {
			include = 1
		}
		e.oid(r.Start, include)
		e.oid(r.End, 0)
	}
}

func (e *encoder) varbinds(varbinds []mib.Varbind) {
	for _, v := range varbinds {
		e.u16(uint16(v.Value.Type()))
		e.u16(0)
		e.oid(v.Name, 0)
		e.value(v.Value)
	}
}

func (e *encoder) value(v mib.Value) {
	switch v.Type() {
	case mib.TypeInteger:
		e.u32(uint32(v.Int()))
	case mib.TypeCounter32, mib.TypeGauge32, mib.TypeTimeTicks:
		e.u32(uint32(v.Uint()))
	case mib.TypeCounter64:
		e.u64(v.Uint())
	case mib.TypeOctetString, mib.TypeIPAddress, mib.TypeOpaque:
		e.octets(string(v.AppendOctets(nil)))
	case mib.TypeOID:
		e.oid(v.OID(), 0)
	case mib.TypeNull, mib.TypeNoSuchObject, mib.TypeNoSuchInstance, mib.TypeEndOfMIBView:
	default:
		panic(fmt.Sprintf("agentxtest: value of %v", v.Type()))
	}
}
