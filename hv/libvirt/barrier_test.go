package libvirt

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// An actor does things to virtual machines of a real daemon, on a connection of its own, and knows what each does.
type actor struct {
	t   *testing.T
	lv  *lv.Libvirt
	rng *rand.Rand
}

// A puppet is a virtual machine that an actor acts on.
type puppet struct {
	n          int
	persistent bool
	state      hv.Opt[hv.OperState] // absent while there is no such virtual machine
	done       []string             // the events that were caused
}

func newActor(t *testing.T, d *daemon) *actor {
	t.Helper()
	c, err := net.Dial("unix", d.socket())
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	l := lv.NewWithDialer(dialers.NewAlreadyConnected(c))
	if err := l.ConnectToURI("test:///default"); err != nil {
		t.Fatalf("failed to open: %v", err)
	}
	const seed = 3
	return &actor{t: t, lv: l, rng: rand.New(rand.NewPCG(seed, seed))}
}

// puppets returns n of them, every other of which is persistent. None is there yet.
func puppets(n int) []*puppet {
	ps := make([]*puppet, n)
	for i := range ps {
		ps[i] = &puppet{n: i + 1, persistent: i%2 == 0}
	}
	return ps
}

func (p *puppet) dom() lv.Domain { return lv.Domain{Name: "p" + itoa(p.n), UUID: lv.UUID(uuid(p.n))} }

func (p *puppet) xml() string {
	return fmt.Sprintf("<domain type='test'><name>p%d</name><uuid>%s</uuid><memory>1024</memory><vcpu>1</vcpu>"+
		"<os><type>hvm</type></os></domain>", p.n, key(p.n))
}

// act does the next thing to p, out of those that can be done to it, and returns when the daemon has done it.
func (a *actor) act(p *puppet) {
	a.t.Helper()
	var err error
	to := func(s hv.OperState, event string) {
		p.state = hv.Some(s)
		p.done = append(p.done, event)
	}
	state, there := p.state.Get()
	switch coin := a.rng.IntN(3); {
	case !there && p.persistent:
		_, err = a.lv.DomainDefineXML(p.xml())
		to(hv.StateShutdown, "defined (added)")
	case !there:
		_, err = a.lv.DomainCreateXML(p.xml(), 0)
		to(hv.StateRunning, "started (booted)")
	case state == hv.StateShutdown && coin == 0:
		err = a.lv.DomainUndefine(p.dom())
		to(state, "undefined (removed)")
		p.state = hv.Opt[hv.OperState]{}
	case state == hv.StateShutdown:
		err = a.lv.DomainCreate(p.dom())
		to(hv.StateRunning, "started (booted)")
	case coin == 0:
		err = a.lv.DomainDestroy(p.dom())
		to(hv.StateShutdown, "stopped (destroyed)")
		if !p.persistent {
			p.state = hv.Opt[hv.OperState]{}
		}
	case state == hv.StateRunning:
		err = a.lv.DomainSuspend(p.dom())
		to(hv.StatePaused, "suspended (paused)")
	default:
		err = a.lv.DomainResume(p.dom())
		to(hv.StateRunning, "resumed (unpaused)")
	}
	if err != nil {
		a.t.Errorf("failed to act on %q: %v", p.dom().Name, err)
	}
}

// A listener keeps what the events tell.
type listener struct {
	mu     sync.Mutex
	told   map[string][]string             // by key, the events
	states map[string]hv.Opt[hv.OperState] // by key, what they say
}

// hear takes an event for what it says, as far as the test driver goes.
func (l *listener) hear(e hv.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[e.Key] = append(l.told[e.Key], e.Cause())
	switch e.Kind {
	case hv.Started, hv.Resumed:
		l.states[e.Key] = hv.Some(hv.StateRunning)
	case hv.Suspended:
		l.states[e.Key] = hv.Some(hv.StatePaused)
	case hv.Defined, hv.Stopped:
		l.states[e.Key] = hv.Some(hv.StateShutdown)
	case hv.Undefined:
		l.states[e.Key] = hv.Opt[hv.OperState]{}
	}
}

// of returns what the events said of a puppet: all of them, and its state.
func (l *listener) of(p *puppet) ([]string, hv.Opt[hv.OperState]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := l.states[key(p.n)]
	if state == hv.Some(hv.StateShutdown) && !p.persistent {
		state = hv.Opt[hv.OperState]{}
	}
	return append([]string(nil), l.told[key(p.n)]...), state
}

// listen watches until the end of the test.
func listen(t *testing.T, s *Source) *listener {
	t.Helper()
	l := &listener{told: map[string][]string{}, states: map[string]hv.Opt[hv.OperState]{}}
	connected, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Watch(t.Context(), func(e hv.Event) {
			if e.Kind == hv.Connected {
				close(connected)
				return
			}
			l.hear(e)
		})
	}()
	t.Cleanup(func() {
		if err := <-ended; err != nil { // t.Context is done before the cleanup
			t.Errorf("unexpected end of the watch: %v", err)
		}
	})
	select {
	case <-connected:
	case <-patiently(t).Done():
		t.Fatalf("no watch within %v", patience)
	}
	return l
}

// compare compares what was done to a puppet with what was told of it.
func compare(t *testing.T, p *puppet, l *listener) {
	t.Helper()
	events, state := l.of(p)
	if diff := cmp.Diff(p.done, events); diff != "" {
		t.Fatalf("unexpected events of %q (-done +told):\n%s", p.dom().Name, diff)
	}
	if state != p.state {
		t.Fatalf("the events of %q tell %v, want %v", p.dom().Name, state, p.state)
	}
}

// TestRealBarrier has an actor do 500 random things as fast as it can. Half of the virtual machines rest at a time:
// what the events told of those, after a reading and a Flush, is all that was done to them, and it is what the reading
// says, and what State says.
func TestRealBarrier(t *testing.T) {
	t.Parallel()
	const rounds, steps, many = 50, 10, 20
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), endless())
	l, a, ps := listen(t, s), newActor(t, d), puppets(many)
	busy, resting := ps[:many/2], ps[many/2:]
	for range rounds {
		busy, resting = resting, busy
		var acting sync.WaitGroup
		acting.Go(func() {
			for range steps {
				a.act(busy[a.rng.IntN(len(busy))])
			}
		})
		read := summaries(t, s)
		if err := s.Flush(patiently(t)); err != nil {
			t.Fatalf("failed to flush: %v", err)
		}
		for _, p := range resting {
			compare(t, p, l)
			sum, there := read[p.dom().Name]
			if state, told := p.state.Get(); there != told || sum.State != state {
				t.Fatalf("unexpected reading of %q: %v (%t), the events tell %v", p.dom().Name, sum.State, there, p.state)
			}
			if !there {
				continue
			}
			if got := stateOf(t, s, p.n); got != sum.State {
				t.Fatalf("unexpected state of %q: %v, the reading says %v", p.dom().Name, got, sum.State)
			}
		}
		acting.Wait()
	}
}

// TestRealFlush flushes after each of 500 things that were done, as soon as it can. No event comes later.
func TestRealFlush(t *testing.T) {
	t.Parallel()
	const steps, many = 500, 4
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), endless())
	l, a, ps := listen(t, s), newActor(t, d), puppets(many)
	for range steps {
		p := ps[a.rng.IntN(many)]
		a.act(p)
		if err := s.Flush(patiently(t)); err != nil {
			t.Fatalf("failed to flush: %v", err)
		}
		compare(t, p, l)
	}
}
