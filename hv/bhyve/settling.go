package bhyve

import "time"

// settlingTime is how long something has to be the same before it is believed: an editor that writes a file in place empties it first,
// and what it says meanwhile would have all virtual machines vanish.
const settlingTime = 5 * time.Second

// A settling is something that changes rarely, and is believed to have changed only once it stays so.
type settling[T any] struct {
	same func(a, b T) bool

	known   bool
	current T
	// next is what it may be from now on, since then.
	next  T
	since time.Time
}

// take takes what it is now, and returns what it is believed to be: the first at once.
func (s *settling[T]) take(now T) T {
	switch {
	case !s.known || s.same(s.current, now):
		s.known, s.current, s.since = true, now, time.Time{}
	case s.since.IsZero() || !s.same(s.next, now):
		s.next, s.since = now, time.Now()
	case time.Since(s.since) >= settlingTime:
		s.current, s.since = now, time.Time{}
	}
	return s.current
}
