package bhyve

import (
	"maps"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// starts remember when the present runs began, by our own clock. How long ago that was the host's clock tells once: if somebody sets
// it later, that moves nothing.
type starts struct {
	mu sync.Mutex
	of map[string]onset // by the key of the virtual machine
}

// An onset is when a run began.
type onset struct {
	run   int64
	began time.Time // by the host's clock, as it was told
	at    time.Time // with a monotonic reading
}

func newStarts() *starts { return &starts{of: map[string]onset{}} }

// take returns when the run of a virtual machine began. It is absent without a run, or if that cannot be told.
func (s *starts) take(st *standing, sys freebsd.Kernel) hv.Opt[time.Time] {
	if st.run == 0 || st.began.IsZero() {
		return hv.Opt[time.Time]{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.of[st.key]; known.run == st.run && known.began.Equal(st.began) {
		return hv.Some(known.at)
	}
	now := time.Now()
	clock, err := sys.Clock()
	if err != nil {
		return hv.Opt[time.Time]{}
	}
	at := now.Add(-max(clock.Now.Sub(st.began), 0))
	s.of[st.key] = onset{run: st.run, began: st.began, at: at}
	return hv.Some(at)
}

// keep forgets all runs but the present ones.
func (s *starts) keep(standings map[string]standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.of, func(key string, known onset) bool { return standings[key].run != known.run })
}
