package collector

import "time"

// Intervals say how often each depth is read when no event asks for it sooner.
type Intervals struct {
	States      time.Duration
	Statistics  time.Duration
	Definitions time.Duration
	// StatisticsUnread is how often the statistics are read while nobody looks at them, if that is more seldom than
	// Statistics, and Attention how long after the last look somebody still counts as looking; see [Collector.Look].
	StatisticsUnread, Attention time.Duration
	// Surveys is how often those are read, and only while somebody looks closer, which lasts for Attention too; see
	// [Collector.LookCloser].
	Surveys time.Duration
}

// DefaultIntervals returns the intervals that suit most hosts: states cost next to nothing, statistics 5 ms of a running
// virtual machine's time, definitions change only at events that nearly all hypervisors tell, and what surveys tell is shown
// every five minutes.
func DefaultIntervals() Intervals {
	return Intervals{
		States: 5 * time.Second, Statistics: 15 * time.Second, Definitions: 2 * time.Minute,
		StatisticsUnread: 5 * time.Minute, Attention: 15 * time.Minute,
		Surveys: 5 * time.Minute,
	}
}
