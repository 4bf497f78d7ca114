package bench

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		values []float64
		want   float64
	}{
		{"none", nil, math.NaN()},
		{"one", []float64{3}, 3},
		{"two", []float64{4, 1}, 2.5},
		{"three", []float64{9, 1, 2}, 2},
		{"four", []float64{9, 1, 2, 3}, 2.5},
		{"the same", []float64{2, 2, 2}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := append([]float64(nil), tt.values...)
			if diff := cmp.Diff(tt.want, median(tt.values), cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("unexpected median (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.values, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the rounds are in another order (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRatios proves that a figure is judged by the rounds' ratios, and not by the ratio of the medians.
func TestRatios(t *testing.T) {
	t.Parallel()
	f := figure{beside: "a", ours: []float64{10, 100, 30}, theirs: []float64{10, 50, 10}}
	if diff := cmp.Diff([]float64{1, 2, 3}, f.ratios()); diff != "" {
		t.Errorf("unexpected ratios (-want +got):\n%s", diff)
	}
	if got := f.result(); got != 2 {
		t.Errorf("unexpected result: want 2, got %v", got)
	}
	f.theirs = f.theirs[:1]
	if diff := cmp.Diff([]float64{1}, f.ratios()); diff != "" {
		t.Errorf("unexpected ratios of rounds that are not whole (-want +got):\n%s", diff)
	}
	f.beside = ""
	if got := f.result(); got != 30 {
		t.Errorf("unexpected result with nothing beside: want 30, got %v", got)
	}
}

func TestReached(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		goal goal
		ours float64
		want bool
	}{
		{"more than the least", atLeast(2), 2.1, true},
		{"the least", atLeast(2), 2, true},
		{"less than the least", atLeast(2), 1.9, false},
		{"more than the most", atMost(2), 2.1, false},
		{"the most", atMost(2), 2, true},
		{"less than the most", atMost(2), 1.9, true},
		{"nothing at all", atMost(0), 0, true},
		{"more than nothing", atMost(0), 0.001, false},
		{"what is no number, at most", atMost(1), math.NaN(), false},
		{"what is no number, at least", atLeast(1), math.NaN(), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (figure{ours: []float64{tt.ours}, goal: tt.goal}).reached(); got != tt.want {
				t.Errorf("unexpected verdict: want %t, got %t", tt.want, got)
			}
		})
	}
}

// TestGoalOfNothing proves that a goal of 0 is one, other than none.
func TestGoalOfNothing(t *testing.T) {
	t.Parallel()
	f := figure{work: "a", unit: "b", ours: []float64{0}}
	if got, want := f.row(), "| a | b | 0 |  |  |  |  |  |"; got != want {
		t.Errorf("unexpected row without a goal: want %q, got %q", want, got)
	}
	f.goal = atMost(0)
	if got, want := f.row(), "| a | b | 0 |  |  |  | ≤ 0 | yes |"; got != want {
		t.Errorf("unexpected row with a goal: want %q, got %q", want, got)
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	f := figure{
		work: "a walk", unit: "varbinds/s", beside: "snmpd", goal: atLeast(2),
		ours: []float64{90_000, 110_000, 100_000}, theirs: []float64{50_000, 50_000, 51_234.4},
	}
	const want = "| a walk | varbinds/s | 100,000 (90,000–110,000) | snmpd | 50,000 (50,000–51,234) | 1.95 | ≥ 2 | **no** |"
	if got := f.row(); got != want {
		t.Errorf("unexpected row:\nwant %s\ngot  %s", want, got)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		values []float64
		want   string
	}{
		{"one", []float64{1.5}, "1.5"},
		{"some", []float64{3, 1, 2}, "2 (1–3)"},
		{"none", nil, "NaN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := spread(tt.values); got != tt.want {
				t.Errorf("unexpected text: want %q, got %q", tt.want, got)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		v    float64
		want string
	}{
		{0, "0"},
		{1, "1"},
		{1.25, "1.25"},
		{1.2345, "1.23"},
		{12.345, "12.3"},
		{123.45, "123"},
		{999, "999"},
		{1000, "1,000"},
		{1234.5, "1,234"},
		{100_000, "100,000"},
		{1_234_567, "1,234,567"},
		{0.5, "0.5"},
		{0.000015523, "0.0000155"},
		{-1.5, "-1.5"},
		{-123, "-123"},
		{-1234, "-1,234"},
		{-123_456, "-123,456"},
		{math.Inf(1), "+Inf"},
		{math.NaN(), "NaN"},
	}
	for _, tt := range tests {
		if got := number(tt.v); got != tt.want {
			t.Errorf("unexpected text of %g: want %q, got %q", tt.v, tt.want, got)
		}
	}
}
