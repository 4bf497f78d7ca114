package libvirt

import (
	"sync"

	"github.com/vmond/vmond/hv"
)

// An origin is where the memory of a virtual machine that starts comes from. Libvirt gives the same state and reason
// for all of them.
type origin uint8

// The origins. One that is held has all its memory, and was left paused: libvirt goes on to give the reason that it gave
// before.
const (
	originUnknown origin = iota
	originMigrated
	originRestored
	originHeld
)

// origins remembers, from the events, the origin of those that have started and did not run yet.
type origins struct {
	mu sync.Mutex
	m  map[string]origin // by key
}

// note takes the next event. A definition may change at any time; all else says that the start is over.
func (o *origins) note(e hv.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e.Kind {
	case hv.Connected, hv.Defined, hv.Undefined, hv.Changed, hv.Busy:
		return
	case hv.Suspended:
		if o.m[e.Key] != originUnknown {
			o.m[e.Key] = originHeld
		}
		return
	case hv.Started:
		switch e.Detail {
		case hv.StartedMigrated:
			o.m[e.Key] = originMigrated
			return
		case hv.StartedRestored:
			o.m[e.Key] = originRestored
			return
		}
	}
	delete(o.m, e.Key)
}

// get returns the origin if an event told it.
func (o *origins) get(key string) origin {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.m[key]
}
