package librenms

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// TestFigures proves how numbers are rounded and written, and which are not known.
func TestFigures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		v        figure
		decimals int
		want     string
	}{
		{"a counter", counted(some(7)), 0, "7"},
		{"the largest", counted(some(math.MaxInt64)), 0, "9223372036854775807"},
		{"more than PHP has", counted(some(math.MaxInt64 + 1)), 0, "null"},
		{"none", counted(hv.Opt[uint64]{}), 0, "null"},
		{"a size", sized(hv.Some[int64](0)), 0, "0"},
		{"no limit", sized(hv.Some(hv.NoLimit)), 0, "null"},
		{"below 0", signed(hv.Some(-20)), 0, "-20"},
		{"no such", signed(hv.Opt[int]{}), 0, "null"},
		{"seconds", lasted(hv.Some(2570*time.Millisecond), cpuUnit), cpuDecimals, "2.57"},
		{"a tenth", lasted(hv.Some(100*time.Millisecond), cpuUnit), cpuDecimals, "0.1"},
		{"a hundredth, nearly", lasted(hv.Some(9*time.Millisecond), cpuUnit), cpuDecimals, "0.01"},
		{"whole seconds", lasted(hv.Some(3*time.Second), cpuUnit), cpuDecimals, "3"},
		{"milliseconds", lasted(hv.Some(time.Duration(10270939)), waitUnit), waitDecimals, "10.270939"},
		{"a nanosecond", lasted(hv.Some(time.Duration(1)), waitUnit), waitDecimals, "0.000001"},
		{"back in time", lasted(hv.Some(-time.Second), waitUnit), waitDecimals, "null"},
		{"no time", lasted(hv.Opt[time.Duration]{}, waitUnit), waitDecimals, "null"},
		{"the longest", lasted(hv.Some[time.Duration](math.MaxInt64), waitUnit), waitDecimals, "9223372036854.775807"},
		{"percent", percentage(1, 3), percentDecimals, "33.3"},
		{"percent as ps has it", percentage(2, 3), percentDecimals, "66.6"},
		{"two CPUs", percentage(2, 1), percentDecimals, "200"},
		{"of nothing", percentage(1, 0), percentDecimals, "null"},
		{"nothing of nothing", percentage(0, 0), percentDecimals, "null"},
		{"less than nothing", percentage(-1, 1), percentDecimals, "null"},
		{"beyond", percentage(math.MaxFloat64, 1e-300), percentDecimals, "null"},
		{"a sum", sum(hv.Some[int64](1), hv.Some[int64](2)), 0, "3"},
		{"a sum of one that is not known", sum(hv.Some[int64](1), figure{}), 0, "null"},
		{"a sum that is too large", sum(hv.Some[int64](math.MaxInt64), hv.Some[int64](1)), 0, "null"},
	}
	for _, tt := range tests {
		if got := string(appendFigure(nil, tt.v, tt.decimals)); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestShare proves that a process has used no share of a CPU as long as it is of no age.
func TestShare(t *testing.T) {
	t.Parallel()
	second, none := hv.Some(time.Second), hv.Some[time.Duration](0)
	for _, tt := range []struct {
		p    hv.Process
		want float64
		ok   bool
	}{
		{hv.Process{UserTime: second, SystemTime: second, Age: hv.Some(4 * time.Second)}, 0.5, true},
		{hv.Process{UserTime: second, SystemTime: none, Age: none}, 0, false},
		{hv.Process{UserTime: second, SystemTime: second}, 0, false},
		{hv.Process{UserTime: second, Age: second}, 0, false},
		{hv.Process{SystemTime: second, Age: second}, 0, false},
	} {
		if got, ok := cpuShare(&tt.p); got != tt.want || ok != tt.ok {
			t.Errorf("share of %+v = %v, %t, want %v, %t", tt.p, got, ok, tt.want, tt.ok)
		}
	}
}

// TestColumns proves that the columns are in the order of their names, in each object, and that none is left over.
func TestColumns(t *testing.T) {
	t.Parallel()
	used := map[column]bool{}
	for _, list := range [][]column{ofVM, ofDisk, ofNIC, ofTotals, ofProcess, ofTraffic, gauges} {
		if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("columns %v are in no order", list)
		}
		for _, c := range list {
			used[c] = true
		}
	}
	var keys []string
	for c := range numColumns {
		keys = append(keys, columns[c].key)
		if !used[c] {
			t.Errorf("%q is nowhere", columns[c].key)
		}
	}
	if diff := cmp.Diff(slices.Compact(slices.Sorted(slices.Values(keys))), keys); diff != "" {
		t.Errorf("unexpected order of names (-want +got):\n%s", diff)
	}
}
