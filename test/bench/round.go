package bench

import "time"

// roundAt returns which of the rounds it is, from 0 on, that long after the first began, where the time is cut into so many. What is
// after the last one belongs to it.
func roundAt(since, whole time.Duration, rounds int) int {
	return min(int(since/(whole/time.Duration(rounds))), rounds-1)
}

// A mark is what a process had used of a CPU at some time.
type mark struct {
	at   time.Time
	used time.Duration
}

// share returns how much of a core it used from then until later, in percent.
func (m mark) share(later mark) float64 {
	const percent = 100
	return percent * (later.used - m.used).Seconds() / later.at.Sub(m.at).Seconds()
}
