package mib

import (
	"fmt"
	"strconv"
)

// Type is the type of a value: the tag that SNMP (RFC 3416) and AgentX (RFC 2741, section 5.4) both give it.
type Type uint8

// The types. The last three are no values but exceptions: what an answer says instead of one.
const (
	TypeInteger        Type = 2
	TypeOctetString    Type = 4
	TypeNull           Type = 5
	TypeOID            Type = 6
	TypeIPAddress      Type = 64
	TypeCounter32      Type = 65
	TypeGauge32        Type = 66
	TypeTimeTicks      Type = 67
	TypeOpaque         Type = 68
	TypeCounter64      Type = 70
	TypeNoSuchObject   Type = 128
	TypeNoSuchInstance Type = 129
	TypeEndOfMIBView   Type = 130
)

// A Value is a typed value or an exception. Its fields are set by the functions below; which of them counts depends
// on the type. A Value shares the strings and slices that it was made of, which must not be changed afterwards.
type Value struct {
	typ Type
	num uint64
	str string
	raw []byte
	oid OID
}

// The exceptions.
var (
	NoSuchObject   = Value{typ: TypeNoSuchObject}
	NoSuchInstance = Value{typ: TypeNoSuchInstance}
	EndOfMIBView   = Value{typ: TypeEndOfMIBView}
)

// Null returns the value of a variable that has none, as in a request.
func Null() Value { return Value{typ: TypeNull} }

// Integer returns an INTEGER or Integer32.
func Integer(n int32) Value { return Value{typ: TypeInteger, num: uint64(int64(n))} }

// Text returns an OCTET STRING of the octets of s.
func Text(s string) Value { return Value{typ: TypeOctetString, str: s} }

// Octets returns an OCTET STRING.
func Octets(b []byte) Value { return Value{typ: TypeOctetString, raw: b} }

// ObjectID returns an OBJECT IDENTIFIER.
func ObjectID(o OID) Value { return Value{typ: TypeOID, oid: o} }

// IPAddress returns an IpAddress.
func IPAddress(a [4]byte) Value { return Value{typ: TypeIPAddress, raw: a[:]} }

// Counter32 returns a Counter32.
func Counter32(n uint32) Value { return Value{typ: TypeCounter32, num: uint64(n)} }

// Gauge32 returns a Gauge32 or Unsigned32.
func Gauge32(n uint32) Value { return Value{typ: TypeGauge32, num: uint64(n)} }

// TimeTicks returns a time in hundredths of a second.
func TimeTicks(n uint32) Value { return Value{typ: TypeTimeTicks, num: uint64(n)} }

// Opaque returns an Opaque.
func Opaque(b []byte) Value { return Value{typ: TypeOpaque, raw: b} }

// Counter64 returns a Counter64.
func Counter64(n uint64) Value { return Value{typ: TypeCounter64, num: n} }

// Type returns the type. That of the zero Value is 0, which is none of the types.
func (v Value) Type() Type { return v.typ }

// IsException reports whether v is NoSuchObject, NoSuchInstance or EndOfMIBView.
func (v Value) IsException() bool { return v.typ >= TypeNoSuchObject }

// Int returns the number of an INTEGER.
func (v Value) Int() int32 { return int32(v.num) }

// Uint returns the number of a Counter32, Gauge32, TimeTicks or Counter64.
func (v Value) Uint() uint64 { return v.num }

// OID returns the value of an OBJECT IDENTIFIER, which the caller must not change.
func (v Value) OID() OID { return v.oid }

// Len returns the number of octets of an OCTET STRING, IpAddress or Opaque.
func (v Value) Len() int { return len(v.str) + len(v.raw) }

// AppendOctets appends the octets of an OCTET STRING, IpAddress or Opaque to dst.
func (v Value) AppendOctets(dst []byte) []byte { return append(append(dst, v.str...), v.raw...) }

// Equal reports whether v and w are of one type and value, however they were made.
func (v Value) Equal(w Value) bool {
	return v.typ == w.typ && v.num == w.num && v.oid.Compare(w.oid) == 0 &&
		string(v.AppendOctets(nil)) == string(w.AppendOctets(nil))
}

var typeNames = map[Type]string{
	TypeInteger: "INTEGER", TypeOctetString: "STRING", TypeNull: "NULL", TypeOID: "OID", TypeIPAddress: "IpAddress",
	TypeCounter32: "Counter32", TypeGauge32: "Gauge32", TypeTimeTicks: "Timeticks", TypeOpaque: "Opaque",
	TypeCounter64: "Counter64", TypeNoSuchObject: "noSuchObject", TypeNoSuchInstance: "noSuchInstance",
	TypeEndOfMIBView: "endOfMibView",
}

// String returns the name of the type.
func (t Type) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// String returns type and value for people and tests, such as `INTEGER: 4` or `STRING: "web"`.
func (v Value) String() string {
	switch v.typ {
	case TypeInteger:
		return v.typ.String() + ": " + strconv.Itoa(int(v.Int()))
	case TypeOctetString, TypeIPAddress, TypeOpaque:
		return v.typ.String() + ": " + strconv.Quote(string(v.AppendOctets(nil)))
	case TypeOID:
		return v.typ.String() + ": " + v.oid.String()
	case TypeCounter32, TypeGauge32, TypeTimeTicks, TypeCounter64:
		return v.typ.String() + ": " + strconv.FormatUint(v.num, 10)
	}
	return v.typ.String()
}
