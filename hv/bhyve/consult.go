package bhyve

import (
	"sync"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// consult returns what the log tells of the ends that nobody has seen, so that nothing waits for the log once the look is taken over.
func (o *observer) consult(s scene) func(name string) (freebsd.WaitStatus, time.Time, bool) {
	if s.exits == nil {
		return nil
	}
	type ending struct {
		status freebsd.WaitStatus
		at     time.Time
		known  bool
	}
	var mu sync.Mutex
	endings := map[string]ending{}
	var wait sync.WaitGroup
	for _, name := range o.unsure(s.guests) {
		wait.Go(func() {
			status, at, known := s.exits(name)
			mu.Lock()
			defer mu.Unlock()
			endings[name] = ending{status, at, known}
		})
	}
	wait.Wait()
	return func(name string) (freebsd.WaitStatus, time.Time, bool) {
		e := endings[name]
		return e.status, e.at, e.known
	}
}

// unsure returns the names of CBSD's virtual machines that have no process, and whose end only the log can tell.
func (o *observer) unsure(guests []guest) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for _, g := range guests {
		if g.cbsd == nil || g.stale || g.process != nil && g.process.State != freebsd.Zombie {
			continue
		}
		if p := o.memory.pasts[g.key]; p == nil || !p.end.known && !p.asked {
			names = append(names, g.name)
		}
	}
	return names
}
