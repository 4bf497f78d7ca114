package libvirt

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/vmond/vmond/hv"
)

// An attention notes of whom events tell while it goes on.
type attention struct {
	uri    string
	vigils []*vigil

	mu   sync.Mutex
	told map[string]bool
}

// attend begins one. Its error says that no events come.
func (s *Source) attend() (*attention, error) {
	a := &attention{uri: s.target.text, vigils: s.vigils.all(), told: map[string]bool{}}
	if len(a.vigils) == 0 {
		return nil, fmt.Errorf("the events of %q: %w", a.uri, errUnwatched)
	}
	for _, v := range a.vigils {
		v.heed(a, true)
	}
	return a, nil
}

// end ends it.
func (a *attention) end() {
	for _, v := range a.vigils {
		v.heed(a, false)
	}
}

// note notes an event, if it tells of a change.
func (a *attention) note(e hv.Event) {
	if e.Kind == hv.Changed || e.Kind == hv.Busy {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told[e.Key] = true
}

// flush returns nil once everything was noted that has happened since the beginning. Its error says that events were lost.
func (a *attention) flush(ctx context.Context) error { return flush(ctx, a.uri, a.vigils) }

// heard reports whether an event told of the virtual machine.
func (a *attention) heard(key string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.told[key]
}

// keys returns all of whom events told, in order.
func (a *attention) keys() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.told))
}
