package freebsd

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseRelease(t *testing.T) {
	t.Parallel()
	tests := []struct {
		s            string
		major, minor uint32
		ok           bool
	}{
		{"14.3-RELEASE-p2", 14, 3, true},
		{"13.5-STABLE", 13, 5, true},
		{"15.0-CURRENT", 15, 0, true},
		{"16.0", 16, 0, true},
		{"4294967295.4294967295-X", 4294967295, 4294967295, true},
		{"4294967296.0-X", 0, 0, false},
		{"14.4294967296-X", 0, 0, false},
		{"14-RELEASE", 0, 0, false},
		{"14.-RELEASE", 0, 0, false},
		{".3-RELEASE", 0, 0, false},
		{"14.3.1-RELEASE", 0, 0, false},
		{"14.3 RELEASE", 0, 0, false},
		{"+14.3-RELEASE", 0, 0, false},
		{"-14.3-RELEASE", 0, 0, false},
		{"", 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.s, func(t *testing.T) {
			t.Parallel()
			if major, minor, ok := ParseRelease(tt.s); major != tt.major || minor != tt.minor || ok != tt.ok {
				t.Errorf("%d, %d, %v", major, minor, ok)
			}
		})
	}
}

// FuzzRelease parses names of releases: the numbers are those before the first dash, and no others.
func FuzzRelease(f *testing.F) {
	f.Add("14.3-RELEASE-p2")
	f.Add("15.0-CURRENT")
	f.Fuzz(func(t *testing.T, s string) {
		major, minor, ok := ParseRelease(s)
		if !ok {
			if major != 0 || minor != 0 {
				t.Errorf("%q is none, but %d.%d", s, major, minor)
			}
			return
		}
		again := fmt.Sprintf("%d.%d-X", major, minor)
		if m, n, ok := ParseRelease(again); m != major || n != minor || !ok {
			t.Errorf("%q of %q is %d.%d, %v", again, s, m, n, ok)
		}
		if rest := strings.Trim(s, "0123456789."); rest != "" && rest[0] != '-' {
			t.Errorf("%q is %d.%d", s, major, minor)
		}
	})
}
