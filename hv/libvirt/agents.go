package libvirt

import (
	"errors"
	"maps"
	"sync"
)

// maxDeafAgents is how many agents may fail to answer before no other is asked in the same survey.
const maxDeafAgents = 2

var (
	// errDeaf says that the agent in the guest did not answer in time.
	errDeaf = errors.New("the guest's agent does not answer")
	// errUnasked says that it was not asked, because others did not answer or no time is left.
	errUnasked = errors.New("the guest's agent was not asked")
)

// agents are those in the guests that did not answer in time. Each costs the daemon a worker, which waits for the
// answer even after we gave up, so that none is asked again in the same run of its virtual machine.
type agents struct {
	mu   sync.Mutex
	runs map[string]int64 // those in which they did not answer, by key
}

// note notes that the agent did not answer in that run.
func (a *agents) note(key string, run int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[key] = run
}

// deaf reports whether the agent has not answered in that run.
func (a *agents) deaf(key string, run int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, ok := a.runs[key]
	return ok && last == run
}

// keep forgets those that are not there.
func (a *agents) keep(there map[string]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.runs, func(key string, _ int64) bool { return !there[key] })
}
