package bench

import (
	"math"
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
	}{
		{"nothing more", constant, 1, 1, slack},
		{"less", constant, 0.25, 0.5, slack},
		{"as many times more as there are", linear, 100, 10, 10 * slack},
		{"the square", linear, 10_000, 100, 10 * slack},
		{"the logarithm", logarithmic, 2, math.Sqrt2, math.Sqrt2 * slack},
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
