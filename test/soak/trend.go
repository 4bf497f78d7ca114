package soak

import (
	"slices"
	"time"
)

// A point is a measure at a time.
type point struct {
	at    time.Duration
	value float64
}

// slope returns by how much the points rise per second: the median of the slopes between all pairs of them (Theil 1950, Sen
// 1968). A quarter of them may be anywhere without moving it far, so it sees the line below the teeth of a collector of
// garbage and not the teeth. It is 0 of fewer than two points.
func slope(points []point) float64 {
	var all []float64
	for i, p := range points {
		for _, q := range points[i+1:] {
			if d := q.at - p.at; d > 0 {
				all = append(all, (q.value-p.value)/d.Seconds())
			}
		}
	}
	return median(all)
}

// rise returns by how much the points rise from the first to the last of them, by their slope.
func rise(points []point) float64 {
	if len(points) == 0 {
		return 0
	}
	return slope(points) * (points[len(points)-1].at - points[0].at).Seconds()
}

// median returns the value in the middle, or 0 of none. It sorts the values.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// highest returns the largest value, or 0 of none.
func highest(points []point) float64 {
	var most float64
	for _, p := range points {
		most = max(most, p.value)
	}
	return most
}

// lowest returns the smallest value, or 0 of none.
func lowest(points []point) float64 {
	if len(points) == 0 {
		return 0
	}
	return slices.Min(values(points))
}

// usual returns the value that three of four do not exceed, or 0 of none.
func usual(points []point) float64 {
	if len(points) == 0 {
		return 0
	}
	const share, whole = 3, 4
	all := values(points)
	slices.Sort(all)
	return all[(len(all)-1)*share/whole]
}

// floor returns the smallest value of each of so many windows of the same length, at the time when that begins: what is always
// there, below all that comes and goes.
func floor(points []point, windows int) []point {
	if len(points) == 0 {
		return nil
	}
	begin := points[0].at
	window := (points[len(points)-1].at-begin)/time.Duration(windows) + 1
	var out []point
	for _, p := range points {
		at := begin + (p.at - begin).Truncate(window)
		if last := len(out) - 1; last >= 0 && out[last].at == at {
			out[last].value = min(out[last].value, p.value)
			continue
		}
		out = append(out, point{at, p.value})
	}
	return out
}

// third returns the points of the first, second or last third of the time.
func third(points []point, n int) []point {
	const thirds = 3
	if len(points) == 0 {
		return nil
	}
	begin, span := points[0].at, points[len(points)-1].at-points[0].at
	var out []point
	for _, p := range points {
		if min(int(thirds*(p.at-begin)/max(span, 1)), thirds-1) == n {
			out = append(out, p)
		}
	}
	return out
}

// values returns the values of points.
func values(points []point) []float64 {
	var out []float64
	for _, p := range points {
		out = append(out, p.value)
	}
	return out
}
