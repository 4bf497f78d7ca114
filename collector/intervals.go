package collector

import "time"

// Intervals say how often the three depths are read when no event asks for it sooner.
type Intervals struct {
	States      time.Duration
	Statistics  time.Duration
	Definitions time.Duration
	// StatisticsUnread is how often the statistics are read while nobody looks at them, if that is more seldom than
	// Statistics, and Attention how long after the last look somebody still counts as looking; see [Collector.Look].
	StatisticsUnread, Attention time.Duration
}

// DefaultIntervals returns the intervals that suit most hosts: states cost next to nothing, statistics 5 ms of a running
// virtual machine's time, and definitions change only at events that nearly all hypervisors tell.
func DefaultIntervals() Intervals {
	return Intervals{
		States: 5 * time.Second, Statistics: 15 * time.Second, Definitions: 2 * time.Minute,
		StatisticsUnread: 5 * time.Minute, Attention: 15 * time.Minute,
	}
}
