package vmmib

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

func TestTicks(t *testing.T) {
	t.Parallel()
	const wrap = 1 << 32 * tick // 497 days
	tests := []struct {
		d    hv.Opt[time.Duration]
		want mib.Value
	}{
		{hv.Opt[time.Duration]{}, mib.NoSuchInstance},
		{hv.Some(time.Duration(0)), mib.TimeTicks(0)},
		{hv.Some(tick - 1), mib.TimeTicks(0)},
		{hv.Some(tick), mib.TimeTicks(1)},
		{hv.Some(time.Second), mib.TimeTicks(100)},
		{hv.Some(wrap - 1), mib.TimeTicks(math.MaxUint32)},
		{hv.Some(wrap), mib.TimeTicks(0)},
		{hv.Some(wrap + 3*tick), mib.TimeTicks(3)},
		{hv.Some(7*wrap + time.Hour), mib.TimeTicks(360000)},
		{hv.Some[time.Duration](math.MaxInt64 - 1), mib.TimeTicks(uint32((math.MaxInt64 - 1) / tick % (1 << 32)))},
		{hv.Some[time.Duration](math.MaxInt64), mib.NoSuchInstance},
		{hv.Some[time.Duration](math.MinInt64), mib.NoSuchInstance},
		{hv.Some(time.Duration(-1)), mib.NoSuchInstance},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, ticks(tt.d)); diff != "" {
			t.Errorf("unexpected ticks of %v (-want +got):\n%s", tt.d, diff)
		}
	}
}

// TestUpTimeOfCenturies proves that what is longer ago than a time.Duration can say is not told at all.
func TestUpTimeOfCenturies(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for years, want := range map[int]bool{0: true, 2: true, 292: true, 293: false, 2025: false, -1: false} {
		got := upTime(func() time.Time { return now }, hv.Some(now.AddDate(-years, 0, 0)))
		if got.IsException() == want {
			t.Errorf("up for %d years: %v", years, got)
		}
	}
}

func TestMicroseconds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		d    hv.Opt[time.Duration]
		want mib.Value
	}{
		{hv.Opt[time.Duration]{}, mib.NoSuchInstance},
		{hv.Some(time.Duration(0)), mib.Counter64(0)},
		{hv.Some(999 * time.Nanosecond), mib.Counter64(0)},
		{hv.Some(1000 * time.Nanosecond), mib.Counter64(1)},
		{hv.Some(time.Hour), mib.Counter64(3600_000_000)},
		{hv.Some[time.Duration](math.MaxInt64), mib.Counter64(9223372036854775)},
		{hv.Some(time.Duration(-1)), mib.NoSuchInstance},
		{hv.Some[time.Duration](math.MinInt64), mib.NoSuchInstance},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, microseconds(tt.d)); diff != "" {
			t.Errorf("unexpected microseconds of %v (-want +got):\n%s", tt.d, diff)
		}
	}
}

func TestCounter(t *testing.T) {
	t.Parallel()
	want := []mib.Value{mib.NoSuchInstance, mib.Counter64(0), mib.Counter64(math.MaxUint64)}
	got := []mib.Value{counter(hv.Opt[uint64]{}), counter(hv.Some[uint64](0)), counter(hv.Some[uint64](math.MaxUint64))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected counters (-want +got):\n%s", diff)
	}
}

func TestCountAndBound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n            hv.Opt[int]
		count, bound mib.Value
	}{
		{hv.Opt[int]{}, mib.NoSuchInstance, mib.NoSuchInstance},
		{hv.Some(0), mib.Integer(0), mib.Integer(0)},
		{hv.Some(math.MaxInt32), mib.Integer(math.MaxInt32), mib.Integer(math.MaxInt32)},
		{hv.Some(math.MaxInt32 + 1), mib.NoSuchInstance, mib.NoSuchInstance},
		{hv.Some(hv.NoLimit), mib.NoSuchInstance, mib.Integer(-1)},
		{hv.Some(-2), mib.NoSuchInstance, mib.NoSuchInstance},
	}
	for _, tt := range tests {
		want, got := []mib.Value{tt.count, tt.bound}, []mib.Value{count(tt.n), bound(tt.n)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected count and bound of %v (-want +got):\n%s", tt.n, diff)
		}
	}
}
