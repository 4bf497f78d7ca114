package life

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
)

// A lateSource is a simulation whose answers come late, as from a busy daemon: the question takes its time, and so does
// the answer, which is old by then.
type lateSource struct {
	*sim.Source
	states, state delay
	away          atomic.Bool // there are no answers at all
}

var errAway = errors.New("daemon is away")

// A delay is how long each of a question and its answer is under way.
type delay struct{ atomic.Int64 }

func (d *delay) set(t time.Duration) { d.Store(int64(t)) }

// pass lets the delay pass, or ctx end.
func (d *delay) pass(ctx context.Context) {
	t := time.NewTimer(time.Duration(d.Load()))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// States implements hv.Source.
func (s *lateSource) States(ctx context.Context) ([]hv.Summary, error) {
	s.states.pass(ctx)
	defer s.states.pass(ctx)
	if s.away.Load() {
		return nil, errAway
	}
	return s.Source.States(ctx)
}

// State implements hv.Watcher.
func (s *lateSource) State(ctx context.Context, key string) (hv.OperState, error) {
	s.state.pass(ctx)
	defer s.state.pass(ctx)
	if s.away.Load() {
		return hv.StateUnknown, errAway
	}
	return s.Source.State(ctx, key)
}
