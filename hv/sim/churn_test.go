package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// A way is a step from one state to another; "none" is that of a virtual machine that is not there.
type way struct{ from, to string }

// ways are those that RFC 7666 allows: appendix A, and where it is silent figure 2. A destroyed process passes through
// shuttingdown within the step.
var ways = map[way]bool{
	{"suspended", "resuming"}:    true,
	{"suspending", "suspended"}:  true,
	{"running", "suspending"}:    true,
	{"running", "shuttingdown"}:  true,
	{"running", "migrating"}:     true,
	{"resuming", "running"}:      true,
	{"paused", "running"}:        true,
	{"shuttingdown", "shutdown"}: true,
	{"shutdown", "running"}:      true,
	{"shutdown", "none"}:         true,
	{"migrating", "running"}:     true,
	{"migrating", "shutdown"}:    true,
	{"preparing", "shutdown"}:    true,
	{"none", "preparing"}:        true,
	{"running", "paused"}:        true, // figure 2
	{"running", "shutdown"}:      true, // figure 2
	{"running", "crashed"}:       true, // from any state

	// A transient virtual machine is no more as soon as it is shut down, and one that comes from elsewhere or is
	// created is shut down before: both within the step.
	{"none", "migrating"}:    true,
	{"none", "running"}:      true,
	{"running", "none"}:      true,
	{"shuttingdown", "none"}: true,
	{"migrating", "none"}:    true,
	{"crashed", "none"}:      true,
	{"crashed", "running"}:   true, // the RFC says nothing of how it is left
	{"crashed", "shutdown"}:  true,
}

// churned runs a world with churn for a while, step by step, and hands each step's events and states to see.
func churned(t *testing.T, uri string, until time.Duration, see func(w *world, events []hv.Event)) *world {
	t.Helper()
	c, err := parseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(c)
	for w.next() <= until {
		w.step(w.next())
		see(w, w.take())
	}
	return w
}

// worldStates returns the states of all virtual machines by key.
func worldStates(w *world) map[string]string {
	all := make(map[string]string, len(w.list))
	for _, v := range w.list {
		all[v.key] = v.state.String()
	}
	return all
}

func TestChurnGoesTheWaysOfTheRFC(t *testing.T) {
	t.Parallel()
	seen := map[way]int{}
	const uri = "sim:///?vms=40&churn=20&seed=3&pace=300ms"
	c, err := parseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	before := worldStates(newWorld(c))
	lowest := len(before)
	churned(t, uri, 20*time.Minute, func(w *world, _ []hv.Event) {
		after := worldStates(w)
		for key, to := range after {
			from, ok := before[key]
			if !ok {
				from = "none"
			}
			if from != to {
				seen[way{from, to}]++
			}
		}
		for key, from := range before {
			if _, ok := after[key]; !ok {
				seen[way{from, "none"}]++
			}
		}
		lowest = min(lowest, len(after))
		if len(after) > 40 {
			t.Fatalf("%d virtual machines of 40", len(after))
		}
		before = after
	})
	for w, n := range seen {
		if !ways[w] {
			t.Errorf("%d times from %s to %s, which the RFC does not allow", n, w.from, w.to)
		}
	}
	for w := range ways {
		if seen[w] == 0 {
			t.Errorf("never from %s to %s", w.from, w.to)
		}
	}
	if lowest < 20 {
		t.Errorf("only %d virtual machines of 40 were left", lowest)
	}
}

// Whoever listens, and asks where an event leaves it open, knows all states but one that is prepared.
func TestChurnEventsTellStates(t *testing.T) {
	t.Parallel()
	for seed := range 4 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			uri := fmt.Sprintf("sim:///?vms=30&churn=50&seed=%d&pace=200ms", seed)
			c, err := parseURI(uri)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(c)
			a := &audience{vms: map[string]told{}}
			for _, v := range w.list {
				a.vms[v.key] = told{v.uuid, v.name, v.state, !v.transient}
			}
			a.state = func(key string) (hv.OperState, error) {
				v := w.byKey[key]
				if v == nil {
					return hv.StateUnknown, hv.ErrGone
				}
				return v.state, nil
			}
			heard := 0
			for w.next() <= 5*time.Minute {
				w.step(w.next())
				for _, e := range w.take() {
					if err := a.hear(e); err != nil {
						t.Fatalf("at %v: %v", w.now, err)
					}
					heard++
				}
				if err := a.disagree(w); err != nil {
					t.Fatalf("at %v: %v", w.now, err)
				}
			}
			if heard < 10_000 {
				t.Fatalf("only %d events in %v", heard, w.now)
			}
		})
	}
}

// The same URI tells the same story, however often the clock is looked at.
func TestChurnIsDeterministic(t *testing.T) {
	t.Parallel()
	const uri, until = "sim:///?vms=50&churn=100&seed=9", 3 * time.Minute
	var steps []hv.Event
	w := churned(t, uri, until, func(_ *world, events []hv.Event) { steps = append(steps, events...) })
	if len(steps) < 10_000 {
		t.Fatalf("only %d events in %v", len(steps), until)
	}
	c, err := parseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	leap := newWorld(c)
	for !leap.advance(until, 100) {
	}
	if got := leap.take(); !slices.Equal(steps, got) { // a Diff of so many takes half a minute
		t.Fatalf("unexpected events of one leap (-want +got):\n%s", cmp.Diff(steps, got))
	}
	w.advance(until, 1)
	for i, v := range w.list {
		if diff := cmp.Diff(v.summary(), leap.list[i].summary()); diff != "" {
			t.Fatalf("unexpected state after one leap (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(w.statistics(v, time.Time{}), leap.statistics(leap.list[i], time.Time{})); diff != "" {
			t.Fatalf("unexpected statistics after one leap (-want +got):\n%s", diff)
		}
	}
	c.seed++
	other := newWorld(c)
	for !other.advance(until, 100) {
	}
	if slices.Equal(steps, other.take()) {
		t.Fatal("another seed tells the same story")
	}
}

func TestChurnKeepsItsPace(t *testing.T) {
	t.Parallel()
	c, err := parseURI("sim:///?churn=2.5")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(c)
	for !w.advance(100*time.Second, 1000) {
	}
	if w.churn.count < 249 || w.churn.count > 251 {
		t.Fatalf("%d changes in 100 seconds at 2.5 a second", w.churn.count)
	}
	c.churn = 0
	if got := newWorld(c).next(); got != never {
		t.Fatalf("something is due at %v without churn", got)
	}
	c.churn, c.vms = 1, 0
	w = newWorld(c)
	if !w.advance(time.Minute, 100) || len(w.take()) > 0 || len(w.list) > 0 {
		t.Fatal("something happens among no virtual machines")
	}
}

// TestChurnCalmsDown proves that changes happen until the calm and none after it, and that what had begun comes to its end.
func TestChurnCalmsDown(t *testing.T) {
	t.Parallel()
	const calm, pace = time.Minute, 2 * time.Second
	c, err := parseURI("sim:///?vms=20&churn=10&calm=1m&pace=2s")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(c)
	for !w.advance(calm-time.Second, 1000) {
	}
	before := w.churn.count
	for !w.advance(calm, 1000) {
	}
	if w.churn.count < before+9 || w.churn.count > before+11 {
		t.Errorf("%d changes in the last second at 10 a second", w.churn.count-before)
	}
	last := w.churn.count
	for !w.advance(calm+pace, 1000) {
	}
	if w.churn.count != last || w.next() != never {
		t.Errorf("%d changes after the calm, and the next thing is due at %v", w.churn.count-last, w.next())
	}
	for _, v := range w.list {
		switch v.state {
		case hv.StateSuspending, hv.StateResuming, hv.StateShuttingDown, hv.StateMigrating, hv.StatePreparing:
			t.Errorf("%s is %v for ever", v.name, v.state)
		}
	}
}

// TestChurnRenames proves that virtual machines get another name and their own one again, and that no two ever have one.
func TestChurnRenames(t *testing.T) {
	t.Parallel()
	var away, back int
	churned(t, "sim:///?vms=10&churn=20&pace=100ms", 30*time.Minute, func(w *world, events []hv.Event) {
		for _, e := range events {
			if e.Kind != hv.Defined || e.Detail != hv.DefinedRenamed {
				continue
			}
			if v := w.byKey[e.Key]; v == nil || v.name != e.Name {
				t.Fatalf("%s is renamed and has another name: %+v", e.Name, v)
			}
			if strings.HasPrefix(e.Name, "old-") {
				away++
			} else {
				back++
			}
			names := map[string]bool{}
			for _, v := range w.list {
				names[v.name] = true
			}
			if len(names) != len(w.list) {
				t.Fatalf("%d names of %d virtual machines", len(names), len(w.list))
			}
		}
	})
	if away == 0 || back == 0 {
		t.Errorf("%d were renamed, %d got their name again", away, back)
	}
}
