package freebsd

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Recording is a System that answers as another one did, or as it was told to. What it was not told of does not exist. It is
// safe for concurrent use, and can be changed while it is asked.
//
// A recording that is read from a directory lives on: its clocks go on from the time at which it was made.
type Recording struct {
	mu      sync.Mutex
	answers map[question]answer
	missing map[question]bool
	// listings are the names in each directory of which there is something, or nil if that has to be found anew.
	listings map[string][]string
	// went is when the clock that is recorded began to go on, or zero if it stands.
	went time.Time

	watches map[*recordedExits]bool
	ended   map[int]bool
	readers map[*recordedDevices]bool
}

var _ System = (*Recording)(nil)

// NewRecording returns a recording of nothing: each question is missing until it is told the answer.
func NewRecording() *Recording {
	return &Recording{
		answers: map[question]answer{},
		missing: map[question]bool{},
		watches: map[*recordedExits]bool{},
		ended:   map[int]bool{},
		readers: map[*recordedDevices]bool{},
	}
}

// Sysctl answers as it was told. Its error is ErrNoProcess for a process that it was not told of, and fs.ErrNotExist for all else.
func (r *Recording) Sysctl(name string, args ...int) ([]byte, error) {
	none := fs.ErrNotExist
	if strings.HasPrefix(name, "kern.proc.") && len(args) > 0 {
		none = ErrNoProcess
	}
	return r.octets(askVariable(name, args), none)
}

// Affinity answers as it was told. Its error is ErrNoProcess for a thread that it was not told of.
func (r *Recording) Affinity(thread int) ([]byte, error) {
	return r.octets(ask(askAffinity, strconv.Itoa(thread)), ErrNoProcess)
}

// Clock returns the time that was set, and how long ago that was on top of it if the recording lives on.
func (r *Recording) Clock() (Clock, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.find(ask(askClock))
	if !ok {
		return Clock{}, unanswered(ask(askClock), fs.ErrNotExist)
	}
	if a.err != nil {
		return Clock{}, a.err
	}
	if r.went.IsZero() {
		return a.clock, nil
	}
	gone := time.Since(r.went)
	return Clock{Now: a.clock.Now.Add(gone), Up: a.clock.Up + gone}, nil
}

// Run answers as it was told for the same command line, whatever its environment is. It runs nothing.
func (r *Recording) Run(ctx context.Context, c Command) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.octets(askCommand(c), fs.ErrNotExist)
}

// Missing returns the questions that were asked and had no answer, sorted. A file that is not in a directory which was listed is
// known not to be there, and so not missing.
func (r *Recording) Missing() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var questions []string
	for _, q := range slices.Sorted(maps.Keys(r.missing)) {
		questions = append(questions, q.String())
	}
	return questions
}

// octets returns the octets that answer q, or the error none if there are not any.
func (r *Recording) octets(q question, none error) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.find(q)
	if !ok {
		return nil, unanswered(q, none)
	}
	return slices.Clone(a.octets), a.err
}

// find returns the answer to q, which is missing if there is none. The caller holds mu.
func (r *Recording) find(q question) (answer, bool) {
	a, ok := r.answers[q]
	if !ok {
		r.missing[q] = true
	}
	return a, ok
}

// unanswered is the error of a question that has no answer. It is of the kind none.
func unanswered(q question, none error) error {
	return &recordedError{none, fmt.Sprintf("the recording has no answer to %q", q.String())}
}
