package lab

import (
	"bytes"
	"fmt"
	"sync"
	"time"
)

// A reception takes what snmptrapd writes, line by line, and keeps the notifications in it. It may be written and read at
// once from several goroutines.
type reception struct {
	mu       sync.Mutex
	begun    []byte // of a line whose end is to come
	received []Notification
	err      error
	follow   func(Notification)
}

// Write reads the lines that end in p. It never fails: what cannot be read is told by notifications.
func (r *reception) Write(p []byte) (int, error) {
	came, follow := r.take(p, time.Now())
	for _, n := range came {
		if follow != nil {
			follow(n)
		}
	}
	return len(p), nil
}

// take keeps the notifications in the lines that end in p, and returns them with who is to be told.
func (r *reception) take(p []byte, now time.Time) (came []Notification, follow func(Notification)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.received)
	r.begun = append(r.begun, p...)
	for {
		line, rest, whole := bytes.Cut(r.begun, []byte("\n"))
		if !whole {
			return r.received[before:len(r.received):len(r.received)], r.follow
		}
		n, ok, err := parseNotification(string(line))
		switch {
		case err != nil && r.err == nil:
			r.err = fmt.Errorf("snmptrapd wrote %q: %w", line, err)
		case err == nil && ok:
			n.At = now
			r.received = append(r.received, n)
		}
		r.begun = append(r.begun[:0], rest...)
	}
}

// notifications returns all that were received so far, in order. The error says that there was one that cannot be read.
func (r *reception) notifications() ([]Notification, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received[:len(r.received):len(r.received)], r.err
}
