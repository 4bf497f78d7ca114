package libvirt

import (
	"context"
	"slices"
	"sync"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// A tenure remembers who was persistent when the states were last read.
type tenure struct {
	mu    sync.Mutex
	there map[string]bool // who was there
	other map[string]bool // who of these was not persistent, or not known to be
}

// lasted reports whether the virtual machine was persistent the last time.
func (t *tenure) lasted(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.there[key] && !t.other[key]
}

// keep remembers who is there, and forgets all others.
func (t *tenure) keep(there, other map[string]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.there, t.other = there, other
}

// persistent reads who is persistent of those that are active and not transient, where that is not known from the last time: that
// one is not in the list of the transient ones may also mean that it has ended since the states were read. The answer is
// nil where there is nobody to ask about.
func (s *Source) persistent(ctx context.Context, q questions, members []member, transient flagSet) (flagSet, error) {
	if transient == nil || !slices.ContainsFunc(members, func(m member) bool {
		return m.ID >= 0 && !transient[m.key] && !s.tenure.lasted(m.key)
	}) {
		return nil, nil
	}
	return q.flagged(ctx, lv.ConnectListDomainsPersistent)
}

// permanence tells whether m is persistent. One that is in neither set and was not persistent the last time may be no more.
func (s *Source) permanence(m member, transient, persistent flagSet) hv.Answer {
	switch {
	case m.ID < 0:
		return hv.Yes // libvirt lists nothing else that is off
	case transient == nil:
		return hv.Unknown
	case transient[m.key]:
		return hv.No
	case persistent[m.key], s.tenure.lasted(m.key):
		return hv.Yes
	}
	return hv.Unknown
}
