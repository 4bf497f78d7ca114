package sim

import (
	"container/heap"
	"math"
	"time"

	"github.com/vmond/vmond/hv"
)

// A world is the simulation itself: virtual machines, a clock that others move, and what happened. It knows neither
// locks nor faults, and nothing in it waits.
type world struct {
	config
	now time.Duration // since the hypervisor's start

	list  []*vm
	byKey map[string]*vm
	ids   uint64 // the last id that was given
	runs  int64  // the last run

	steps agenda
	order uint64 // the last step's
	churn churn

	events []hv.Event // since they were last taken
}

// newWorld returns the world at its start.
func newWorld(c config) *world {
	w := &world{config: c, byKey: make(map[string]*vm, c.vms), list: make([]*vm, 0, c.vms)}
	all := make([]vm, c.vms)
	for i := range all {
		v := &all[i]
		w.ids++
		v.id = w.ids
		w.identify(v)
		w.add(v)
		w.settle(v)
	}
	w.churn.next = w.churnTime(0)
	return w
}

// settle gives a virtual machine the state that it has at the start.
func (w *world) settle(v *vm) {
	h := draw(w.seed, forState, v.id)
	v.autostart = h>>32%2 == 0
	v.state = weigh(h,
		share[hv.OperState]{80, hv.StateRunning}, share[hv.OperState]{12, hv.StateShutdown},
		share[hv.OperState]{4, hv.StatePaused}, share[hv.OperState]{4, hv.StateSuspended})
	switch v.state {
	case hv.StateRunning, hv.StatePaused:
		w.boot(v)
		w.enter(v, v.state, v.state == hv.StateRunning)
	}
}

// identify gives a virtual machine what it lacks of a UUID, key and name.
func (w *world) identify(v *vm) {
	if v.key == "" {
		if v.uuid.IsZero() {
			v.uuid = drawUUID(w.seed, v.id)
		}
		v.key = v.uuid.String()
	}
	if v.name == "" {
		v.name = drawName(w.seed, v.id)
	}
}

// add puts in a virtual machine.
func (w *world) add(v *vm) {
	v.at = len(w.list)
	w.list = append(w.list, v)
	w.byKey[v.key] = v
}

// remove takes out a virtual machine.
func (w *world) remove(v *vm) {
	w.cancel(v)
	last := len(w.list) - 1
	w.list[v.at] = w.list[last]
	w.list[v.at].at = v.at
	w.list[last] = nil
	w.list = w.list[:last]
	delete(w.byKey, v.key)
}

// tell notes an event.
func (w *world) tell(v *vm, kind hv.EventKind, detail int) {
	w.events = append(w.events, hv.Event{Kind: kind, Detail: detail, Key: v.key, UUID: v.uuid, Name: v.name})
}

// take returns the events since the last time.
func (w *world) take() []hv.Event {
	events := w.events
	w.events = nil
	return events
}

// advance moves the clock to now, and does what is due until then, but at most so many things. It reports whether it
// came so far.
func (w *world) advance(now time.Duration, most int) bool {
	for range most {
		next := w.next()
		if next > now {
			w.now = max(w.now, now) // a clock that goes back stands still
			return true
		}
		w.step(next)
	}
	return false
}

// never is later than everything.
const never = time.Duration(math.MaxInt64)

// next returns when something is next due.
func (w *world) next() time.Duration {
	if len(w.steps) > 0 && w.steps[0].at <= w.churn.next {
		return w.steps[0].at
	}
	return w.churn.next
}

// step moves the clock to at, which is that of next, and does the one thing that is due.
func (w *world) step(at time.Duration) {
	w.now = max(w.now, at)
	if len(w.steps) > 0 && w.steps[0].at == at {
		s := heap.Pop(&w.steps).(*step)
		s.vm.due = nil
		w.complete(s.vm)
		return
	}
	w.change()
}

// after has what v is doing end after a while: at once if that is 0.
func (w *world) after(v *vm, while time.Duration) {
	if while == 0 {
		w.complete(v)
		return
	}
	w.order++
	v.due = &step{at: w.now + while, order: w.order, vm: v}
	heap.Push(&w.steps, v.due)
}

// cancel forgets the end of what v is doing.
func (w *world) cancel(v *vm) {
	if v.due != nil {
		heap.Remove(&w.steps, v.due.place)
		v.due = nil
	}
}
