package sim

import (
	"fmt"
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

// Whoever only listens knows all states but those that have no event, and when they end.
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
			first := newWorld(c)
			told, persistent := worldStates(first), map[string]bool{}
			for _, v := range first.list {
				persistent[v.key] = !v.transient
			}
			churned(t, uri, 5*time.Minute, func(w *world, events []hv.Event) {
				for _, e := range events {
					listen(t, told, persistent, e)
				}
				for _, v := range w.list {
					want := v.state.String()
					switch v.state {
					case hv.StatePreparing:
						want = "" // it is not told before it is defined
					case hv.StateSuspending:
						want = "paused" // the event does not tell why
					case hv.StateMigrating:
						if !v.incoming {
							want = "running"
						}
					}
					if told[v.key] != want {
						t.Fatalf("at %v %s is %q, and %q by its events", w.now, v.name, want, told[v.key])
					}
				}
				for key, state := range told {
					if w.byKey[key] == nil {
						t.Fatalf("at %v %q is gone, and %q by its events", w.now, key, state)
					}
				}
			})
		})
	}
}

// listen applies an event to what is known.
func listen(t *testing.T, told map[string]string, persistent map[string]bool, e hv.Event) {
	t.Helper()
	switch e.Kind {
	case hv.Defined:
		persistent[e.Key] = true
		if told[e.Key] == "" {
			told[e.Key] = "shutdown"
		}
	case hv.Undefined:
		delete(told, e.Key)
		delete(persistent, e.Key)
	case hv.Started:
		told[e.Key] = map[int]string{
			hv.StartedBooted: "running", hv.StartedMigrated: "migrating", hv.StartedRestored: "resuming", hv.StartedWakeup: "running",
		}[e.Detail]
	case hv.Resumed:
		told[e.Key] = "running"
	case hv.Suspended, hv.PMSuspended:
		told[e.Key] = "paused"
	case hv.Shutdown:
		told[e.Key] = "shuttingdown"
	case hv.Crashed:
		told[e.Key] = "crashed"
	case hv.Stopped:
		told[e.Key] = map[int]string{
			hv.StoppedShutdown: "shutdown", hv.StoppedDestroyed: "shutdown", hv.StoppedMigrated: "shutdown",
			hv.StoppedCrashed: "crashed", hv.StoppedFailed: "crashed", hv.StoppedSaved: "suspended",
		}[e.Detail]
		if !persistent[e.Key] {
			delete(told, e.Key)
		}
	default:
		t.Fatalf("unexpected event %v", e)
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
	if diff := cmp.Diff(steps, leap.take()); diff != "" {
		t.Fatalf("unexpected events of one leap (-want +got):\n%s", diff)
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
	if cmp.Equal(steps, other.take()) {
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
