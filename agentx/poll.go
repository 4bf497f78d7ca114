package agentx

import (
	"runtime"
	"time"
)

const (
	// maxPoll is the longest that the next request may be awaited awake.
	maxPoll = time.Millisecond
	// patientPolls is how many polls in a row may be in vain before some are left out.
	patientPolls = 4
	// maxRest is how many answers at most go without a poll after one that was in vain.
	maxRest = 256
)

// A poll awaits the next request of the master awake, for a short while after an answer: a master that walks a table sends it
// within microseconds, and to wake a CPU that went to sleep takes longer than all else that there is to do. As long as polls
// are in vain, more and more answers go without one. It belongs to one goroutine.
type poll struct {
	length time.Duration
	vain   int // polls in a row
	rest   int // how many answers still go without a poll
}

// newPoll returns a poll of that length at most. There is none, of length 0, where a CPU is all that there is: the master needs
// it to send the request.
func newPoll(length time.Duration) poll {
	if runtime.GOMAXPROCS(0) == 1 {
		length = 0
	}
	return poll{length: length}
}

// await calls receive again and again until that returns something, or says that it will not, or there is something else to do.
// It returns what receive did, and 0 if that was nothing.
func (p *poll) await(receive func() (n int, again bool), called func() bool) int {
	if p.length == 0 {
		return 0
	}
	if p.rest > 0 {
		p.rest--
		return 0
	}
	for began := time.Now(); ; {
		n, again := receive()
		if n > 0 {
			p.vain = 0
			return n
		}
		if !again || called() {
			return 0 // which says nothing of the master
		}
		if time.Since(began) >= p.length {
			p.miss()
			return 0
		}
	}
}

// miss has the next answers go without a poll: none of them at first, then 1, 3, 7 and so on.
func (p *poll) miss() {
	p.vain++
	if over := p.vain - patientPolls; over >= 0 {
		p.rest = min(1<<min(over, 30)-1, maxRest)
	}
}
