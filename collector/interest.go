package collector

import (
	"sync/atomic"
	"time"
)

// An interest tells whether somebody looks at something. Only look may be called from any goroutine.
type interest struct {
	looked atomic.Bool   // since the last renewal
	looks  chan struct{} // has an element for the first look since then
	last   time.Time     // when that came
}

func newInterest() *interest { return &interest{looks: make(chan struct{}, 1)} }

// look notes a look. It is called for each value that is looked at: all but the first since the last renewal cost a load.
func (i *interest) look() {
	if i.looked.Load() || i.looked.Swap(true) {
		return
	}
	select {
	case i.looks <- struct{}{}:
	default:
	}
}

// renew has the next look count again, as when a reading begins.
func (i *interest) renew() { i.looked.Store(false) }

// lasts reports whether somebody has looked since the last renewal, or for no longer ago than attention lasts.
func (i *interest) lasts(attention time.Duration, now time.Time) bool {
	return i.looked.Load() || now.Sub(i.last) < attention
}

// interval returns how long after one reading of the statistics the next is due: more seldom while nobody has looked for as long as attention
// lasts. Whoever has looked since the last reading has one more, however short that is.
func (i *interest) interval(iv Intervals, now time.Time) time.Duration {
	if i.lasts(iv.Attention, now) {
		return iv.Statistics
	}
	return max(iv.Statistics, iv.StatisticsUnread)
}
