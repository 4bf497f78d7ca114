package bench

import (
	"maps"
	"math"
	"slices"
	"testing"
)

// TestCurves proves what is said of the growth of a cost.
func TestCurves(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		order    func(from, to int) float64
		last     float64 // where the first of 100 is 1, and the last of 10,000
		measured float64
		allowed  float64
		total    float64
	}{
		{"nothing more", constant, 1, 1, slack, slack * slack},
		{"less", constant, 0.25, 0.5, slack, slack * slack},
		{"as many times more as there are", linear, 100, 10, 10 * slack, 100 * slack * slack},
		{"the square", linear, 10_000, 100, 10 * slack, 100 * slack * slack},
		{"the logarithm", logarithmic, 2, math.Sqrt2, math.Sqrt2 * slack, 2 * slack * slack},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := curve{value: func(p point) float64 { return p.event }, grows: tt.order}
			points := []point{{vms: 100, event: 1}, {vms: 1000, event: 77}, {vms: 10_000, event: tt.last}}
			if got := c.measured(points); math.Abs(got-tt.measured) > 1e-9 {
				t.Errorf("unexpected growth: want %v, got %v", tt.measured, got)
			}
			if got := c.allowed(points); math.Abs(got-tt.allowed) > 1e-9 {
				t.Errorf("unexpected growth to be shown: want %v, got %v", tt.allowed, got)
			}
			if got := c.total(points); math.Abs(got-tt.total) > 1e-9 {
				t.Errorf("unexpected growth to be shown in all: want %v, got %v", tt.total, got)
			}
		})
	}
}

// TestWorstStep proves that a step is not lost between others, and that one of less than ten times as many counts for as much.
func TestWorstStep(t *testing.T) {
	t.Parallel()
	c := curve{value: func(p point) float64 { return p.event }, grows: constant}
	tests := []struct {
		name   string
		events map[int]float64
		want   float64
	}{
		{"the last", map[int]float64{100: 1, 1_000: 1, 10_000: 3}, 3},
		{"in the middle", map[int]float64{10: 4, 100: 1, 1_000: 7, 10_000: 4}, 7},
		{"ever less", map[int]float64{100: 8, 1_000: 4, 10_000: 1}, 0.5},
		{"a hundred times as many", map[int]float64{100: 1, 10_000: 9}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var points []point
			for _, vms := range slices.Sorted(maps.Keys(tt.events)) {
				points = append(points, point{vms: vms, event: tt.events[vms]})
			}
			if got := c.worst(points); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("unexpected worst step: want %v, got %v", tt.want, got)
			}
		})
	}
}

// TestGrowthOfOnePoint proves that nothing is said where nothing can be.
func TestGrowthOfOnePoint(t *testing.T) {
	t.Parallel()
	for n := range 2 {
		if got := growthSection(fixedPoints()[:n]); got != "" {
			t.Errorf("unexpected words on %d points: %s", n, got)
		}
	}
}
