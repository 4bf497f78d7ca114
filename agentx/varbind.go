package agentx

import (
	"bytes"

	"github.com/vmond/vmond/mib"
)

// prefixLen is the number of sub-identifiers that a prefix x stands for: 1.3.6.1.x.
const prefixLen = 5

// appendOID appends an object identifier (RFC 2741, section 5.1), which has at most mib.MaxSubIDs sub-identifiers.
func appendOID(dst []byte, o order, oid mib.OID) []byte {
	prefix := byte(0)
	if compressible(oid) {
		prefix = byte(oid[prefixLen-1])
		oid = oid[prefixLen:]
	}
	dst = append(dst, byte(len(oid)), prefix, 0, 0)
	for _, n := range oid {
		dst = o.append32(dst, n)
	}
	return dst
}

// compressible reports whether oid begins with 1.3.6.1.x, and x fits into the prefix field.
func compressible(oid mib.OID) bool {
	return len(oid) >= prefixLen && oid[0] == 1 && oid[1] == 3 && oid[2] == 6 && oid[3] == 1 &&
		oid[4] > 0 && oid[4] <= 0xff
}

// appendOctets appends an octet string (RFC 2741, section 5.3).
func appendOctets(dst []byte, o order, s string) []byte {
	dst = o.append32(dst, uint32(len(s)))
	dst = append(dst, s...)
	return append(dst, zeros[:padding(len(s))]...)
}

const zeros = "\x00\x00\x00"

// appendVarbind appends a name and a value (RFC 2741, section 5.4). It returns false, and dst in any state, if these
// cannot be encoded: an object identifier is too long, the value has no type, or it fills a PDU on its own.
func appendVarbind(dst []byte, o order, name mib.OID, v mib.Value) ([]byte, bool) {
	if len(name) > mib.MaxSubIDs || len(v.OID()) > mib.MaxSubIDs || v.Len() > maxPDU {
		return dst, false
	}
	dst = o.append16(dst, uint16(v.Type()))
	dst = append(dst, 0, 0)
	dst = appendOID(dst, o, name)
	switch v.Type() {
	case mib.TypeInteger:
		return o.append32(dst, uint32(v.Int())), true
	case mib.TypeCounter32, mib.TypeGauge32, mib.TypeTimeTicks:
		return o.append32(dst, uint32(v.Uint())), true
	case mib.TypeCounter64:
		return o.append64(dst, v.Uint()), true
	case mib.TypeOctetString, mib.TypeIPAddress, mib.TypeOpaque:
		dst = o.append32(dst, uint32(v.Len()))
		dst = v.AppendOctets(dst)
		return append(dst, zeros[:padding(v.Len())]...), true
	case mib.TypeOID:
		return appendOID(dst, o, v.OID()), true
	case mib.TypeNull, mib.TypeNoSuchObject, mib.TypeNoSuchInstance, mib.TypeEndOfMIBView:
		return dst, true
	}
	return dst, false
}

// ipAddressLen is the number of octets of an IpAddress (RFC 2578, section 7.1.5).
const ipAddressLen = 4

// varbind reads a name and a value. They share nothing with the payload, since who gets them may keep them.
func (c *cursor) varbind() mib.Varbind {
	typ := mib.Type(0)
	if n := c.uint16(); n <= 0xff {
		typ = mib.Type(n)
	}
	c.take(2)
	name, _ := c.oid(nil)
	return mib.Varbind{Name: name, Value: c.value(typ)}
}

func (c *cursor) value(typ mib.Type) mib.Value {
	switch typ {
	case mib.TypeInteger:
		return mib.Integer(int32(c.uint32()))
	case mib.TypeCounter32:
		return mib.Counter32(c.uint32())
	case mib.TypeGauge32:
		return mib.Gauge32(c.uint32())
	case mib.TypeTimeTicks:
		return mib.TimeTicks(c.uint32())
	case mib.TypeCounter64:
		return mib.Counter64(c.uint64())
	case mib.TypeOctetString:
		return mib.Octets(bytes.Clone(c.octets()))
	case mib.TypeOpaque:
		return mib.Opaque(bytes.Clone(c.octets()))
	case mib.TypeIPAddress:
		b := c.octets()
		if len(b) != ipAddressLen {
			c.broken = true
			return mib.Value{}
		}
		return mib.IPAddress([ipAddressLen]byte(b))
	case mib.TypeOID:
		oid, _ := c.oid(nil)
		return mib.ObjectID(oid)
	case mib.TypeNull:
		return mib.Null()
	case mib.TypeNoSuchObject:
		return mib.NoSuchObject
	case mib.TypeNoSuchInstance:
		return mib.NoSuchInstance
	case mib.TypeEndOfMIBView:
		return mib.EndOfMIBView
	}
	c.broken = true
	return mib.Value{}
}
