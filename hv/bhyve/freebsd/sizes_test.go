package freebsd

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSizes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text []byte
		want map[string]int64
	}{
		{"nothing", nil, map[string]int64{}},
		{"a host", recorded(t, "plain/zfs_list_-Hp_volumes.txt"), map[string]int64{
			"zroot/vm/db01/disk0": 10 << 30, "zroot/vm/web01/disk0": 20 << 30,
		}},
		{"two columns", []byte("zroot/vm/web01/disk0\t21474836480\n"), map[string]int64{"zroot/vm/web01/disk0": 20 << 30}},
		{"snapshots", []byte("zroot/vm/web01@daily\t0\nzroot/vm/web01/disk0@daily\t512\n"), map[string]int64{
			"zroot/vm/web01@daily": 0, "zroot/vm/web01/disk0@daily": 512,
		}},
		{"no last end of line", []byte("a/b\t512"), map[string]int64{"a/b": 512}},
		{"spaces and colons", []byte("zroot/my vm: 1/disk 0\t512\n"), map[string]int64{"zroot/my vm: 1/disk 0": 512}},
		{"the largest", []byte("a/b\t9223372036854775807\n"), map[string]int64{"a/b": math.MaxInt64}},
		{"too large", []byte("a/b\t9223372036854775808\n"), map[string]int64{}},
		{"no size", []byte("a/b\t-\na/c\t\na/d\na/e\t20G\na/f\t-1\na/g\t+1\n"), map[string]int64{}},
		{"no name", []byte("\t512\n\n"), map[string]int64{}},
		{"two sizes", []byte("a/b\t512\na/b\t1024\n"), map[string]int64{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ParseSizes(tt.text)); diff != "" {
				t.Errorf("unexpected volumes (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzSizes parses whatever zfs lists: each volume has a name and a size, and is the same when it is listed again.
func FuzzSizes(f *testing.F) {
	f.Add(recorded(f, "plain/zfs_list_-Hp_volumes.txt"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := ParseSizes(text)
		var again strings.Builder
		for name, size := range got {
			if name == "" || size < 0 {
				t.Errorf("volume %q of %d octets", name, size)
			}
			fmt.Fprintf(&again, "%s\t%d\n", name, size)
		}
		if diff := cmp.Diff(got, ParseSizes([]byte(again.String()))); diff != "" {
			t.Errorf("unexpected volumes (-want +got):\n%s", diff)
		}
	})
}
