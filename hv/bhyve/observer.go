package bhyve

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The names of what tells that something happened, for the log. Without one of them it is found by a later look.
const (
	exitsSource = "ends of processes"
	exitSource  = "end of a process"
	devdSource  = "devd"
	looksSource = "virtual machines"
)

// A herald tells what happens on the host without a look.
type herald interface {
	freebsd.Heralds
	// Sysctl reads a variable of the kernel.
	Sysctl(name string, args ...int) ([]byte, error)
}

// An observer looks at the host, one look at a time, and tells all who watch what became different between two looks.
type observer struct {
	troubles *troubles
	gather   func(context.Context) (scene, error)
	sys      herald
	turn     chan struct{} // holds an element while a look is under way

	mu     sync.Mutex // holds what follows
	begun  uint64     // the number of the last look that was begun
	last   outcome
	memory memory
	vigils map[*vigil]bool
}

// An outcome is what a look came to.
type outcome struct {
	number    uint64
	at        time.Time           // when it was over
	standings map[string]standing // which nobody changes
	err       error
	// due is when something changes that only a look finds, though nothing happens. It is zero if nothing does.
	due time.Time
}

// newObserver returns an observer whose looks are those of gather. It looks at nothing yet.
func newObserver(t *troubles, gather func(context.Context) (scene, error), sys freebsd.System) *observer {
	return &observer{
		troubles: t, gather: gather, sys: sys, turn: make(chan struct{}, 1),
		memory: memory{}, vigils: map[*vigil]bool{},
	}
}

// look takes a look, or has the outcome of another's that began after the call. What happened since the look before is on its way
// to all who watch when it returns. The answer is the caller's own, and what it points to is not changed by anybody.
func (o *observer) look(ctx context.Context) (map[string]standing, error) {
	called := o.count()
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-o.turn }()
	last, number := o.begin(called)
	if number == 0 {
		return maps.Clone(last.standings), last.err
	}
	s, err := o.gather(ctx)
	if err != nil {
		o.fail(ctx, number, err)
		return nil, err
	}
	s.exits = o.consult(s)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx) // who may not have waited for all of it
	}
	return maps.Clone(o.take(s, number)), nil
}

// count returns the number of the last look that was begun.
func (o *observer) count() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.begun
}

// begin returns the number of a look that begins now, or 0 and the outcome of the last one if that began after the look called.
func (o *observer) begin(called uint64) (last outcome, number uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last.number > called {
		return o.last, 0
	}
	o.begun++
	return outcome{}, o.begun
}

// fail notes that a look failed, which those who wait share unless it was only given up.
func (o *observer) fail(ctx context.Context, number uint64, err error) {
	if ctx.Err() != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = outcome{number: number, at: time.Now(), err: err}
}

// take takes over what a look found, and returns what became of it.
func (o *observer) take(s scene, number uint64) map[string]standing {
	o.mu.Lock()
	defer o.mu.Unlock()
	told := o.memory.take(s)
	o.last = outcome{number: number, at: time.Now(), standings: o.memory.standings()}
	if o.memory.due != never {
		o.last.due = s.at.Add(o.memory.due - s.clock.Up)
	}
	for v := range o.vigils {
		v.push(told...)
		o.attend(v)
	}
	return o.last.standings
}

// State takes a look, and returns the state of one virtual machine. Its error is [hv.ErrGone] if it is not there.
func (o *observer) State(ctx context.Context, key string) (hv.OperState, error) {
	standings, err := o.look(ctx)
	if err != nil {
		return hv.StateUnknown, err
	}
	st, ok := standings[key]
	if !ok {
		return hv.StateUnknown, hv.ErrGone
	}
	return st.oper, nil
}

// credit takes over what a process of a run has used by now, which may be more than the last look found, and returns what the run
// has used: that of its processes which ended, and that. It never returns less than before for one run. pid 0 is no process.
func (o *observer) credit(key string, run int64, pid int, now spent) spent {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.memory.credit(key, run, pid, now)
}
