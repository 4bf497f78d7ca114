package collector

import (
	"math"
	"time"
)

// stepBound is how far the wall clock may be from what it showed before and the time that has gone by since, and still be
// taken not to have been set: the two clocks are read one after the other, and between them we may have to wait for a CPU.
const stepBound = 100 * time.Millisecond

// Moment returns the moment t, which was read from this process's clock, as that clock tells it now that it shows now. They
// are different if the wall clock was set in between, as at a boot without a battery: then t is the one that was shown,
// and how long ago it was only the monotonic clock knows. Without a monotonic reading it is t.
func Moment(t, now time.Time) time.Time {
	age := now.Sub(t)
	if t.IsZero() || age == math.MaxInt64 || age == math.MinInt64 {
		return t
	}
	told := now.Round(0).Add(-age)
	if told.Sub(t.Round(0)).Abs() < stepBound {
		return t
	}
	return told
}
