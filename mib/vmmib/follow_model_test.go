package vmmib_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib/vmmib"
)

// A model is what Notifications must do, in the RFC's words and without a thought for speed: at each moment it knows which
// changes of each kind a window holds.
type model struct {
	options     vmmib.NotificationOptions
	perVM, bulk bool
	now         time.Duration
	open        map[string]*modelWindow
	told        []string
}

type modelWindow struct {
	ends    time.Duration
	order   int // of its opening
	indices map[int32]bool
	changes []uint64
}

// follow tells a change.
func (m *model) follow(c collector.Change, order int) {
	word := "Deleted"
	if s, ok := c.To.Get(); ok {
		word = map[hv.OperState]string{
			hv.StateRunning: "Running", hv.StateShuttingDown: "Shuttingdown", hv.StateShutdown: "Shutdown", hv.StatePaused: "Paused",
			hv.StateSuspending: "Suspending", hv.StateSuspended: "Suspended", hv.StateResuming: "Resuming",
			hv.StateMigrating: "Migrating", hv.StateCrashed: "Crashed",
		}[s]
	}
	if word == "" || c.From.Equal(c.To) || c.Missed && !m.options.Missed {
		return
	}
	if m.perVM {
		before := 1
		if s, ok := c.From.Get(); ok {
			before = int(s) + 1
		}
		m.told = append(m.told, fmt.Sprintf("%s vm%s.%d after %d [%d]", m.now, word, c.Index, before, c.Number))
	}
	if !m.bulk {
		return
	}
	w := m.open[word]
	if w == nil {
		w = &modelWindow{ends: m.now + m.options.Window, order: order, indices: map[int32]bool{}}
		m.open[word] = w
	}
	w.indices[c.Index] = true
	w.changes = append(w.changes, c.Number)
}

// pass lets time pass.
func (m *model) pass(d time.Duration) {
	until := m.now + d
	for _, word := range slices.SortedFunc(maps.Keys(m.open), func(a, b string) int {
		x, y := m.open[a], m.open[b]
		return slices.Compare([]int{int(x.ends), x.order}, []int{int(y.ends), y.order})
	}) {
		w := m.open[word]
		if w.ends > until {
			break
		}
		octets := make([]byte, (slices.Max(slices.Collect(maps.Keys(w.indices)))+7)/8)
		for i := range w.indices {
			octets[(i-1)/8] |= 0x80 >> ((i - 1) % 8)
		}
		m.told = append(m.told, fmt.Sprintf("%s vmBulk%s %x %d", w.ends, word, octets, w.changes))
		delete(m.open, word)
	}
	m.now = until
}

// turn turns the switches.
func (m *model) turn(perVM, bulk bool) {
	m.perVM, m.bulk = perVM, bulk
	if !bulk {
		clear(m.open)
	}
}

// TestFollowIsAsTheModel proves, over random changes, SETs, configurations and times, that each notifiable change is told
// exactly as often as the switches say, and that each list has exactly the indices of its kind and window.
func TestFollowIsAsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		arbitraryOptions := func(label string) vmmib.NotificationOptions {
			return vmmib.NotificationOptions{
				PerVM: rapid.Bool().Draw(rt, label+" per VM"), Bulk: rapid.Bool().Draw(rt, label+" bulk"),
				Missed: rapid.Bool().Draw(rt, label+" missed"),
				Window: time.Duration(rapid.IntRange(1, 5).Draw(rt, label+" window")) * time.Second,
			}
		}
		// All is drawn before the bubble begins, because a failure must not leave it half way.
		start := arbitraryOptions("start")
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(rt, "steps")
		m := &model{options: start, perVM: start.PerVM, bulk: start.Bulk, open: map[string]*modelWindow{}}
		states := map[int32]hv.Opt[hv.OperState]{}
		var do []func(f *follower)
		var number uint64
		for i, step := range steps {
			switch step {
			default:
				var changes []collector.Change
				for range rapid.IntRange(1, 4).Draw(rt, "count") {
					number++
					c := collector.Change{
						Number: number, Index: rapid.OneOf(rapid.Int32Range(1, 20), rapid.Int32Range(1, 2000)).Draw(rt, "index"),
						Missed: rapid.IntRange(0, 9).Draw(rt, "missed") == 0,
					}
					c.From = states[c.Index]
					if c.From.IsZero() || rapid.IntRange(0, 5).Draw(rt, "vanishes") > 0 {
						c.To = hv.Some(hv.OperState(rapid.IntRange(0, int(hv.StateCrashed)).Draw(rt, "to")))
					}
					states[c.Index] = c.To
					changes = append(changes, c)
					m.follow(c, int(number))
				}
				do = append(do, func(f *follower) { f.Follow(changes) })
			case 0, 1, 2:
				d := time.Duration(rapid.IntRange(0, 3000).Draw(rt, "pass")) * time.Millisecond
				m.pass(d)
				do = append(do, func(*follower) { pass(d) })
			case 3:
				number, value := rapid.SampledFrom([]uint32{perVMNumber, bulkNumber}).Draw(rt, "switch"), rapid.Int32Range(yes, no).Draw(rt, "value")
				if number == perVMNumber {
					m.turn(value == yes, m.bulk)
				} else {
					m.turn(m.perVM, value == yes)
				}
				do = append(do, func(f *follower) { f.set(t, number, value) })
			case 4:
				m.turn(m.options.PerVM, m.options.Bulk)
				do = append(do, func(f *follower) { f.Reset() })
			case 5:
				o, old := arbitraryOptions(fmt.Sprint("step ", i)), m.options
				perVM, bulk := m.perVM, m.bulk
				if o.PerVM != old.PerVM {
					perVM = o.PerVM
				}
				if o.Bulk != old.Bulk {
					bulk = o.Bulk
				}
				m.turn(perVM, bulk)
				m.options = o
				do = append(do, func(f *follower) { f.Configure(o) })
			}
		}
		m.pass(time.Minute)
		var got []string
		synctest.Test(t, func(t *testing.T) {
			f := newFollower(start)
			end := f.run(t)
			for _, step := range do {
				step(f)
			}
			pass(time.Minute)
			end()
			got = f.log()
		})
		if diff := cmp.Diff(m.told, got); diff != "" {
			rt.Fatalf("unexpected notifications (-want +got):\n%s", diff)
		}
	})
}
