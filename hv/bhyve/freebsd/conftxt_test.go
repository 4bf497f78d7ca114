package freebsd

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseConftxt(t *testing.T) {
	t.Parallel()
	none := map[string]int64{}
	tests := []struct {
		name string
		text string
		want map[string]int64
	}{
		{"nothing", "", none},
		{"nothing but its end", "\x00", none},
		{"a host", string(recorded(t, "native/kern.geom.conftxt.bin")), map[string]int64{
			"nda0": 1000204886016, "diskid/DISK-S4EVNF0M500001": 1000204886016, "nda0p3": 997856051200, "nda0p1": 272629760,
			"gpt/efiboot0": 272629760, "msdosfs/EFISYS": 272629760, "da1": 21474836480, "md0": 1073741824,
		}},
		{"no more than there has to be", "0 DISK da1 21474836480 512\n", map[string]int64{"da1": 21474836480}},
		{"the largest", "0 DISK da1 9223372036854775807 4096", map[string]int64{"da1": math.MaxInt64}},
		{"too large", "0 DISK da1 9223372036854775808 4096\n", none},
		{"a negative size", "0 DISK da1 -1 512\n", none},
		{"no medium", "0 DISK cd0 0 2048 hd 0 sc 0\n", none},
		{"cut short", "0 DISK da1 21474836480\n0 DISK da2\n0\n", none},
		{"no level", "x DISK da1 21474836480 512\n", none},
		{"no sector size", "0 DISK da1 21474836480 hd\n", none},
		{"after its end", "0 DISK da1 512 512\n\x000 DISK da2 512 512\n", map[string]int64{"da1": 512}},
		{"by two ways", "1 PART da1p1 512 512\n2 PART da1p1 512 512\n", map[string]int64{"da1p1": 512}},
		{"two sizes", "0 DISK da1 512 512\n0 DISK da1 1024 512\n0 DISK da1 512 512\n", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ParseConftxt([]byte(tt.text))); diff != "" {
				t.Errorf("unexpected sizes (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzConftxt parses whatever the kernel tells of its disks: each has a name and a medium, and the same when it is told again.
func FuzzConftxt(f *testing.F) {
	f.Add(recorded(f, "native/kern.geom.conftxt.bin"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := ParseConftxt(text)
		var again strings.Builder
		for name, size := range got {
			if name == "" || size < 1 {
				t.Errorf("disk %q of %d octets", name, size)
			}
			fmt.Fprintf(&again, "0 DISK %s %d 512\n", name, size)
		}
		if diff := cmp.Diff(got, ParseConftxt([]byte(again.String()))); diff != "" {
			t.Errorf("unexpected sizes (-want +got):\n%s", diff)
		}
	})
}
