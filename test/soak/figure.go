package soak

import (
	"fmt"
	"time"
)

// A figure says how one measure went after the warm-up.
type figure interface {
	fmt.Stringer
	// grows reports whether it grew by more than may be noise.
	grows() bool
}

// A count is the figure of what is opened and closed. Who does not close it raises both the lowest count and the usual one.
type count struct {
	name         string
	least, usual [2]float64 // the lowest and the third quartile, of the first and the last third of the time
	// spareLeast and spareUsual are how many more there may be in the last third.
	spareLeast, spareUsual float64
}

func newCount(name string, points []point, spareLeast, spareUsual float64) count {
	first, last := third(points, 0), third(points, 2)
	return count{
		name, [2]float64{lowest(first), lowest(last)}, [2]float64{usual(first), usual(last)}, spareLeast, spareUsual,
	}
}

func (c count) grows() bool {
	return c.least[1] > c.least[0]+c.spareLeast || c.usual[1] > c.usual[0]+c.spareUsual
}

// String says it for people.
func (c count) String() string {
	return fmt.Sprintf("%s: at least %.0f and mostly up to %.0f in the first third, %.0f and %.0f in the last; %.0f and %.0f more may be noise",
		c.name, c.least[0], c.usual[0], c.least[1], c.usual[1], c.spareLeast, c.spareUsual)
}

// A size is the figure of memory, in bytes.
type size struct {
	name   string
	middle float64 // the median of all
	// rise is what the slope comes to from the first to the last, step what is between the medians of the first and the last
	// third of the time.
	rise, step float64
	spare      float64 // what either may be
}

// steady is a time that is long enough for what goes up and down to come out even. In a shorter one it may look like a rise, the
// larger the shorter the time is.
const steady = 5 * time.Minute

// newSize measures points. What may be noise is so many bytes, or such a part of all if that is more.
func newSize(name string, points []point, least, part float64) size {
	middle := median(values(points))
	s := size{
		name: name, middle: middle, rise: rise(points),
		step: median(values(third(points, 2))) - median(values(third(points, 0))),
	}
	if len(points) > 0 {
		span := points[len(points)-1].at - points[0].at
		s.spare = max(least, part*middle) * max(1, float64(steady)/float64(max(span, 1)))
	}
	return s
}

// grows asks for both, because a step that has nothing to do with time, as after the machine stood still, is seldom in both.
// Of what rises evenly the medians of the thirds are two thirds of the time apart.
func (s size) grows() bool {
	const thirds, apart = 3, 2
	return s.rise > s.spare && s.step > s.spare*apart/thirds
}

// String says it for people.
func (s size) String() string {
	return fmt.Sprintf("%s: %.1f MiB, with a rise of %+.2f by its slope and %+.2f from the first third to the last; %.2f may be noise",
		s.name, inMebi(s.middle), inMebi(s.rise), inMebi(s.step), inMebi(s.spare))
}
