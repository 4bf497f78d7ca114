package hv

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// UUID is a virtual machine's UUID, 16 octets in network order (RFC 4122, section 4.1). Its zero value says that the
// virtual machine has none, or that none is known.
type UUID [16]byte

// uuidText is the length of the canonical form, 8-4-4-4-12.
const uuidText = 36

// ParseUUID reads the canonical form, in either case. It returns an error for anything else.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if len(s) != uuidText || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return UUID{}, fmt.Errorf("uuid %q is not of the form 8-4-4-4-12", s)
	}
	if n, err := hex.Decode(u[:], []byte(strings.ReplaceAll(s, "-", ""))); err != nil || n != len(u) {
		return UUID{}, fmt.Errorf("uuid %q is not hexadecimal", s)
	}
	return u, nil
}

// IsZero reports whether there is no UUID.
func (u UUID) IsZero() bool { return u == UUID{} }

// String returns the canonical form in lower case.
func (u UUID) String() string {
	var text [uuidText]byte
	rest, octets := text[:0], u[:]
	for i, n := range [...]int{4, 2, 2, 2, 6} {
		if i > 0 {
			rest = append(rest, '-')
		}
		rest = hex.AppendEncode(rest, octets[:n])
		octets = octets[n:]
	}
	return string(rest)
}

// MarshalText writes the canonical form, or nothing if there is no UUID.
func (u UUID) MarshalText() ([]byte, error) {
	if u.IsZero() {
		return nil, nil
	}
	return []byte(u.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (u *UUID) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*u = UUID{}
		return nil
	}
	*u, err = ParseUUID(string(text))
	return err
}
