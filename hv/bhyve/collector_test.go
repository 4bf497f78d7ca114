package bhyve

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// A plot is a source of what an observer finds on a lab, which a collector can read.
type plot struct{ *observer }

func (p plot) Host(context.Context) (hv.Host, error) {
	return hv.Host{Software: "bhyve", Life: "1", CPUs: []int{0}}, nil
}

func (p plot) States(ctx context.Context) ([]hv.Summary, error) {
	standings, err := p.look(ctx)
	var all []hv.Summary
	for _, s := range standings {
		all = append(all, s.summary())
	}
	return all, err
}

func (p plot) Definitions(_ context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	for _, key := range keys {
		yield(key, hv.Definition{}, nil)
	}
	return nil
}

func (p plot) Statistics(_ context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	for _, key := range keys {
		yield(key, hv.Statistics{At: time.Now()}, nil)
	}
	return nil
}

// A chronicle is a collector at work, and what it told.
type chronicle struct {
	*collector.Collector
	mu    sync.Mutex
	steps []string
}

// chronicle has a collector read the lab until the test is over. It returns once that knows what there is.
func (s *lab) chronicle() *chronicle {
	ctx, cancel := context.WithCancel(s.t.Context())
	c := &chronicle{Collector: collector.New(plot{s.o}, nil, collector.DefaultIntervals(), zap.NewNop())}
	c.Follow(func(changes []collector.Change) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, change := range changes {
			c.steps = append(c.steps, step(change.From)+" to "+step(change.To))
		}
	})
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := c.Run(ctx); err != nil {
			s.t.Errorf("unexpected error of the collector: %v", err)
		}
	}()
	s.t.Cleanup(func() { cancel(); <-over })
	<-c.Ready()
	time.Sleep(time.Minute)
	return c
}

func step(state hv.Opt[hv.OperState]) string {
	if s, ok := state.Get(); ok {
		return s.String()
	}
	return "nothing"
}

// told returns what was told since it was last asked, once nothing more comes.
func (c *chronicle) told() string {
	time.Sleep(time.Minute)
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	told := strings.Join(c.steps, ", ")
	c.steps = nil
	return told
}

// TestCollector has a collector tell what becomes of a virtual machine: each step once, and no other.
func TestCollector(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(s *lab)
		do     func(s *lab)
		want   string
		// left is what the snapshot shows of it in the end.
		left string
	}{
		{"plain: appears", nil, func(s *lab) {
			s.put(plain(begins(s.process(pid))))
			time.Sleep(time.Second)
			s.put(plain(runs(s.process(pid))))
		}, "nothing to running", "running"},
		{"plain: shutdown", inRun(plain), func(s *lab) {
			s.drop(plainOne)
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(1)})
		}, "running to shutdown, shutdown to nothing", "nothing"},
		{"plain: crash", inRun(plain), func(s *lab) {
			s.drop(plainOne)
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Killed(11)})
		}, "running to crashed, crashed to nothing", "nothing"},
		{"plain: vanishes, and nobody knows how", inRun(plain), func(s *lab) { s.drop(plainOne) },
			"running to shutdown, shutdown to nothing", "nothing"},
		{"plain: crash that leaves the node", inRun(plain), func(s *lab) {
			s.put(plain(node))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(3)})
		}, "running to crashed", "crashed"},
		{"plain: crash that leaves the node for a while", inRun(plain), func(s *lab) {
			s.put(plain(node))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(3)})
			time.Sleep(time.Minute)
			s.drop(plainOne)
		}, "running to crashed, crashed to nothing", "nothing"},
		{"plain: shutdown that leaves the node for a moment", inRun(plain), func(s *lab) {
			s.put(plain(node))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(2)})
			synctest.Wait()
			s.drop(plainOne)
			s.sys.Announce("!system=DEVFS subsystem=CDEV type=DESTROY cdev=vmm/one")
		}, "running to shutdown, shutdown to nothing", "nothing"},
		{"plain: reboot", inRun(plain), func(s *lab) {
			s.drop(plainOne)
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
			time.Sleep(2 * time.Second)
			s.put(plain(begins(s.process(second))))
			s.touch()
			time.Sleep(2 * time.Second)
			s.put(plain(runs(s.process(second))))
		}, "", "running"},
		{"plain: pause", inRun(plain), func(s *lab) {
			s.mu.Lock()
			q := s.guests[plainOne].process
			s.mu.Unlock()
			s.put(plain(runs(q), stopped))
			time.Sleep(time.Minute)
			s.put(plain(runs(q)))
		}, "running to paused, paused to running", "running"},
		{"CBSD: crash and restart", inRun(onCBSD), func(s *lab) {
			s.put(underCBSD(noted(cbsd.On)))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(4)})
			time.Sleep(time.Second)
			s.put(underCBSD(noted(cbsd.On), runs(s.process(second))))
		}, "running to crashed, crashed to running", "running"},
		{"CBSD: crash and restart at once", inRun(onCBSD), func(s *lab) {
			s.put(underCBSD(noted(cbsd.On), runs(s.process(second))))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(4)})
		}, "running to crashed, crashed to running", "running"},
		{"CBSD: reboot", inRun(onCBSD), func(s *lab) {
			s.put(underCBSD(noted(cbsd.On)))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
			time.Sleep(time.Second)
			s.put(underCBSD(noted(cbsd.On), runs(s.process(second))))
		}, "", "running"},
		{"CBSD: stop that ends in a kill", inRun(onCBSD), func(s *lab) {
			s.mu.Lock()
			q := s.guests[cbsdOne].process
			s.mu.Unlock()
			s.put(underCBSD(stopping, runs(q)))
			time.Sleep(30 * time.Second)
			s.put(underCBSD(stopping))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Killed(9)})
			time.Sleep(time.Second)
			s.put(underCBSD(noted(cbsd.Off)))
		}, "running to shuttingdown, shuttingdown to shutdown", "shutdown"},
		{"vm-bhyve: start", func(s *lab) { s.put(underVM()) }, func(s *lab) {
			at := time.Now()
			s.put(underVM(locked(at), watched))
			time.Sleep(time.Minute)
			s.put(underVM(locked(at), watched, loads(s.process(7))))
			time.Sleep(time.Minute)
			s.put(underVM(locked(at), watched, runs(s.process(pid))))
		}, "shutdown to running", "running"},
		{"vm-bhyve: start that fails", func(s *lab) { s.put(underVM()) }, func(s *lab) {
			at := time.Now()
			s.put(underVM(locked(at), watched))
			time.Sleep(time.Minute)
			s.put(underVM(logged(vmbhyve.Log{Initialised: at, Ended: true, Failed: true})))
		}, "", "shutdown"},
		{"vm-bhyve: definition appears", nil, func(s *lab) { s.put(underVM()) }, "nothing to preparing, preparing to shutdown", "shutdown"},
		{"vm-bhyve: definition is removed", func(s *lab) { s.put(underVM()) }, func(s *lab) { s.drop(vmOne) }, "shutdown to nothing", "nothing"},
		{"vm-bhyve: stop", inRun(onVM), func(s *lab) {
			s.put(underVM(locked(s.born), watched))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(1)})
			time.Sleep(time.Second)
			s.put(underVM())
		}, "running to shutdown", "shutdown"},
		{"vm-bhyve: suspend", inRun(onVM), func(s *lab) {
			s.mu.Lock()
			q := s.guests[vmOne].process
			s.mu.Unlock()
			s.put(underVM(locked(s.born), watched, suspending, runs(q)))
			time.Sleep(time.Minute)
			s.put(underVM(locked(s.born), watched, suspending, saved))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
			time.Sleep(time.Second)
			s.put(underVM(saved))
		}, "running to suspending, suspending to suspended", "suspended"},
		{"vm-bhyve: suspend so fast that nobody sees it", inRun(onVM), func(s *lab) {
			s.put(underVM(saved))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
		}, "running to suspended", "suspended"},
		{"vm-bhyve: resume", func(s *lab) { s.put(underVM(saved)) }, func(s *lab) {
			at := time.Now()
			l := logged(vmbhyve.Log{Initialised: at, Started: at, Resuming: true})
			s.put(underVM(locked(at), watched, saved, runs(s.process(pid)), l))
		}, "suspended to resuming, resuming to running", "running"},
		{"vm-bhyve: reboot through the loader", inRun(onVM), func(s *lab) {
			s.put(underVM(locked(s.born), watched))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(0)})
			time.Sleep(time.Minute)
			s.put(underVM(locked(s.born), watched, loads(s.process(7))))
			time.Sleep(time.Minute)
			s.put(underVM(locked(s.born), watched, runs(s.process(second))))
		}, "", "running"},
		{"vm-bhyve: watcher and all are killed", inRun(onVM), func(s *lab) { s.put(underVM(locked(s.born))) },
			"running to crashed", "crashed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLab(t)
				if tt.before != nil {
					tt.before(s)
				}
				c := s.chronicle()
				if got := c.told(); got != "" {
					t.Errorf("unexpected steps before: %q", got)
				}
				tt.do(s)
				if got := c.told(); got != tt.want {
					t.Errorf("unexpected steps %q, want %q", got, tt.want)
				}
				left := "nothing"
				for vm := range c.Latest().VMs() {
					left = vm.State.String()
				}
				if left != tt.left {
					t.Errorf("unexpected state %q in the end, want %q", left, tt.left)
				}
			})
		})
	}
}

// inRun has a guest run from the beginning.
func inRun(who func(...trait) guest) func(s *lab) {
	return func(s *lab) { s.put(who(runs(s.process(pid)))) }
}

// onCBSD is one that CBSD has noted to run, and onVM one that vm-bhyve has locked when the lab began.
func onCBSD(traits ...trait) guest { return underCBSD(append([]trait{noted(cbsd.On)}, traits...)...) }

func onVM(traits ...trait) guest {
	g := underVM(append([]trait{watched}, traits...)...)
	locked(g.process.Start)(&g)
	return g
}
