package hv

import (
	"fmt"
	"strconv"
	"strings"
)

// CPUSet is a set of physical CPUs: CPU n is bit n%8, least significant first, of octet n/8. This is libvirt's form.
// Its text is libvirt's too: numbers and ranges such as "0-3,8".
type CPUSet []byte

// maxCPU is the highest CPU number that ParseCPUSet takes, so that a text of ten octets cannot ask for a gigabyte.
const maxCPU = 1<<16 - 1

// ParseCPUSet reads numbers and ranges, separated by commas. A number or range with ^ before it is taken out again. The
// set is as short as can be, so that two of the same CPUs are alike; that of none is nil.
func ParseCPUSet(s string) (CPUSet, error) {
	var set CPUSet
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		digits, out := strings.CutPrefix(part, "^")
		first, last, isRange := strings.Cut(digits, "-")
		if !isRange {
			last = first
		}
		lo, err := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
		if err != nil {
			return nil, fmt.Errorf("CPU set %q: %q is not a CPU number up to %d", s, first, maxCPU)
		}
		hi, err := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
		if err != nil || hi < lo {
			return nil, fmt.Errorf("CPU set %q: %q does not end a range", s, last)
		}
		set = set.putRange(int(lo), int(hi), !out)
	}
	return set.trim(), nil
}

// FirstCPUs returns the set of the CPUs 0 to n-1: those of a host that has n. That of none is empty, and so is one of fewer.
func FirstCPUs(n int) CPUSet {
	if n <= 0 {
		return CPUSet{}
	}
	set := make(CPUSet, CPUSetLen(n))
	return set.putRange(0, n-1, true)
}

// CPUSetLen returns how many octets a set has that has room for n CPUs, as libvirt's maps of a host with n have.
func CPUSetLen(n int) int { return (n + 7) / 8 }

// Has reports whether physical CPU n is in the set. One past its end is not.
func (s CPUSet) Has(n int) bool {
	return n >= 0 && n/8 < len(s) && s[n/8]&(1<<(n%8)) != 0
}

// With returns a set that has physical CPU n too. It panics if n is negative.
func (s CPUSet) With(n int) CPUSet {
	if n < 0 {
		panic("hv: CPU of a negative number")
	}
	return append(CPUSet(nil), s...).put(n, true)
}

// Within returns what of the set a host with n CPUs has, in as many octets as [FirstCPUs] of n: libvirt sets the bits of
// CPUs that no host has where a virtual CPU may run anywhere. The set itself stays as it is.
func (s CPUSet) Within(n int) CPUSet {
	kept := FirstCPUs(n)
	for i := range kept {
		if i >= len(s) {
			kept[i] = 0
			continue
		}
		kept[i] &= s[i]
	}
	return kept
}

// put sets or clears the bit of n, in place if s is long enough.
func (s CPUSet) put(n int, in bool) CPUSet {
	if more := n/8 + 1 - len(s); more > 0 {
		s = append(s, make([]byte, more)...)
	}
	if in {
		s[n/8] |= 1 << (n % 8)
	} else {
		s[n/8] &^= 1 << (n % 8)
	}
	return s
}

// putRange does the same for all from lo to hi, an octet at a time: a text may have many ranges that are long.
func (s CPUSet) putRange(lo, hi int, in bool) CPUSet {
	var octet byte
	if in {
		octet = 0xff
	}
	s = s.put(hi, in)
	for n := lo; n < hi; {
		if n%8 != 0 || hi-n < 8 {
			s = s.put(n, in)
			n++
			continue
		}
		s[n/8] = octet
		n += 8
	}
	return s
}

// trim cuts off the octets at the end that have no CPU.
func (s CPUSet) trim() CPUSet {
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	if len(s) == 0 {
		return nil
	}
	return s
}

// String returns the text.
func (s CPUSet) String() string {
	var b strings.Builder
	for n := 0; n < len(s)*8; n++ {
		if !s.Has(n) {
			continue
		}
		first := n
		for s.Has(n + 1) {
			n++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(first))
		if n > first {
			b.WriteString("-" + strconv.Itoa(n))
		}
	}
	return b.String()
}

// MarshalText writes the text.
func (s CPUSet) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *CPUSet) UnmarshalText(text []byte) (err error) {
	*s, err = ParseCPUSet(string(text))
	return err
}
