package life

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// A state is one of a virtual machine, or that there is none.
type state = hv.Opt[hv.OperState]

// absent is the state of a virtual machine that is not there.
var absent state

// is returns the state s.
func is(s hv.OperState) state { return hv.Some(s) }

// A step is what must come next in the life of a virtual machine: one of these states, which is no step for one that
// is in it already.
type step struct {
	to       []state
	optional bool // it may be left out
	// persistent says that it was, or was not, when it made this step; Unknown is for either.
	persistent hv.Answer
}

// must returns the step to one of the states.
func must(to ...state) step { return step{to: to} }

// perhaps returns the step to one of the states, or none.
func perhaps(to ...state) step { return step{to: to, optional: true} }

// fits reports whether a change can be the step.
func (s step) fits(c collector.Change) bool {
	return slices.Contains(s.to, c.To) && (s.persistent == hv.Unknown || s.persistent == c.Persistent)
}

// String returns the step for people: "paused|suspending", or in brackets if it is optional.
func (s step) String() string {
	words := make([]string, len(s.to))
	for i, to := range s.to {
		words[i] = word(to)
	}
	text := strings.Join(words, "|")
	if s.optional {
		return "[" + text + "]"
	}
	return text
}

// word returns the word for a state.
func word(s state) string {
	if v, ok := s.Get(); ok {
		return v.String()
	}
	return "(none)"
}

// A story is what must come in the life of a virtual machine, from the state in which it begins.
type story struct {
	from  state
	steps []step
}

// tells returns an error unless the changes tell the story: all of it and nothing else.
func (s story) tells(changes []collector.Change) error {
	// at are the numbers of steps that may be behind us.
	at := s.skip(map[int]bool{0: true}, s.from)
	for n, c := range changes {
		next := map[int]bool{}
		for i := range at {
			if i < len(s.steps) && s.steps[i].fits(c) {
				next[i+1] = true
			}
		}
		if at = s.skip(next, c.To); len(at) == 0 {
			return fmt.Errorf("change %d of %s does not fit %s from %s", n+1, path(changes), s.steps, word(s.from))
		}
	}
	if !at[len(s.steps)] {
		return fmt.Errorf("changes %s are not all of %s from %s", path(changes), s.steps, word(s.from))
	}
	return nil
}

// skip adds to at what can be reached from there without a change for one in the state now.
func (s story) skip(at map[int]bool, now state) map[int]bool {
	for i, next := range s.steps {
		if at[i] && (next.optional || slices.Contains(next.to, now)) {
			at[i+1] = true
		}
	}
	return at
}

// path returns the changes for people.
func path(changes []collector.Change) string {
	words := make([]string, len(changes))
	for i, c := range changes {
		words[i] = word(c.To) + " (" + c.Cause + ", persistent " + c.Persistent.String() + ")"
	}
	return "[" + strings.Join(words, " ") + "]"
}

func TestStoryTells(t *testing.T) {
	t.Parallel()
	running, paused, off := is(hv.StateRunning), is(hv.StatePaused), is(hv.StateShutdown)
	saving, saved := is(hv.StateSuspending), is(hv.StateSuspended)
	tests := []struct {
		name  string
		from  state
		steps []step
		to    []state
		want  bool
	}{
		{"nothing", absent, nil, nil, true},
		{"what did not happen", absent, nil, []state{running}, false},
		{"what is missing", off, []step{must(running)}, nil, false},
		{"in order", off, []step{must(running), must(paused)}, []state{running, paused}, true},
		{"out of order", off, []step{must(running), must(paused)}, []state{paused, running}, false},
		{"the end is missing", off, []step{must(running), must(absent)}, []state{running}, false},
		{"the middle is missing", off, []step{must(running), must(paused), must(running)}, []state{running}, false},
		{"it vanishes", off, []step{must(absent)}, []state{absent}, true},
		{"it vanishes as what it was", off, []step{{to: []state{absent}, persistent: hv.Yes}}, []state{absent}, true},
		{"it vanishes as what it was not", off, []step{{to: []state{absent}, persistent: hv.No}}, []state{absent}, false},
		{"no step", off, []step{must(off), must(running)}, []state{running}, true},
		{"no step after one", off, []step{must(running), must(running), must(off)}, []state{running, off}, true},
		{"told twice", off, []step{must(running)}, []state{running, running}, false},
		{"either", running, []step{must(saving, paused), must(saved)}, []state{paused, saved}, true},
		{"neither", running, []step{must(saving, paused), must(saved)}, []state{off, saved}, false},
		{"left out", running, []step{must(paused), perhaps(saving), must(saved)}, []state{paused, saved}, true},
		{"not left out", running, []step{must(paused), perhaps(saving), must(saved)}, []state{paused, saving, saved}, true},
		{"either is the state of the next", running, []step{must(saving, paused), perhaps(saving), must(saved)},
			[]state{saving, saved}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			changes := make([]collector.Change, len(tt.to))
			for i, to := range tt.to {
				changes[i] = collector.Change{To: to, Persistent: hv.Yes}
			}
			if err := (story{tt.from, tt.steps}).tells(changes); (err == nil) != tt.want {
				t.Errorf("unexpected error %v, want none: %t", err, tt.want)
			}
		})
	}
}
