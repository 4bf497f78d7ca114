package soak

import (
	"fmt"
	"slices"
	"time"
)

// The bounds of what may be noise.
const (
	// spareDescriptors and spareGoroutines are how many more there may be than ever in the first third: so many connections
	// may happen to be open at once.
	spareDescriptors = 8
	spareGoroutines  = 16
	// leastRise and riseShare are how much more memory there may be at the end than at the beginning: so many bytes, and such
	// a part of what there is.
	leastRise = 8 * mebi
	riseShare = 0.05
)

// judge returns what is wrong with the samples, of which those before the end of the warm-up do not count. The limit is the
// memory, in bytes, with which a service manager would end vmond.
func judge(samples []sample, warmUp time.Duration, limit int64) []string {
	var wrong []string
	if most := highest(pointsOf(samples, residentOf)); most >= float64(limit) {
		wrong = append(wrong, fmt.Sprintf("RSS came to %.1f MiB, and the unit has a limit of %.1f", inMebi(most), inMebi(limit)))
	}
	warm := after(samples, warmUp)
	const fewest = 9 // three for each third
	if len(warm) < fewest {
		return append(wrong, fmt.Sprintf("%d samples after %v are too few to tell", len(warm), warmUp))
	}
	flat := func(name string, measure func(sample) float64, spare float64) {
		points := pointsOf(warm, measure)
		if first, last := highest(third(points, 0)), highest(third(points, 2)); last > first+spare {
			wrong = append(wrong, fmt.Sprintf("%s grow: up to %v in the first third, up to %v in the last", name, first, last))
		}
	}
	flat("descriptors", descriptorsOf, spareDescriptors)
	flat("goroutines", goroutinesOf, spareGoroutines)
	m := measureMemory(warm)
	if m.rise > m.bound() && m.steps > m.bound() {
		wrong = append(wrong, "RSS has a slope: "+m.String())
	}
	return wrong
}

// after returns the samples from the end of the warm-up on.
func after(samples []sample, warmUp time.Duration) []sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s sample) bool { return s.at < warmUp })
}

// A growth is how memory went, in bytes.
type growth struct {
	span         time.Duration
	median, rise float64
	steps        float64 // from the median of the first third to that of the last
}

// measureMemory measures samples.
func measureMemory(samples []sample) growth {
	if len(samples) == 0 {
		return growth{}
	}
	points := pointsOf(samples, residentOf)
	return growth{
		span:   samples[len(samples)-1].at - samples[0].at,
		median: median(values(points)),
		rise:   rise(points),
		steps:  median(values(third(points, 2))) - median(values(third(points, 0))),
	}
}

// bound is the highest rise that may be noise.
func (g growth) bound() float64 { return max(leastRise, riseShare*g.median) }

// String says it for people.
func (g growth) String() string {
	return fmt.Sprintf("%.1f MiB rise by %+.2f in %v, %+.2f from the first third to the last; %.2f may be noise",
		inMebi(g.median), inMebi(g.rise), g.span.Round(time.Second), inMebi(g.steps), inMebi(g.bound()))
}
