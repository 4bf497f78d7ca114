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
	// quantum is what all times are multiples of, so that things happen at once now and then.
	quantum = 50 * time.Millisecond
	// soon is enough for all answers where they are prompt, and less than any pace.
	soon = 300 * time.Millisecond
	// calm is enough for everything to be complete, read and told.
	calm = 2 * time.Minute
)

var intervals = collector.Intervals{States: 5 * time.Second, Statistics: 15 * time.Second, Definitions: 2 * time.Minute}

// A mood is how the hypervisor and its driver are.
type mood struct {
	uri     string
	grammar grammar
	// prompt says that all questions are answered before anything else is done, so that what is told and shown is at
	// every moment what is true.
	prompt bool
	// lateState, lateStates and lateEvents say how late answers and events are at most, busy how long the collector is
	// held up by one who follows it.
	lateState, lateStates, lateEvents, busy time.Duration
}

// A run is one life of a collector with the simulation that it follows, in the bubble of a synctest.
type run struct {
	*driver
	mood
	src      *lateSource
	follower *follower
	latest   func() *collector.Snapshot
	broken   bool // the watch is, so that nobody knows what will be told
}

// TestLife drives a simulation at random, with answers that come in time or late, and with the watch lost now and then.
func TestLife(t *testing.T) {
	t.Parallel()
	const most = 5 * time.Second
	tests := []struct {
		name string
		mood mood
	}{
		{"prompt answers", mood{"sim:///?vms=2&pace=2s", prompt, true, soon / 6, most, 0, 0}}, // there and back, twice
		{"prompt answers of the slow", mood{"sim:///?vms=2&pace=20s&seed=3", prompt, true, soon / 6, most, 0, 0}},
		{"prompt answers of the quick", mood{"sim:///?vms=3&pace=0s&seed=7", hasty, true, soon / 6, most, 0, 0}},
		{"late answers", mood{"sim:///?vms=3&pace=2s&seed=5", late, false, most, most, 0, 0}},
		{"late answers of the quick", mood{"sim:///?vms=3&pace=0s&seed=6", late, false, most, most, 0, 0}},
		{"late events", mood{"sim:///?vms=3&pace=1s&seed=8", late, false, 0, 4 * quantum, quantum, 0}},
		{"late events and answers", mood{"sim:///?vms=0&pace=0s", late, false, most, most, quantum, 0}},
		{"a busy collector", mood{"sim:///?vms=3&pace=0s&seed=9", late, false, quantum, 4 * quantum, 0, 4 * quantum}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) { live(t, rt, tt.mood) })
		})
	}
}

// TestLifeOfMany follows a simulation that changes by itself, many times a second.
func TestLifeOfMany(t *testing.T) {
	t.Parallel()
	const span, atLeast = 5 * time.Minute, 5000
	for seed := range 3 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := begin(t, t, mood{uri: fmt.Sprintf("sim:///?vms=40&churn=20&pace=300ms&seed=%d", seed)})
				r.src.states.set(time.Duration(seed) * time.Second)
				r.src.state.set(time.Duration(seed) * quantum)
				time.Sleep(span)
				synctest.Wait()
				r.check(t, errors.Join(r.follower.err(), r.follower.kept()))
				if n := r.follower.count(); n < atLeast {
					t.Errorf("only %d changes in %v", n, span)
				}
			})
		})
	}
}

// live is one run.
func live(t *testing.T, rt *rapid.T, m mood) {
	var failure any
	synctest.Test(t, func(t *testing.T) {
		defer func() { failure = recover() }() // rapid wants it in its own goroutine
		begin(t, rt, m).drive(rt)
	})
	// To rapid two failures are one if they come from the same line.
	if rt.Failed() {
		panic(failure)
	}
	if failure != nil {
		panic(failure) // such as the end of the data to draw from
	}
}

// begin begins a run.
func begin(t *testing.T, rt rapid.TB, m mood) *run {
	s, err := sim.New(m.uri)
	if err != nil {
		rt.Fatalf("failed to open %q: %v", m.uri, err)
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
	r := &run{driver: newDriver(s, m.grammar), mood: m, src: src, follower: f, latest: c.Latest}
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
		"do one":     r.one,
		"do several": r.several,
		"arrive":     r.arrive,
		"finish":     r.complete,
		"wait":       func(rt *rapid.T) { r.wait(rt, 10*time.Second) },
		"moment":     func(rt *rapid.T) { r.wait(rt, 4*quantum) },
		"late":       r.late,
		"lose":       r.lose,
		"find":       r.find,
		"":           func(rt *rapid.T) { r.check(rt, r.follower.err()) },
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
	r.try(rt, r.draw(rt))
	r.settle(rt)
}

// several does several things to one virtual machine at once, where there is no wait for answers.
func (r *run) several(rt *rapid.T) {
	const most = 5
	key := r.draw(rt)
	for range rapid.IntRange(1, most).Draw(rt, "n") {
		all, err := r.states()
		r.check(rt, err)
		if _, there := all[key]; !there {
			break
		}
		r.try(rt, key)
		r.settle(rt)
	}
}

// try tries verbs until the hypervisor takes one on, but not for long.
func (r *run) try(rt *rapid.T, key string) {
	const most = 5
	for range most {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(r.verbs))).Draw(rt, "verb")
		took, err := r.do(name, key)
		r.check(rt, err)
		if took {
			return
		}
	}
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
	r.settle(rt)
}

// settle lets the answers come, where they do in time: then all is told and shown, and no reading is needed.
func (r *run) settle(rt *rapid.T) {
	if !r.prompt {
		return
	}
	time.Sleep(soon)
	synctest.Wait()
	if !r.broken {
		r.check(rt, errors.Join(r.heard(r.follower), r.known()))
	}
}

// wait lets time pass, in which there may be a reading.
func (r *run) wait(rt *rapid.T, most time.Duration) {
	d := span(rt, "d", most)
	time.Sleep(d)
	r.log = append(r.log, fmt.Sprintf("wait %v", d))
}

// late has the answers and events come late, from now on.
func (r *run) late(rt *rapid.T) {
	states, state, events := span(rt, "states", r.lateStates), span(rt, "state", r.lateState), span(rt, "events", r.lateEvents)
	r.src.states.set(states)
	r.src.state.set(state)
	busy := span(rt, "busy", r.busy)
	r.follower.busy.set(busy)
	if !r.broken {
		r.src.Fault(sim.Fault{Depth: sim.Watch, Mode: sim.Slow, Delay: events})
	}
	r.log = append(r.log, fmt.Sprintf("late: states %v, state %v, events %v, busy %v", states, state, events, busy))
}

// span draws a multiple of the quantum.
func span(rt *rapid.T, name string, most time.Duration) time.Duration {
	return quantum * time.Duration(rapid.Int64Range(0, int64(most/quantum)).Draw(rt, name))
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
	r.follower.forget()
	r.src.away.Store(how == "away")
	mode := sim.Fail
	if how == "hang" {
		mode = sim.Hang // until then no reading can be held against the events: it is as if the daemon were away
	}
	r.src.Fault(sim.Fault{Depth: sim.Watch, Mode: mode})
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
	r.follower.busy.set(0)
	if !r.broken {
		r.src.Fault(sim.Fault{Depth: sim.Watch})
	}
	time.Sleep(calm)
	synctest.Wait()
	r.check(rt, errors.Join(r.follower.err(), r.follower.kept()))
	if !r.broken {
		r.check(rt, r.heard(r.follower))
	}
}

// known returns an error unless the newest snapshot has what events tell of what the hypervisor has. Of one that is
// being prepared they tell nothing.
func (r *run) known() error {
	type facts struct {
		Name       string
		State      hv.OperState
		Persistent hv.Answer
	}
	all, err := r.states()
	if err != nil {
		return err
	}
	want, got := map[string]facts{}, map[string]facts{}
	for key, v := range all {
		if v.State != hv.StatePreparing {
			want[key] = facts{v.Name, v.State, v.Persistent}
		}
	}
	for vm := range r.latest().VMs() {
		if all[vm.Key].State != hv.StatePreparing {
			got[vm.Key] = facts{vm.Name, vm.State, vm.Persistent}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("unexpected virtual machines by their events (-want +got):\n%s", diff)
	}
	return nil
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
