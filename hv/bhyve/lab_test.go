package bhyve

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	zaplog "go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A lab is a host that a test changes while an observer looks at it. It lives in a bubble of synctest, whose clock is the host's.
type lab struct {
	t    *testing.T
	sys  *freebsd.Recording
	logs *zaplog.ObservedLogs
	o    *observer
	born time.Time

	mu     sync.Mutex // holds what follows
	guests map[string]guest
	err    error
	looks  int
	hold   chan struct{} // looks wait until it is closed, unless it is nil
	exits  func(name string) (freebsd.WaitStatus, time.Time, bool)
	nodes  byte // counts the changes of device nodes
}

// newLab returns a host without virtual machines.
func newLab(t *testing.T) *lab {
	t.Helper()
	core, logs := zaplog.New(zapcore.DebugLevel)
	s := &lab{t: t, sys: freebsd.NewRecording(), logs: logs, born: time.Now(), guests: map[string]guest{}}
	s.o = newObserver(newTroubles(zap.New(core)), s.gather, s.sys)
	s.sys.SetSysctl([]byte{0}, generation)
	return s
}

// gather is a look.
func (s *lab) gather(ctx context.Context) (scene, error) {
	s.mu.Lock()
	s.looks++
	hold, err := s.hold, s.err
	found := scene{clock: s.clock(), at: time.Now(), guests: slices.Collect(maps.Values(s.guests)), exits: s.exits}
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return scene{}, ctx.Err()
		}
	}
	return found, err
}

func (s *lab) clock() freebsd.Clock {
	return freebsd.Clock{Now: time.Now(), Up: time.Hour + time.Since(s.born)}
}

// process returns a bhyve that is started now.
func (s *lab) process(pid int) *freebsd.Process {
	return &freebsd.Process{PID: pid, Parent: 1, Name: "bhyve", Start: time.Now()}
}

// put has these guests be there, in the place of those of the same keys.
func (s *lab) put(guests ...guest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range guests {
		s.guests[g.key] = g
	}
}

// drop has one be there no more.
func (s *lab) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.guests, key)
}

// fail has each look fail with err, or none if that is nil.
func (s *lab) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// wait has looks wait until the function that it returns is called.
func (s *lab) wait() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hold := make(chan struct{})
	s.hold = hold
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.hold == hold {
			s.hold = nil
		}
		close(hold)
	}
}

// looked returns how many looks there were since it was last asked.
func (s *lab) looked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.looks
	s.looks = 0
	return n
}

// touch has the kernel count a change of device nodes.
func (s *lab) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes++
	s.sys.SetSysctl([]byte{s.nodes}, generation)
}

// lines returns how often the log was told that something cannot be read.
func (s *lab) lines(source string) int { return s.told("cannot be read", source) }

// again returns how often the log was told that something can be read again.
func (s *lab) again(source string) int { return s.told("can be read again", source) }

// told counts the lines of the log about a source, of which no two may come soon after each other.
func (s *lab) told(message, source string) int {
	s.t.Helper()
	lines := s.logs.FilterMessage(message).FilterField(zap.String("source", source)).All()
	for i := range lines[min(1, len(lines)):] {
		if apart := lines[i+1].Time.Sub(lines[i].Time); apart < spacing {
			s.t.Errorf("%s: the log was told again after %v", source, apart)
		}
	}
	return len(lines)
}

// An audience is a Watch under way.
type audience struct {
	t    *testing.T
	mu   sync.Mutex
	seen []hv.Event
	slow chan struct{} // the next event waits until it is closed, unless it is nil
	stop context.CancelFunc
	err  error
	over chan struct{}
}

// watch begins to watch. It is over with the test.
func (s *lab) watch() *audience {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	a := &audience{t: s.t, stop: cancel, over: make(chan struct{})}
	go func() {
		defer close(a.over)
		a.err = s.o.Watch(ctx, a.yield)
	}()
	s.t.Cleanup(func() { cancel(); <-a.over })
	return a
}

func (a *audience) yield(e hv.Event) {
	a.mu.Lock()
	slow := a.slow
	a.seen = append(a.seen, e)
	a.mu.Unlock()
	if slow != nil {
		<-slow
	}
}

// heard returns the events since it was last asked, once all is quiet.
func (a *audience) heard() string {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	told := causes(a.seen)
	a.seen = nil
	return told
}

// hears fails the test unless these events came, and no others.
func (a *audience) hears(want string) {
	a.t.Helper()
	if got := a.heard(); got != want {
		a.t.Errorf("unexpected events %q, want %q", got, want)
	}
}

// end ends it, and returns its error.
func (a *audience) end() error {
	a.stop()
	<-a.over
	return a.err
}

// keyed returns the plain virtual machine of that number.
func keyed(n int, traits ...trait) guest {
	name := fmt.Sprintf("vm%d", n)
	return of(guest{key: plainKey + name, name: name}, traits)
}
