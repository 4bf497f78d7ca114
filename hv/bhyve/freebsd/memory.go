package freebsd

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// mebibyte is what a bare number below it counts.
const mebibyte = 1 << 20

// memoryUnits are the suffixes of an amount of memory in order, each worth 1024 times the one before (expand_number(3)).
const (
	memoryUnits    = "kmgtpe"
	memoryUnitBits = 10
)

// ParseMemory reads an amount of memory as bhyve's -m takes it (bhyve(8)), in octets: a number with a unit, such as "4G", "512m"
// or "1024KB", a bare number below 1048576, which counts MiB, or a larger one, which counts octets. As in C, 0x begins a
// hexadecimal number and 0 an octal one. What is none, nothing or too large for an int64 is an error.
func ParseMemory(s string) (int64, error) {
	digits, shift, bare := cutMemoryUnit(strings.ToLower(s))
	n, err := parseC(digits)
	if err != nil {
		return 0, fmt.Errorf("memory %q is no number with a unit", s)
	}
	if bare && n < mebibyte {
		shift = 2 * memoryUnitBits
	}
	high, octets := bits.Mul64(n, 1<<shift)
	if high != 0 || octets > math.MaxInt64 {
		return 0, fmt.Errorf("memory %q is too large", s)
	}
	if octets == 0 {
		return 0, fmt.Errorf("memory %q is none", s)
	}
	return int64(octets), nil
}

// cutMemoryUnit splits a unit off, and returns by how many bits it shifts the number. Without any the number is bare. The digits
// of a hexadecimal number are no unit, except that of the end.
func cutMemoryUnit(s string) (digits string, shift int, bare bool) {
	if strings.HasPrefix(s, "0x") && strings.TrimLeft(s[2:], "0123456789abcdef") == "" {
		return s, 0, true
	}
	digits = strings.TrimSuffix(s, "b")
	if digits == "" {
		return digits, 0, false
	}
	if i := strings.IndexByte(memoryUnits, digits[len(digits)-1]); i >= 0 {
		return digits[:len(digits)-1], (i + 1) * memoryUnitBits, false
	}
	return digits, 0, len(digits) == len(s)
}

// parseC reads a number as strtoul(3) does with any base, without a sign and without space before it.
func parseC(s string) (uint64, error) {
	const hexadecimal, octal, decimal, wide = 16, 8, 10, 64
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		return strconv.ParseUint(hex, hexadecimal, wide)
	}
	if strings.HasPrefix(s, "0") {
		return strconv.ParseUint(s, octal, wide)
	}
	return strconv.ParseUint(s, decimal, wide)
}
