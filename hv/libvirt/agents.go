package libvirt

import (
	"errors"
	"maps"
	"sync"
	"time"
)

// maxDeafAgents is how many agents may fail to answer before no other is asked in the same survey.
const maxDeafAgents = 2

var (
	// errDeaf says that the agent in the guest did not answer in time.
	errDeaf = errors.New("the guest's agent does not answer")
	// errUnasked says that it was not asked, because others did not answer or no time is left.
	errUnasked = errors.New("the guest's agent was not asked")
)

// deafFor is how long an agent is left alone after it did not answer, in the same run of its virtual machine.
const deafFor = time.Hour

// agents are those in the guests that did not answer in time. Each costs the daemon a worker, which waits for the answer even
// after we gave up, so that one that once took too long is not asked again soon.
type agents struct {
	mu   sync.Mutex
	runs map[string]deafness // by key
}

// A deafness is when an agent did not answer, and in which run.
type deafness struct {
	run   int64
	since time.Time
}

// note notes that the agent did not answer in that run.
func (a *agents) note(key string, run int64, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[key] = deafness{run, now}
}

// deaf reports whether the agent is to be left alone in that run.
func (a *agents) deaf(key string, run int64, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, ok := a.runs[key]
	return ok && last.run == run && now.Sub(last.since) < deafFor
}

// keep forgets those that are not there.
func (a *agents) keep(there map[string]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.runs, func(key string, _ deafness) bool { return !there[key] })
}
