package agentxtest

import (
	"encoding/binary"
	"fmt"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// Decode reads one PDU, which b must be exactly. It is strict: what RFC 2741 wants to be zero must be zero.
func Decode(b []byte) (PDU, error) {
	if len(b) < headerSize {
		return PDU{}, fmt.Errorf("%d octets, a header has %d", len(b), headerSize)
	}
	if b[0] != version || b[3] != 0 {
		return PDU{}, fmt.Errorf("version %d and reserved %d in the header, want %d and 0", b[0], b[3], version)
	}
	p := PDU{Type: pdu.Type(b[1]), Flags: pdu.Flags(b[2])}
	d := decoder{order: binary.LittleEndian, rest: b[4:]}
	if p.Flags&pdu.FlagNetworkByteOrder != 0 {
		d.order = binary.BigEndian
	}
	p.Session, p.Transaction, p.Packet = d.u32(), d.u32(), d.u32()
	if n := d.u32(); uint64(n) != uint64(len(b)-headerSize) || n%4 != 0 {
		return p, fmt.Errorf("payload length %d, %d octets follow", n, len(b)-headerSize)
	}
	if err := checkFlags(p); err != nil {
		return p, err
	}
	if p.hasContext() {
		p.Context = d.octets()
	}
	d.body(&p)
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d octets left over", len(d.rest))
	}
	if d.err != nil {
		return p, fmt.Errorf("%v: %w", p.Type, d.err)
	}
	return p, nil
}

// checkFlags finds flags that the type of the PDU does not have (RFC 2741, section 6.1).
func checkFlags(p PDU) error {
	allowed := pdu.FlagNetworkByteOrder
	if mayHaveContext(p.Type) {
		allowed |= pdu.FlagNonDefaultContext
	}
	switch p.Type {
	case pdu.TypeRegister:
		allowed |= pdu.FlagInstanceRegistration
	case pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate:
		allowed |= pdu.FlagNewIndex | pdu.FlagAnyIndex
	}
	if p.Flags&^allowed != 0 {
		return fmt.Errorf("%v with flags %v", p.Type, p.Flags)
	}
	return nil
}

type decoder struct {
	order binary.ByteOrder
	rest  []byte
	err   error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// take returns n octets, zeros if they are not there.
func (d *decoder) take(n int) []byte {
	if d.err != nil || n > len(d.rest) {
		d.fail("%d octets where %d are wanted", len(d.rest), n)
		return make([]byte, min(n, 8))
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) u8() uint8   { return d.take(1)[0] }
func (d *decoder) u16() uint16 { return d.order.Uint16(d.take(2)) }
func (d *decoder) u32() uint32 { return d.order.Uint32(d.take(4)) }
func (d *decoder) u64() uint64 { return d.order.Uint64(d.take(8)) }

func (d *decoder) zero(n int) {
	for _, b := range d.take(n) {
		if b != 0 {
			d.fail("%d where zero is wanted", b)
		}
	}
}

func (d *decoder) octets() string {
	n := d.u32()
	if uint64(n) > uint64(len(d.rest)) {
		d.fail("octet string of %d octets, %d are left", n, len(d.rest))
		return ""
	}
	s := string(d.take(int(n)))
	d.zero(int(-n & 3))
	return s
}

// oid reads an object identifier. Only the start of a range may have its include field set.
func (d *decoder) oid(start bool) (mib.OID, bool) {
	n, prefix, include := int(d.u8()), d.u8(), d.u8()
	d.zero(1)
	if include > 1 || include == 1 && !start {
		d.fail("include field %d", include)
	}
	var o mib.OID
	if prefix != 0 {
		o = mib.OID{1, 3, 6, 1, uint32(prefix)}
	}
	if len(o)+n > mib.MaxSubIDs {
		d.fail("object identifier of %d sub-identifiers", len(o)+n)
	}
	for range n {
		if d.err != nil {
			return nil, false
		}
		o = append(o, d.u32())
	}
	return o, include == 1
}

func (d *decoder) body(p *PDU) {
	switch p.Type {
	case pdu.TypeOpen:
		p.Timeout = d.u8()
		d.zero(3)
		p.ID, _ = d.oid(false)
		p.Description = d.octets()
	case pdu.TypeClose:
		p.Reason = pdu.Reason(d.u8())
		d.zero(3)
	case pdu.TypeRegister, pdu.TypeUnregister:
		p.Timeout, p.Priority, p.RangeSubID = d.u8(), d.u8(), d.u8()
		if p.Type == pdu.TypeUnregister && p.Timeout != 0 {
			d.fail("%d where zero is wanted", p.Timeout) // only Register has a timeout
		}
		d.zero(1)
		p.Subtree, _ = d.oid(false)
		if p.RangeSubID != 0 {
			p.UpperBound = d.u32()
		}
	case pdu.TypeGetBulk:
		p.NonRepeaters, p.MaxRepetitions = d.u16(), d.u16()
		p.Ranges = d.ranges()
	case pdu.TypeGet, pdu.TypeGetNext:
		p.Ranges = d.ranges()
	case pdu.TypeTestSet, pdu.TypeNotify, pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate:
		p.Varbinds = d.varbinds()
	case pdu.TypeAddAgentCaps:
		p.ID, _ = d.oid(false)
		p.Description = d.octets()
	case pdu.TypeRemoveAgentCaps:
		p.ID, _ = d.oid(false)
	case pdu.TypeResponse:
		p.UpTime, p.Status, p.Index = d.u32(), pdu.Error(d.u16()), d.u16()
		p.Varbinds = d.varbinds()
	case pdu.TypeCommitSet, pdu.TypeUndoSet, pdu.TypeCleanupSet, pdu.TypePing:
	default:
		d.fail("type %d", p.Type)
	}
}

func (d *decoder) ranges() (ranges []Range) {
	for d.err == nil && len(d.rest) > 0 {
		var r Range
		r.Start, r.Include = d.oid(true)
		r.End, _ = d.oid(false)
		ranges = append(ranges, r)
	}
	return ranges
}

func (d *decoder) varbinds() (varbinds []mib.Varbind) {
	for d.err == nil && len(d.rest) > 0 {
		typ := d.u16()
		d.zero(2)
		name, _ := d.oid(false)
		varbinds = append(varbinds, mib.Varbind{Name: name, Value: d.value(typ)})
	}
	return varbinds
}

func (d *decoder) value(typ uint16) mib.Value {
	if typ > 0xff {
		d.fail("value type %d", typ)
		return mib.Value{}
	}
	switch mib.Type(typ) {
	case mib.TypeInteger:
		return mib.Integer(int32(d.u32()))
	case mib.TypeCounter32:
		return mib.Counter32(d.u32())
	case mib.TypeGauge32:
		return mib.Gauge32(d.u32())
	case mib.TypeTimeTicks:
		return mib.TimeTicks(d.u32())
	case mib.TypeCounter64:
		return mib.Counter64(d.u64())
	case mib.TypeOctetString:
		return mib.Text(d.octets())
	case mib.TypeOpaque:
		return mib.Opaque([]byte(d.octets()))
	case mib.TypeIPAddress:
		s := d.octets()
		if len(s) != 4 {
			d.fail("IpAddress of %d octets", len(s))
			return mib.Value{}
		}
		return mib.IPAddress([4]byte([]byte(s)))
	case mib.TypeOID:
		o, _ := d.oid(false)
		return mib.ObjectID(o)
	case mib.TypeNull:
		return mib.Null()
	case mib.TypeNoSuchObject:
		return mib.NoSuchObject
	case mib.TypeNoSuchInstance:
		return mib.NoSuchInstance
	case mib.TypeEndOfMIBView:
		return mib.EndOfMIBView
	}
	d.fail("value type %d", typ)
	return mib.Value{}
}
