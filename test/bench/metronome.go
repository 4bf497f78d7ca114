package bench

import "time"

// A metronome says when to ask next. Who asks again only once the answer has come asks seldom while answers are slow, and finds
// few that are: a request counts from when it was due.
type metronome struct {
	gap time.Duration
	due time.Time // when the next request is
}

// beat waits until the next request is due, and returns from when on it counts: from now on, or, if the one before was answered
// only after this one was due, from when it was.
func (m *metronome) beat() time.Time {
	due := m.due
	m.due = due.Add(m.gap)
	wait := time.Until(due)
	if wait <= 0 {
		return due
	}
	<-time.After(wait)
	return time.Now() // the timer's own delay is none of the answer's
}
