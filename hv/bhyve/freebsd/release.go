package freebsd

import (
	"strconv"
	"strings"
)

// ParseRelease parses the name of a release of FreeBSD, as the variable kern.osrelease has it: "14.3-RELEASE-p2" is 14 and 3.
func ParseRelease(s string) (major, minor uint32, ok bool) {
	numbers, _, _ := strings.Cut(s, "-")
	first, second, ok := strings.Cut(numbers, ".")
	if !ok {
		return 0, 0, false
	}
	m, err := strconv.ParseUint(first, 10, 32)
	if err != nil {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(second, 10, 32)
	if err != nil {
		return 0, 0, false
	}
	return uint32(m), uint32(n), true
}
