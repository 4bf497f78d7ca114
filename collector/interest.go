package collector

import (
	"sync/atomic"
	"time"
)

// An interest tells whether somebody looks at the statistics. Only look may be called from any goroutine.
type interest struct {
	looked atomic.Bool   // since the last reading began
	looks  chan struct{} // has an element for the first look since then
	last   time.Time     // when that came
}

func newInterest() *interest { return &interest{looks: make(chan struct{}, 1)} }

// look notes a look. It is called for each value that is looked at: all but the first since the last reading cost a load.
func (i *interest) look() {
	if i.looked.Load() || i.looked.Swap(true) {
		return
	}
	select {
	case i.looks <- struct{}{}:
	default:
	}
}

// began notes that a reading of the statistics begins: the next look counts again.
func (i *interest) began() { i.looked.Store(false) }

// interval returns how long after one reading the next is due: more seldom while nobody has looked for as long as attention
// lasts. Whoever has looked since the last reading has one more, however short that is.
func (i *interest) interval(iv Intervals, now time.Time) time.Duration {
	if i.looked.Load() || now.Sub(i.last) < iv.Attention {
		return iv.Statistics
	}
	return max(iv.Statistics, iv.StatisticsUnread)
}
