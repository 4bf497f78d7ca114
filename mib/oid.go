package mib

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxSubIDs is the largest number of sub-identifiers in an object identifier (RFC 2578, section 3.5).
const MaxSubIDs = 128

// OID is an object identifier. Nil and empty are the null object identifier, which AgentX writes for "none".
type OID []uint32

// ParseOID reads the dotted form, with or without a leading dot. The empty text is an error.
func ParseOID(s string) (OID, error) {
	parts := strings.Split(strings.TrimPrefix(s, "."), ".")
	if len(parts) > MaxSubIDs {
		return nil, fmt.Errorf("object identifier of %d sub-identifiers, at most %d are allowed", len(parts), MaxSubIDs)
	}
	o := make(OID, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("object identifier %q: %q is not a number below 2^32", s, p)
		}
		o[i] = uint32(n)
	}
	return o, nil
}

// MustOID is ParseOID for constants. It panics on an error.
func MustOID(s string) OID {
	o, err := ParseOID(s)
	if err != nil {
		panic("mib: " + err.Error())
	}
	return o
}

// Compare returns -1, 0 or +1 in the lexicographic order of RFC 2578: a prefix comes before what it begins.
func (o OID) Compare(p OID) int { return slices.Compare(o, p) }

// HasPrefix reports whether o begins with p. Every OID begins with the null one and with itself.
func (o OID) HasPrefix(p OID) bool { return len(o) >= len(p) && slices.Equal(o[:len(p)], p) }

// Append returns a new OID of o and the sub-identifiers after it. It does not share o's array.
func (o OID) Append(sub ...uint32) OID { return slices.Concat(o, OID(sub)) }

// String returns the dotted form without a leading dot. The null OID is "".
func (o OID) String() string {
	var b []byte
	for i, n := range o {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return string(b)
}
