package libvirt

import (
	"math/bits"
	"strconv"
	"strings"

	"github.com/vmond/vmond/hv"
)

// sizeXML is an amount of memory with its unit.
type sizeXML struct {
	Unit  string `xml:"unit,attr"`
	Value string `xml:",chardata"`
}

// unitBytes returns the octets of a unit in libvirt's spelling, which is case-insensitive (virScaleInteger). The
// default is KiB; a letter by itself is a power of 1024, one with a B after it a power of 1000.
func unitBytes(unit string) (uint64, bool) {
	unit = strings.ToLower(unit)
	switch unit {
	case "":
		return 1 << 10, true
	case "b", "byte", "bytes":
		return 1, true
	}
	power := strings.IndexByte("kmgtpe", unit[0]) + 1
	base := map[string]uint64{"": 1 << 10, "ib": 1 << 10, "b": 1000}[unit[1:]]
	if power == 0 || base == 0 {
		return 0, false
	}
	n := uint64(1)
	for range power {
		n *= base
	}
	return n, true
}

// bytes returns the amount in octets, or nothing if it makes no sense or does not fit.
func (s sizeXML) bytes() hv.Opt[int64] {
	n, err := strconv.ParseUint(strings.TrimSpace(s.Value), 10, 64)
	if err != nil {
		return hv.Opt[int64]{}
	}
	unit, ok := unitBytes(s.Unit)
	if !ok {
		return hv.Opt[int64]{}
	}
	return product(n, unit)
}

// product multiplies, or returns nothing if the result does not fit.
func product(a, b uint64) hv.Opt[int64] {
	over, n := bits.Mul64(a, b)
	if over != 0 || int64(n) < 0 {
		return hv.Opt[int64]{}
	}
	return hv.Some(int64(n))
}
