//go:build linux

package bench

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComplaints(t *testing.T) {
	t.Parallel()
	one := []float64{1}
	tests := []struct {
		name  string
		bench bench
		want  []string
	}{
		{"nothing", bench{}, nil},
		{"all is well", bench{figures: fixedFigures(), growth: fixedPoints()}, nil},
		{"no round", bench{figures: []figure{{work: "a", unit: "s"}}}, []string{"figure 1 (a, s) has no round"}},
		{
			"a side without a turn", bench{figures: []figure{{ours: one}, {work: "a", unit: "s", beside: "b", ours: one}}},
			[]string{"figure 2 (a, s) has 1 rounds, and 0 beside"},
		},
		{"less than nothing", bench{figures: []figure{{work: "a", unit: "s", ours: []float64{0, -1}}}}, []string{"figure 1 (a, s) is -1 in a round"}},
		{
			"no number", bench{figures: []figure{{work: "a", unit: "s", beside: "b", ours: one, theirs: []float64{math.NaN()}}}},
			[]string{"figure 1 (a, s) is NaN in a round"},
		},
		{"no end", bench{figures: []figure{{work: "a", unit: "s", ours: []float64{math.Inf(1)}}}}, []string{"figure 1 (a, s) is +Inf in a round"}},
		{
			"a point that is not there", bench{growth: []point{{vms: 7, next: 1, walk: 1, refresh: -107, event: 1}}},
			[]string{"the states of all taken up takes -107 µs where there are 7 virtual machines"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, complaints(tt.bench.figures, tt.bench.growth)); diff != "" {
				t.Errorf("unexpected complaints (-want +got):\n%s", diff)
			}
		})
	}
}
