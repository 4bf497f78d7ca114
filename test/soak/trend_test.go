package soak

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// line returns n points, a second apart, that begin at a value and go up by so much each second.
func line(n int, from, perSecond float64) []point {
	var out []point
	for i := range n {
		out = append(out, point{time.Duration(i) * time.Second, from + perSecond*float64(i)})
	}
	return out
}

func TestSlope(t *testing.T) {
	t.Parallel()
	bent := line(100, 10, 2)
	for i := range bent {
		if i%4 == 0 {
			bent[i].value = 1e6 // a quarter of all, anywhere
		}
	}
	tests := []struct {
		name   string
		points []point
		want   float64
	}{
		{"none", nil, 0},
		{"one", line(1, 5, 0), 0},
		{"at one time", []point{{0, 1}, {0, 2}}, 0},
		{"flat", line(50, 7, 0), 0},
		{"up", line(50, 7, 0.5), 0.5},
		{"down", line(50, 7, -3), -3},
		{"at uneven times", []point{{0, 0}, {time.Second, 2}, {10 * time.Second, 20}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, slope(tt.points), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("unexpected slope (-want +got):\n%s", diff)
			}
		})
	}
	if got := slope(bent); math.Abs(got-2) > 0.5 {
		t.Errorf("slope of a line of which a quarter is elsewhere = %v, want about 2", got)
	}
}

func TestRise(t *testing.T) {
	t.Parallel()
	if got := rise(line(101, 3, 0.25)); math.Abs(got-25) > 1e-9 {
		t.Errorf("rise of 0.25 a second in 100 seconds = %v, want 25", got)
	}
	if got := rise(nil); got != 0 {
		t.Errorf("rise of no points = %v", got)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	tests := []struct {
		values []float64
		want   float64
	}{
		{nil, 0}, {[]float64{4}, 4}, {[]float64{5, 1}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5},
	}
	for _, tt := range tests {
		if got := median(tt.values); got != tt.want {
			t.Errorf("median(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestThird(t *testing.T) {
	t.Parallel()
	points := line(10, 0, 1) // from 0 to 9 seconds
	want := [][]float64{{0, 1, 2}, {3, 4, 5}, {6, 7, 8, 9}}
	for n := range want {
		if diff := cmp.Diff(want[n], values(third(points, n))); diff != "" {
			t.Errorf("unexpected third %d (-want +got):\n%s", n, diff)
		}
	}
	// Samples that are missing move no limit: it is the time that is divided.
	gap := append(line(4, 0, 0), point{9 * time.Second, 5})
	if diff := cmp.Diff([]float64{5}, values(third(gap, 2))); diff != "" {
		t.Errorf("unexpected last third (-want +got):\n%s", diff)
	}
	if got := third(nil, 0); got != nil {
		t.Errorf("third of nothing = %v", got)
	}
	if got := third(line(1, 8, 0), 0); len(got) != 1 {
		t.Errorf("first third of one point = %v", got)
	}
}

func TestHighest(t *testing.T) {
	t.Parallel()
	if got := highest([]point{{0, 3}, {1, 8}, {2, 5}}); got != 8 {
		t.Errorf("highest = %v, want 8", got)
	}
	if got := highest(nil); got != 0 {
		t.Errorf("highest of none = %v", got)
	}
}

func TestLowestAndUsual(t *testing.T) {
	t.Parallel()
	points := line(11, 20, 1)
	points[3].value = 4
	if got := lowest(points); got != 4 {
		t.Errorf("lowest = %v, want 4", got)
	}
	if got := usual(points); got != 27 {
		t.Errorf("usual = %v, want 27: of eleven three are above it", got)
	}
	if lowest(nil) != 0 || usual(nil) != 0 {
		t.Errorf("of none: lowest = %v, usual = %v", lowest(nil), usual(nil))
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	points := line(10, 10, 1) // from 10 to 19
	points[1].value, points[9].value = 3, 2
	want := []point{{0, 3}, {3*time.Second + 1, 14}, {6*time.Second + 2, 2}}
	got := floor(points, 3)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(point{}), cmpopts.EquateApprox(0, 0)); diff != "" {
		t.Errorf("unexpected floor (-want +got):\n%s", diff)
	}
	if got := floor(points[:1], 5); len(got) != 1 {
		t.Errorf("floor of one point = %v", got)
	}
	if got := floor(nil, 5); got != nil {
		t.Errorf("floor of none = %v", got)
	}
}
