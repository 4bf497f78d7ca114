package life

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
)

const (
	// soon is enough for all answers where they are prompt, and less than any pace.
	soon = 300 * time.Millisecond
	// calm is enough for everything to be complete, read and told.
	calm = 2 * time.Minute
)

var intervals = collector.Intervals{States: 5 * time.Second, Statistics: 15 * time.Second, Definitions: 2 * time.Minute}

// A run is one life of a collector with the simulation that it follows, in the bubble of a synctest.
type run struct {
	*driver
	src      *lateSource
	follower *follower
	latest   func() *collector.Snapshot
	prompt   bool // answers are
	broken   bool // the watch is, so that nobody knows what will be told
}

// TestLife drives a simulation at random, with answers that come in time or late, and with the watch lost now and then.
func TestLife(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		uri := rapid.SampledFrom([]string{
			"sim:///?vms=0&pace=2s", "sim:///?vms=3&pace=2s", "sim:///?vms=2&pace=0s", "sim:///?vms=2&pace=20s&seed=7",
		}).Draw(rt, "uri")
		prompt := rapid.Bool().Draw(rt, "prompt")
		var failure any
		synctest.Test(t, func(t *testing.T) {
			defer func() { failure = recover() }() // rapid wants it in its own goroutine
			begin(t, rt, uri, prompt).drive(rt)
		})
		// To rapid two failures are one if they come from the same line.
		if rt.Failed() {
			panic(failure)
		}
		if failure != nil {
			panic(failure) // such as the end of the data to draw from
		}
	})
}

// begin begins a run.
func begin(t *testing.T, rt rapid.TB, uri string, inTime bool) *run {
	s, err := sim.New(uri)
	if err != nil {
		rt.Fatalf("failed to open %q: %v", uri, err)
	}
	src := &lateSource{Source: s}
	c := collector.New(src, nil, intervals, zap.NewNop())
	f := newFollower(c.Latest)
	c.Follow(f.follow)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, s.Close()); err != nil {
			t.Errorf("unexpected error of Run: %v", err)
		}
	})
	<-c.Ready()
	synctest.Wait()
	g := late
	switch {
	case inTime && strings.Contains(uri, "pace=0s"):
		g = hasty
	case inTime:
		g = prompt
	}
	r := &run{driver: newDriver(s, g), src: src, follower: f, latest: c.Latest, prompt: inTime}
	if err := f.begin(c.Latest()); err != nil {
		rt.Fatalf("failed to begin: %v", err)
	}
	r.check(rt, r.begin(f))
	return r
}

// check fails the test with an error, and says what was done.
func (r *run) check(rt rapid.TB, err error) {
	if err != nil {
		rt.Fatalf("%v\nafter %s", err, strings.Join(r.log, ", "))
	}
}

// drive does things at random, then lets everything come to rest.
func (r *run) drive(rt *rapid.T) {
	rt.Repeat(map[string]func(*rapid.T){
		"do":      r.one,
		"do more": r.one,
		"arrive":  r.arrive,
		"finish":  r.complete,
		"wait":    r.wait,
		"late":    r.late,
		"lose":    r.lose,
		"find":    r.find,
		"":        func(rt *rapid.T) { r.check(rt, r.follower.err()) },
	})
	r.rest(rt)
}

// draw draws the key of a virtual machine. An action without one is none.
func (r *run) draw(rt *rapid.T) string {
	all, err := r.states()
	r.check(rt, err)
	if len(all) == 0 {
		rt.SkipNow()
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(rt, "vm")
}

// complete has complete what one virtual machine does.
func (r *run) complete(rt *rapid.T) { r.check(rt, r.finish(r.draw(rt))) }

// one does something to one virtual machine.
func (r *run) one(rt *rapid.T) {
	key := r.draw(rt)
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(r.verbs))).Draw(rt, "verb")
	r.check(rt, r.do(name, key))
	r.settle()
}

// arrive adds a virtual machine: a new one, or one that was there before.
func (r *run) arrive(rt *rapid.T) {
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(r.arrivals))).Draw(rt, "how")
	var id hv.UUID
	gone, err := r.gone()
	r.check(rt, err)
	if len(gone) > 0 && rapid.Bool().Draw(rt, "again") {
		id = rapid.SampledFrom(gone).Draw(rt, "id")
	}
	r.check(rt, r.add(name, id, rapid.Bool().Draw(rt, "transient")))
	r.settle()
}

// settle lets the answers come, where they do in time.
func (r *run) settle() {
	if r.prompt {
		time.Sleep(soon)
		synctest.Wait()
	}
}

// wait lets time pass, in which there may be a reading.
func (r *run) wait(rt *rapid.T) {
	d := time.Duration(rapid.Int64Range(0, int64(10*time.Second)).Draw(rt, "d"))
	time.Sleep(d)
	synctest.Wait()
	r.log = append(r.log, fmt.Sprintf("wait %v", d))
}

// late has the answers come late, from now on.
func (r *run) late(rt *rapid.T) {
	most := 5 * time.Second
	state := most
	if r.prompt {
		state = soon / 6 // there and back, and two questions after another
	}
	states := time.Duration(rapid.Int64Range(0, int64(most)).Draw(rt, "states"))
	state = time.Duration(rapid.Int64Range(0, int64(state)).Draw(rt, "state"))
	r.src.states.set(states)
	r.src.state.set(state)
	r.log = append(r.log, fmt.Sprintf("late: states %v, state %v", states, state))
}

// lose has the watch end, or hang, or the daemon be away.
func (r *run) lose(rt *rapid.T) {
	how := rapid.SampledFrom([]string{"fail", "hang", "away"}).Draw(rt, "how")
	if r.broken {
		return
	}
	r.calm(rt)
	r.log = append(r.log, "lose: "+how)
	r.broken = true
	fault := sim.Fault{Depth: sim.Watch, Mode: sim.Fail}
	switch how {
	case "hang":
		fault.Mode = sim.Hang
	case "away":
		r.src.away.Store(true)
		r.follower.forget()
	}
	r.src.Fault(fault)
}

// find has everything work again, and lets it come to rest.
func (r *run) find(rt *rapid.T) {
	if r.broken {
		r.rest(rt)
	}
}

// rest has everything work and come to rest: then all that was done is told, and all that there is is shown.
func (r *run) rest(rt *rapid.T) {
	r.src.away.Store(false)
	r.src.Fault(sim.Fault{Depth: sim.Watch})
	r.calm(rt)
	r.check(rt, r.shown())
	if r.broken {
		r.broken = false
		r.check(rt, r.begin(r.follower))
	}
	r.log = append(r.log, "rest")
}

// calm lets everything that was done be told.
func (r *run) calm(rt *rapid.T) {
	r.src.states.set(0)
	r.src.state.set(0)
	time.Sleep(calm)
	synctest.Wait()
	r.check(rt, r.follower.err())
	if !r.broken {
		r.check(rt, r.heard(r.follower))
	}
}

// shown returns an error unless the newest snapshot has what the hypervisor has.
func (r *run) shown() error {
	want, err := r.states()
	if err != nil {
		return err
	}
	got := map[string]hv.Summary{}
	for vm := range r.latest().VMs() {
		got[vm.Key] = vm.Summary
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
	}
	return r.follower.agree(r.latest())
}
