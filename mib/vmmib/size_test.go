package vmmib

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"pgregory.net/rapid"
)

const (
	mebi = kibi * kibi
	gibi = mebi * kibi
	tebi = gibi * kibi
)

// some is hv.Some for sizes, and none one that is not known.
func some(n int64) hv.Opt[int64] { return hv.Some(n) }

var none hv.Opt[int64]

func TestMemory(t *testing.T) {
	t.Parallel()
	hole := mib.NoSuchInstance
	tests := []struct {
		name          string
		cur, min, max hv.Opt[int64]
		// vmMemUnit, vmCurMem, vmMinMem, vmMaxMem
		want [4]mib.Value
	}{
		{name: "nothing known", want: [4]mib.Value{hole, hole, hole, hole}},
		{
			name: "only that there is no limit", max: some(hv.NoLimit),
			want: [4]mib.Value{mib.Integer(1024), hole, hole, mib.Integer(-1)},
		},
		{
			name: "small", cur: some(512 * mebi), min: some(0), max: some(gibi),
			want: [4]mib.Value{mib.Integer(1024), mib.Integer(524288), mib.Integer(0), mib.Integer(1048576)},
		},
		{
			name: "never more or less", cur: some(512 * mebi), min: some(512 * mebi), max: some(512 * mebi),
			want: [4]mib.Value{mib.Integer(mebi), mib.Integer(512), mib.Integer(512), mib.Integer(512)},
		},
		{
			name: "never more or less, and no whole number", cur: some(mebi + 1), min: some(mebi + 1), max: some(mebi + 1),
			want: [4]mib.Value{mib.Integer(1024), mib.Integer(1025), mib.Integer(1025), mib.Integer(1025)},
		},
		{
			name: "never more or less, and much", cur: some(4096 * tebi), min: some(4096 * tebi), max: some(4096 * tebi),
			want: [4]mib.Value{mib.Integer(gibi), mib.Integer(4 * mebi), mib.Integer(4 * mebi), mib.Integer(4 * mebi)},
		},
		{
			name: "a part of a unit", cur: some(1), min: some(1025), max: some(1024),
			want: [4]mib.Value{mib.Integer(1024), mib.Integer(1), mib.Integer(2), mib.Integer(1)},
		},
		{
			name: "the last that fits", cur: some(math.MaxInt32 * kibi),
			want: [4]mib.Value{mib.Integer(1024), mib.Integer(math.MaxInt32), hole, hole},
		},
		{
			name: "the first that does not", cur: some(math.MaxInt32*kibi + 1),
			want: [4]mib.Value{mib.Integer(mebi), mib.Integer(2 * mebi), hole, hole},
		},
		{
			name: "2 TiB", cur: some(2 * tebi), min: some(hv.NoLimit), max: some(hv.NoLimit),
			want: [4]mib.Value{mib.Integer(mebi), mib.Integer(2 * mebi), mib.Integer(-1), mib.Integer(-1)},
		},
		{
			name: "the greatest decides", cur: some(kibi), min: some(0), max: some(4096 * tebi),
			want: [4]mib.Value{mib.Integer(gibi), mib.Integer(1), mib.Integer(0), mib.Integer(4 * mebi)},
		},
		{
			name: "one of them cannot be told", cur: some(kibi), min: some(-7), max: some(math.MaxInt64),
			want: [4]mib.Value{mib.Integer(1024), mib.Integer(1), hole, hole},
		},
		{
			name: "the greatest that can be told", cur: some(maxSize),
			want: [4]mib.Value{mib.Integer(gibi), mib.Integer(math.MaxInt32), hole, hole},
		},
		{name: "no limit makes no sense", cur: some(hv.NoLimit), want: [4]mib.Value{hole, hole, hole, hole}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := vmRow{VM: &collector.VM{CurMem: tt.cur, MinMem: tt.min, MaxMem: tt.max}}
			if diff := cmp.Diff(tt.want, [4]mib.Value{vmMemUnit(r), vmCurMem(r), vmMinMem(r), vmMaxMem(r)}); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnit proves for any two sizes that neither overflows, that the unit is the smallest one, and that what is told
// is less than one unit off and in the same order.
func TestUnit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.OneOf(rapid.Int64Range(0, maxSize), rapid.Map(rapid.IntRange(0, 60), func(n int) int64 { return 1 << n }))
		a, b := sizes.Draw(t, "a"), sizes.Draw(t, "b")
		least := rapid.SampledFrom([]int32{1, kibi}).Draw(t, "least")
		u := unit(least, some(a), none, some(b))
		fits := func(u int32) bool { return max(a, b) <= math.MaxInt32*int64(u) }
		if !fits(u) || u > least && fits(u/kibi) {
			t.Fatalf("the unit of %d and %d is %d", a, b, u)
		}
		for _, n := range []int64{a, b} {
			told := units(n, u) * int64(u)
			if told < n || told-n >= int64(u) {
				t.Fatalf("%d is told as %d", n, told)
			}
		}
		if a <= b && units(a, u) > units(b, u) {
			t.Fatalf("%d is told as more than %d", a, b)
		}
	})
}
