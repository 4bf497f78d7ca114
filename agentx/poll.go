package agentx

import "time"

const (
	// patientPolls is how many polls in a row may be in vain before some are left out.
	patientPolls = 4
	// maxRest is how many answers at most go without a poll after one that was in vain.
	maxRest = 256
)

// A poll looks again and again for the next request of the master, for a short while after an answer. As long as that is in
// vain, more and more answers go without it. It belongs to one goroutine.
type poll struct {
	length time.Duration // 0 for none
	vain   int           // polls in a row
	rest   int           // how many answers still go without a poll
}

// try calls receive until that returns something, or says that it will not, or there is something else to do. In between, it
// pauses, which takes as much of the time that is left as pause likes. It returns what receive did last, and again also if it
// was not called. If there is no way to pause, there is no further poll.
func (p *poll) try(receive func() (n int, again bool), pause func(left time.Duration) bool, called func() bool) (n int, again bool) {
	if p.length == 0 {
		return 0, true
	}
	if p.rest > 0 {
		p.rest--
		return 0, true
	}
	for end := time.Now().Add(p.length); ; {
		n, again := receive()
		if n > 0 {
			p.vain = 0
			return n, again
		}
		if !again || called() {
			return 0, again // which says nothing of the master
		}
		left := time.Until(end)
		if left <= 0 {
			p.miss()
			return 0, true
		}
		if !pause(left) {
			p.length = 0
			return 0, true
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
