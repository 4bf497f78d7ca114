package events

import (
	"sync"
	"time"

	"github.com/vmond/vmond/collector"
)

// Kept is how many events a Journal remembers.
const Kept = 1000

// A Journal remembers the last [Kept] changes. It is empty at first and ready for use. Its methods may be called at
// once from several goroutines, and none blocks.
type Journal struct {
	mu   sync.Mutex
	ring [Kept]Event // each at its number modulo Kept
	last uint64      // the highest number, 0 as long as there is none
}

// Follow takes up changes, whose numbers are higher than all before. There is no notification of them yet.
func (j *Journal) Follow(changes []collector.Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range changes {
		j.ring[c.Number%Kept] = Event{Change: c}
		j.last = c.Number
	}
}

// Note takes up what became of the notification of the changes with these numbers, as of now. The err says why, and is nil
// where there is nothing to say. Changes that are forgotten already are left out.
func (j *Journal) Note(k Kind, numbers []uint64, o Outcome, err error) {
	f := Fate{Outcome: o, At: time.Now()}
	if err != nil {
		f.Error = err.Error()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, n := range numbers {
		if e := &j.ring[n%Kept]; e.Number == n {
			*e.fate(k) = f
		}
	}
}

// Events returns what is remembered, the oldest first.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := []Event{}
	for i := range uint64(Kept) {
		// The slot after the newest one has the oldest.
		if e := j.ring[(j.last+1+i)%Kept]; e.Number != 0 {
			all = append(all, e)
		}
	}
	return all
}
