package sim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
)

// What the hypervisor calls itself.
const (
	software = "vmond simulation"
	version  = "1.0"
)

// catchUp is how many changes are made before others get their turn.
const catchUp = 4096

var errClosed = errors.New("simulation is closed")

// A Source is a simulated hypervisor. It implements hv.Source, hv.Watcher, hv.Surveyor and hv.Closer.
type Source struct {
	now     func() time.Time
	started time.Time // with a monotonic reading
	life    string
	ward    *ward

	mu       sync.Mutex
	world    *world
	watchers []*watcher
}

// New returns the simulation that a URI asks for. All parameters may be left out:
//
//	sim:///?vms=10&seed=1&cpus=2&disks=2&nics=1
//	    vms=N cpus=N disks=N nics=N   how many virtual machines, and of each in each
//	    seed=N            what everything is drawn from: the same seed gives the same virtual machines
//	    churn=R           how many changes per second happen by themselves, such as 0.5
//	    calm=DURATION     how long after the hypervisor's start those end, if they ever do
//	    pace=DURATION     how long states such as suspending last: without it 500ms in changes that happen by
//	                      themselves, and no time in driven ones
//	    started=TIME      when the hypervisor was started (RFC 3339), if not now: together with life and seed, it
//	                      is the same hypervisor again that an earlier Source was, come as far as the clock has
//	    life=TEXT         the hypervisor's hv.Host.Life, else drawn at random
//	    hang=DEPTH slow=DEPTH:DURATION fail=DEPTH flap=DEPTH:N
//	                      a Fault at depth host, states, definitions, statistics, watch, state or surveys. DEPTH@VM
//	                      is that of one virtual machine, by its name or key. These may be given more than once
//
// The error says what is wrong with the URI, and names it.
func New(uri string) (*Source, error) { return newSource(uri, time.Now) }

// newSource is New with a clock.
func newSource(uri string, now func() time.Time) (*Source, error) {
	c, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	s := &Source{now: now, started: now(), life: c.life, ward: newWard()}
	if s.life == "" {
		s.life = rand.Text()
	}
	if !c.started.IsZero() {
		age := s.started.Sub(c.started)
		if age < 0 || age > maxAge || age.Seconds()*c.churn > maxReplay {
			return nil, fmt.Errorf("hypervisor URI %q: parameter %q: %v lies ahead, or a century or %d changes back",
				uri, "started", c.started, maxReplay)
		}
		s.started = s.started.Add(-age)
	}
	s.world = newWorld(c)
	for _, f := range c.faults {
		key, ok := s.world.keyOf(f.Key)
		if !ok {
			return nil, fmt.Errorf("hypervisor URI %q: parameter %q: there is no virtual machine %q", uri, f.Mode, f.Key)
		}
		f.Key = key
		s.ward.set(f)
	}
	return s, nil
}

// Fault switches a fault on, or off if its Mode is Healthy. Whoever waits for a fault that is lifted goes on at once. It
// panics if the Fault makes no sense, such as one of [Flap] with Every 0.
func (s *Source) Fault(f Fault) { s.ward.set(f) }

// Close ends the simulation.
func (s *Source) Close() error {
	s.ward.close()
	return nil
}

// Host implements hv.Source.
func (s *Source) Host(ctx context.Context) (hv.Host, error) {
	if err := s.ward.pass(ctx, Host, ""); err != nil {
		return hv.Host{}, err
	}
	h := hv.Host{Software: software, Version: version, Started: hv.Some(s.started), Life: s.life, Memory: hv.Some[int64](hostMemory)}
	for n := range hostCPUs {
		h.CPUs = append(h.CPUs, n)
	}
	return h, nil
}

// States implements hv.Source. The state of a virtual machine that has a fault of its own is unknown.
func (s *Source) States(ctx context.Context) ([]hv.Summary, error) {
	if err := s.ward.pass(ctx, States, ""); err != nil {
		return nil, err
	}
	var unknown []string
	for _, key := range s.ward.keys(States) {
		if s.ward.pass(ctx, States, key) != nil {
			unknown = append(unknown, key)
		}
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	all := make([]hv.Summary, len(s.world.list))
	for i, v := range s.world.list {
		all[i] = v.summary()
		if len(unknown) > 0 && slices.Contains(unknown, v.key) {
			all[i].State, all[i].Admin = hv.StateUnknown, hv.AdminUnknown
		}
	}
	return all, nil
}

// State implements hv.Watcher.
func (s *Source) State(ctx context.Context, key string) (hv.OperState, error) {
	if err := s.ward.passOne(ctx, State, key); err != nil {
		return hv.StateUnknown, err
	}
	if err := s.lock(ctx); err != nil {
		return hv.StateUnknown, err
	}
	defer s.mu.Unlock()
	v := s.world.byKey[key]
	if v == nil {
		return hv.StateUnknown, fmt.Errorf("virtual machine %q: %w", key, hv.ErrGone)
	}
	return v.state, nil
}

// Definitions implements hv.Source. Virtual machines that have a fault of their own come last, those that hang after all
// others.
func (s *Source) Definitions(ctx context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	return each(ctx, s, Definitions, keys, (*world).definition, yield)
}

// Statistics implements hv.Source, in the same order.
func (s *Source) Statistics(ctx context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	return each(ctx, s, Statistics, keys, (*world).statistics, yield)
}

// Surveys implements hv.Surveyor, in the same order.
func (s *Source) Surveys(ctx context.Context, keys []string, yield func(string, hv.Survey, error)) error {
	return each(ctx, s, Surveys, keys, (*world).survey, yield)
}

// each reads the virtual machines of those keys one by one.
func each[T any](ctx context.Context, s *Source, d Depth, keys []string,
	read func(*world, *vm, time.Time) T, yield func(string, T, error),
) error {
	if err := s.ward.pass(ctx, d, ""); err != nil {
		return err
	}
	for _, key := range s.triage(d, keys) {
		var none T
		if s.ward.mode(d, key) != Healthy {
			if err := s.ward.pass(ctx, d, key); err != nil {
				yield(key, none, err)
				continue
			}
		}
		if err := s.lock(ctx); err != nil {
			return err
		}
		v := s.world.byKey[key]
		if v == nil {
			s.mu.Unlock()
			yield(key, none, hv.ErrGone)
			continue
		}
		facts := read(s.world, v, s.started)
		s.mu.Unlock()
		yield(key, facts, nil)
	}
	return nil
}

// triage returns the keys in the order in which they are read, so that nobody has to wait for a sick neighbour.
func (s *Source) triage(d Depth, keys []string) []string {
	if len(s.ward.keys(d)) == 0 {
		return keys
	}
	rank := func(key string) int {
		switch s.ward.mode(d, key) {
		case Healthy:
			return 0
		case Hang:
			return 2
		}
		return 1
	}
	sorted := slices.Clone(keys)
	slices.SortStableFunc(sorted, func(a, b string) int { return rank(a) - rank(b) })
	return sorted
}

// lock catches up with the clock, and returns with the world locked unless it returns an error.
func (s *Source) lock(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.mu.Lock()
		if s.ward.isClosed() {
			s.mu.Unlock()
			return errClosed
		}
		done := s.world.advance(s.now().Sub(s.started), catchUp)
		s.publish()
		if done {
			return nil
		}
		s.mu.Unlock()
	}
}

// keyOf returns the key of the virtual machine of that name or key, and whether there is one. That of the empty name is
// empty.
func (w *world) keyOf(name string) (string, bool) {
	if name == "" || w.byKey[name] != nil {
		return name, true
	}
	for _, v := range w.list {
		if v.name == name {
			return v.key, true
		}
	}
	return "", false
}
