package bhyve

import (
	"context"
	"time"

	"github.com/vmond/vmond/hv/bhyve/cbsd"
)

// watchers looks for the managers' shells of the guests that are marked as running and have no process, and says whether what was
// found is sure. It is not if such a mark may be older or younger than the processes: the virtual machine may just have been
// started or have ended, and then doubts has it, to be asked once more. A stale mark would be the same again.
func (s *scout) watchers(ctx context.Context, guests []guest, doubts map[string]string) (sure bool, err error) {
	marked := map[int]string{}
	for i, g := range guests {
		if m := mark(g); m != "" && g.process == nil && g.loader == nil {
			marked[i] = m
		}
	}
	var watches map[watch]bool
	if len(marked) > 0 {
		h, err := s.herds.get(ctx)
		if err != nil {
			return false, err
		}
		watches = s.census.watches(h.all)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	settled := map[string]string{}
	sure = true
	for i, m := range marked {
		g := &guests[i]
		g.watcher = watches[watch{by: g.manager(), vm: g.name}]
		switch {
		case g.watcher:
		case s.settled[g.key] == m, doubts[g.key] == m:
			settled[g.key] = m
		case g.stale:
		default:
			doubts[g.key], sure = m, false
		}
	}
	s.settled = settled
	return sure, nil
}

// manager returns whose shell would start it again.
func (g guest) manager() origin {
	switch {
	case g.vm != nil:
		return fromVMBhyve
	case g.cbsd != nil:
		return fromCBSD
	}
	return unknownOrigin
}

// mark returns what its manager has written down that says that it runs here, or an empty text.
func mark(g guest) string {
	switch {
	case g.vm != nil && g.vm.IsLocked() && !g.foreign:
		return g.vm.Locked.UTC().Format(time.RFC3339Nano)
	case g.cbsd != nil && g.cbsd.Status == cbsd.On:
		return g.cbsd.Since.UTC().Format(time.RFC3339Nano)
	}
	return ""
}
