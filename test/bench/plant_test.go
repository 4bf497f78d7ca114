package bench

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/test/lab"
)

// stride is a prime number.
const stride = 7919

// A plant is a collector in this process, of simulated virtual machines that keep still but for what is done to them here.
type plant struct {
	collector *collector.Collector
	*hands
	published chan publication
	limit     *time.Timer // of what is awaited, the same for all: one of each would be counted as memory of an event
}

// Hands are a hypervisor that tells an event, or answers a question for the states, when it is told to.
type hands struct {
	*sim.Source
	happens chan hv.Event
	answers chan []hv.Summary
	list    []hv.Summary              // all virtual machines, as they are now
	awake   []int                     // where in it those are that run, or are paused by us
	turned  int                       // how many were
	told    atomic.Pointer[time.Time] // when the last event or answer left the hypervisor
}

// A publication is what the collector told of one snapshot.
type publication struct {
	at      time.Time
	changes []collector.Change
}

// newPlant starts one whose virtual machines are all known, and remembered on disk. It ends with the test.
func newPlant(t *testing.T, vms int) *plant {
	t.Helper()
	src, err := sim.New(simulated(vms))
	if err != nil {
		t.Fatal(err)
	}
	h := &hands{Source: src, happens: make(chan hv.Event), answers: make(chan []hv.Summary)}
	if h.list, err = src.States(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, vm := range h.list {
		if vm.State == hv.StateRunning {
			h.awake = append(h.awake, i)
		}
	}
	store, err := collector.OpenStore(filepath.Join(t.TempDir(), "state"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	seldom := collector.Intervals{Definitions: calm, Statistics: calm, StatisticsUnread: calm, Attention: calm} // and states without pause
	p := &plant{collector.New(h, store, seldom, zap.NewNop()), h, make(chan publication, 1), time.NewTimer(settle)}
	p.collector.Follow(func(changes []collector.Change) { p.published <- publication{time.Now(), changes} })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- p.collector.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, store.Close()); err != nil {
			t.Error(err)
		}
	})
	p.awaitAll(t)
	return p
}

// awaitAll answers questions until all that can be known of the virtual machines is.
func (p *plant) awaitAll(t *testing.T) {
	t.Helper()
	for known := false; !known; {
		select {
		case p.answers <- slices.Clone(p.list):
		case <-p.collector.Ready():
			known = true
		}
	}
	lab.Eventually(t, settle, "all statistics are read", func() error {
		for vm := range p.collector.Latest().VMs() {
			if vm.Active() && vm.StatsAt.IsZero() {
				return errors.New("those of " + vm.Name + " are not")
			}
		}
		return nil
	})
}

// Watch implements hv.Watcher.
func (h *hands) Watch(ctx context.Context, yield func(hv.Event)) error {
	yield(hv.Event{Kind: hv.Connected})
	for {
		select {
		case e := <-h.happens:
			h.leave()
			yield(e)
		case <-ctx.Done():
			return nil
		}
	}
}

// States implements hv.Source.
func (h *hands) States(ctx context.Context) ([]hv.Summary, error) {
	select {
	case list := <-h.answers:
		h.leave()
		return list, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Flush implements hv.Watcher: an event is told before an answer is asked for.
func (*hands) Flush(context.Context) error { return nil }

// leave notes that something leaves the hypervisor now.
func (h *hands) leave() {
	now := time.Now()
	h.told.Store(&now)
}

// turnOver has a virtual machine run if it is paused, and pause if it runs, and returns the event that tells of it. The next one is
// another, and no neighbour.
func (h *hands) turnOver() (hv.Event, *hv.Summary) {
	h.turned++
	vm := &h.list[h.awake[h.turned*stride%len(h.awake)]]
	e := hv.Event{Kind: hv.Suspended, Detail: hv.SuspendedIOError, Key: vm.Key, UUID: vm.UUID, Name: vm.Name}
	if vm.State == hv.StatePaused {
		e.Kind, e.Detail = hv.Resumed, hv.ResumedUnpaused
		vm.State, vm.Admin = hv.StateRunning, hv.AdminRunning
		return e, vm
	}
	vm.State, vm.Admin = hv.StatePaused, hv.AdminPaused
	return e, vm
}
