package soak

import (
	"fmt"

	"github.com/vmond/vmond/hv"
)

// maxExamples is how many of many mistakes are told in full.
const maxExamples = 10

// states are those that the notifications of one virtual machine tell, by their numbers from 1 (RFC 7666, section 6.1). The
// one after them, vmDeleted, tells that it is gone.
var states = []hv.OperState{
	hv.StateRunning, hv.StateShuttingDown, hv.StateShutdown, hv.StatePaused, hv.StateSuspending, hv.StateSuspended,
	hv.StateResuming, hv.StateMigrating, hv.StateCrashed,
}

// A tale is what one notification tells of one virtual machine: that it went from a state to another, or is gone.
type tale struct {
	vm       hv.UUID
	from, to hv.OperState
	gone     bool
}

// String returns such as "running to paused".
func (t tale) String() string {
	if t.gone {
		return fmt.Sprintf("%v to none", t.from)
	}
	return fmt.Sprintf("%v to %v", t.from, t.to)
}

// A story is what all of them tell, as far as it must be remembered to see that none is missing: each begins in the state in
// which the one before of the same virtual machine ended. Its zero value knows nothing yet.
type story struct {
	last map[hv.UUID]tale
	// told counts them all, twice those that were the same as the one before, as after an answer that was lost, and gaps
	// those before which one is missing.
	told, twice, gaps int
	examples          []string
}

// tell takes up the next one.
func (s *story) tell(t tale) {
	s.told++
	before, known := s.last[t.vm]
	switch {
	case known && t == before:
		s.twice++
		return
	case known && (before.gone || before.to != t.from):
		s.gaps++
		s.example("%v: %v after %v", t.vm, t, before)
	}
	if s.last == nil {
		s.last = map[hv.UUID]tale{}
	}
	s.last[t.vm] = t
}

// forget begins anew: what was not told meanwhile is not missing.
func (s *story) forget() { s.last = nil }

// ends counts the virtual machines of which the last word is missing: they are not where the story left them.
func (s *story) ends(truth map[hv.UUID]hv.OperState) {
	for vm, last := range s.last {
		state, there := truth[vm]
		if there == last.gone || there && state != last.to {
			s.gaps++
			s.example("%v: %v is the last that was told, and it is %v (there: %t)", vm, last, state, there)
		}
	}
}

func (s *story) example(format string, args ...any) {
	if len(s.examples) < maxExamples {
		s.examples = append(s.examples, fmt.Sprintf(format, args...))
	}
}
