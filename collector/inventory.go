package collector

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// sameBoot is how far two readings of the hypervisor's start may be apart and still be one start. The difference is
// jitter; a larger one is a step, as after the host slept.
const sameBoot = time.Second

// An inventory is all that is known of a hypervisor, as it grows reading by reading. It is used by one goroutine.
type inventory struct {
	ledger *ledger

	host     hv.Host
	base     time.Time // when the hypervisor's uptime was zero; if it does not tell, when we began to look
	began    time.Time
	statesAt time.Time
	looked   bool // the states were read, if not completely, in this life of the hypervisor

	byKey map[string]*VM
	edit  *edit // what changed since the last snapshot
	rows  rows

	// undefined and unmeasured are the virtual machines whose definition or statistics are to be read soon, failed
	// those whose definition could not be read the last time.
	undefined, unmeasured, failed map[string]bool
	// resurvey is when each virtual machine is to be surveyed again, of those that were in their present run.
	resurvey map[string]time.Time
	// restDue is set if the statistics of those that are not active, such as the sizes of their disks, are to be read together
	// with those of the active ones.
	restDue bool

	// watched says that events tell what happens, and that all are taken over that tell what the reading of the states found
	// which comes now, but for those of what is still under way.
	watched bool
	// missing are the virtual machines that had a process and that the last reading of the states did not find, since when no
	// reading did: an event is to tell their end.
	missing map[string]time.Time

	reading uint64 // the number of the present or last reading of the states
	leftOut int    // how many had no identity in the last reading of the states

	blind bool // events were lost, or without any a reading failed, since the last one: what happened was not seen

	changes  []Change        // that are to be told
	told     uint64          // the number of the last of all
	touched  map[string]bool // events told of these since the reading of the states that is under way began
	eventRun int64           // the number of the last run that is known from an event only; they are negative
}

// newInventory returns an inventory that knows nothing but what the ledger remembers.
func newInventory(l *ledger, now time.Time) *inventory {
	return &inventory{
		ledger: l, base: now, began: now,
		byKey:     map[string]*VM{},
		undefined: map[string]bool{}, unmeasured: map[string]bool{}, failed: map[string]bool{},
		resurvey: map[string]time.Time{},
		touched:  map[string]bool{},
	}
}

// setHost takes over what the hypervisor tells of itself.
func (v *inventory) setHost(h hv.Host) {
	h.CPUs = numbered(h.CPUs)
	started, known := h.Started.Get()
	if known && h.Life == v.host.Life {
		if old, ok := v.host.Started.Get(); ok && old.Sub(started).Abs() < sameBoot {
			h.Started = hv.Some(old)
			started = old
		}
	}
	if !known {
		started = v.began
	}
	rebooted := v.looked && h.Life != v.host.Life
	v.host, v.base = h, started
	if !v.looked || rebooted {
		life := h.Life
		if !known {
			life = "" // without the uptime nothing can be told of an earlier time
		}
		v.ledger.begin(life, v.now(time.Now()))
		v.statesAt, v.looked = time.Time{}, false // nobody was looking when this life began
	}
	if rebooted {
		v.void()
	}
}

// numbered returns the numbers of CPUs in order, each once: as the rows of a table must be, whatever a source tells.
func numbered(cpus []int) []int {
	cpus = slices.Compact(slices.Sorted(slices.Values(cpus)))
	return slices.DeleteFunc(cpus, func(n int) bool { return n < 0 })
}

// void forgets what was counted in an earlier life of the hypervisor, where runs may have had the same numbers, and has
// everything read again.
func (v *inventory) void() {
	for key, vm := range v.byKey {
		next := anew(*vm)
		v.put(&next)
		v.undefined[key], v.unmeasured[key] = true, true
	}
	clear(v.resurvey)
}

// now returns the hypervisor's uptime at t.
func (v *inventory) now(t time.Time) time.Duration { return t.Sub(v.base) }

// states takes over a complete list of the virtual machines, read at the time at. Those of which an event told
// meanwhile stay as they are: the event may be the later one. So do, for a while, those that are missing in the list, if an
// event is to tell their end. If the ledger cannot be written, those that are new are left out, to be found again by the next
// reading, and the error says why. What is shown then is not complete, and so does not count as read at that time.
func (v *inventory) states(list []hv.Summary, at time.Time) error {
	now := v.now(at)
	l := v.look()
	v.leftOut = 0
	v.reading++
	v.adopt(list)
	var fresh []arrival
	appeared, seen := false, 0
	for _, s := range list {
		if !identifies(s.Key) {
			v.leftOut++
			continue
		}
		if v.touched[s.Key] {
			continue
		}
		r, existed := v.ledger.take(s.Key, now)
		if r.seen == v.reading {
			continue // twice in one list
		}
		r.seen = v.reading
		seen++
		r.early = r.early || l.quiet
		found := l.of(r)
		if followed, renamed := r.follow(s, now, !l.missed), r.identify(s); followed || renamed {
			v.ledger.touch(s.Key)
		}
		appeared = appeared || !existed
		if vm := r.vm; vm != nil && existed {
			v.update(vm, s, r, !l.missed)
			v.reach(s, r, found)
			continue
		}
		fresh = append(fresh, arrival{s, found})
	}
	vanished := v.depart(seen, at, l)

	before := v.ledger.meta.LastChange
	if appeared || vanished || before.IsZero() {
		v.ledger.setLastChange(hv.Some(now))
	}
	err := v.ledger.secure()
	if err != nil && !vanished {
		v.ledger.setLastChange(before)
	}
	whole := true
	for _, a := range fresh {
		if r := v.ledger.records[a.Key]; r.saved {
			v.add(a.Summary, r)
			v.reach(a.Summary, r, a.look)
		} else {
			whole = false
		}
	}
	if whole {
		v.statesAt = at
	}
	v.looked, v.blind = true, false
	return err
}

// touch begins a reading of the states: from now on, and of the virtual machines that are waited for, events are later
// than what it will tell.
func (v *inventory) touch(waiting map[string][]hv.Event) {
	clear(v.touched)
	for key := range waiting {
		v.touched[key] = true
	}
}

// An arrival is a virtual machine that a reading found, and how it was found.
type arrival struct {
	hv.Summary
	look
}

// remove takes out a virtual machine that is no more.
func (v *inventory) remove(key string, now time.Duration) {
	v.ledger.drop(key, now)
	if vm := v.byKey[key]; vm != nil {
		v.editing().remove(vm.Index)
		delete(v.byKey, key)
		v.ledger.records[key].vm = nil
	}
	delete(v.undefined, key)
	delete(v.unmeasured, key)
	delete(v.failed, key)
	delete(v.resurvey, key)
	delete(v.missing, key)
}

// add puts in a virtual machine that was not there, or not under this record.
func (v *inventory) add(s hv.Summary, r *record) {
	v.put(&VM{Index: r.Index, Summary: s, Started: v.started(r)})
	v.undefined[s.Key] = true
}

// update takes over the Summary of a virtual machine that was there. If somebody was looking all the time, the run that an
// event told of is the one whose number is told now.
func (v *inventory) update(vm *VM, s hv.Summary, r *record, watched bool) {
	started := v.started(r)
	if s == vm.Summary && (started == vm.Started || started.Equal(vm.Started)) {
		return
	}
	next := *vm
	next.Summary, next.Started = s, started
	if s.Run != vm.Run {
		if vm.Run >= 0 || s.Run <= 0 || !watched {
			next = anew(next)
		}
		v.unmeasured[s.Key] = true
		delete(v.resurvey, s.Key)
	}
	if s.Run != vm.Run || s.Name != vm.Name || s.Persistent != vm.Persistent {
		v.undefined[s.Key] = true
	}
	v.put(&next)
}

// inOrder returns the keys of virtual machines that are there in the order of their indices: those that are read together are
// beside each other in a snapshot too, so that little of it is copied when they are taken over.
func (v *inventory) inOrder(runs map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(runs), func(a, b string) int { return cmp.Compare(v.byKey[a].Index, v.byKey[b].Index) })
}

// started returns the start that r remembers.
func (v *inventory) started(r *record) hv.Opt[time.Time] {
	if t, ok := r.Started.Get(); ok {
		return hv.Some(v.base.Add(t))
	}
	return hv.Opt[time.Time]{}
}

// last returns the last known state of a virtual machine, and whether it has a process. One that is not known has none.
func (v *inventory) last(key string) (was hv.OperState, active bool) {
	vm := v.byKey[key]
	if vm == nil {
		return hv.StateUnknown, false
	}
	return v.ledger.records[key].State.Or(hv.StateUnknown), vm.Active()
}

// stale marks a virtual machine of which a part could not be read.
func (v *inventory) stale(vm *VM, mark func(*VM)) {
	next := *vm
	mark(&next)
	next.Stale = true
	if next.staleDefinition != vm.staleDefinition || next.staleStatistics != vm.staleStatistics {
		v.put(&next)
	}
}

// put replaces or adds a virtual machine.
func (v *inventory) put(vm *VM) {
	v.byKey[vm.Key] = vm
	v.ledger.records[vm.Key].vm = vm
	v.editing().put(vm)
}

// editing returns the edit that goes on since the last snapshot.
func (v *inventory) editing() *edit {
	if v.edit == nil {
		v.edit = v.rows.edit()
	}
	return v.edit
}

// snapshot returns what is known now. It shares all that did not change with the last one.
func (v *inventory) snapshot() *Snapshot {
	if v.edit != nil {
		v.rows, v.edit = v.edit.rows(), nil
	}
	s := &Snapshot{Host: v.host, StatesAt: v.statesAt, vms: v.rows}
	if !v.host.Started.IsZero() {
		s.LastChange = v.ledger.meta.LastChange
	}
	return s
}
