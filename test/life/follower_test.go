package life

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// A follower is told all changes, and holds each against those before it and the newest snapshot.
type follower struct {
	latest func() *collector.Snapshot
	busy   delay // of each call

	mu      sync.Mutex
	last    collector.Change // of all
	now     map[hv.UUID]state
	index   map[hv.UUID]int32 // of those that are there
	changes map[hv.UUID][]collector.Change
	given   [][]collector.Change // as they were given: they may be kept
	copies  [][]collector.Change // of those, as they were then
	// forgetful says that the hypervisor was out of sight, after which the collector may take a virtual machine that was
	// off for reasons that a daemon forgets as one that is shut down, and tell nobody.
	forgetful bool
	wrong     error // the first of what is wrong
}

// newFollower returns a follower that takes what is there in the first snapshot as it is.
func newFollower(latest func() *collector.Snapshot) *follower {
	return &follower{
		latest: latest, now: map[hv.UUID]state{}, index: map[hv.UUID]int32{}, changes: map[hv.UUID][]collector.Change{},
	}
}

// begin takes over the snapshot from which on changes are told. One that is being prepared then has no state yet to
// change from.
func (f *follower) begin(s *collector.Snapshot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last.Number != 0 {
		return fmt.Errorf("change %+v was told before anything was driven", f.last)
	}
	for vm := range s.VMs() {
		f.now[vm.UUID], f.index[vm.UUID] = is(vm.State), vm.Index
	}
	return nil
}

// follow is given to the collector.
func (f *follower) follow(changes []collector.Change) {
	f.busy.pass(context.Background())
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(changes) == 0 {
		f.fail(errors.New("follower was told no change"))
	}
	for _, c := range changes {
		f.fail(f.take(c))
	}
	f.given, f.copies = append(f.given, changes), append(f.copies, slices.Clone(changes))
	f.fail(f.compare(f.latest()))
}

// fail notes the first error.
func (f *follower) fail(err error) {
	if f.wrong == nil {
		f.wrong = err
	}
}

// take holds a change against those before.
func (f *follower) take(c collector.Change) error {
	last, now := f.last, f.now[c.UUID]
	index, there := f.index[c.UUID]
	f.last = c
	f.now[c.UUID], f.index[c.UUID] = c.To, c.Index
	f.changes[c.UUID] = append(f.changes[c.UUID], c)
	if c.To == absent {
		delete(f.now, c.UUID)
		delete(f.index, c.UUID)
	}
	switch {
	case c.Number != last.Number+1:
		return fmt.Errorf("change %d follows change %d", c.Number, last.Number)
	case c.At.Before(last.At):
		return fmt.Errorf("change %d of %v follows one of %v", c.Number, c.At, last.At)
	case c.From == c.To:
		return fmt.Errorf("change %d of %q is none: it stays %s", c.Number, c.Name, word(c.From))
	case c.From != now && !f.unsaid(now, c.From):
		return fmt.Errorf("change %d of %q is from %s to %s, and it was %s before (%s)",
			c.Number, c.Name, word(c.From), word(c.To), word(now), c.Cause)
	case there && c.Index != index:
		return fmt.Errorf("change %d of %q has index %d, it was %d", c.Number, c.Name, c.Index, index)
	case c.Index < 1 || c.Name == "" || c.Cause == "", c.Persistent == hv.Unknown && !f.forgetful:
		return fmt.Errorf("change %+v says too little", c)
	case c.Missed && !f.forgetful:
		return fmt.Errorf("change %d of %q was missed, and the hypervisor was never out of sight", c.Number, c.Name)
	}
	return nil
}

// unsaid reports whether nobody is told of a step: the first state of one that was being prepared when we began, and that
// one which was off is simply shut down for a daemon that forgot why.
func (f *follower) unsaid(was, now state) bool {
	return was == is(hv.StatePreparing) ||
		f.forgetful && now == is(hv.StateShutdown) && (was == is(hv.StateCrashed) || was == is(hv.StateSuspended))
}

// agree returns an error unless the snapshot has what all changes lead to.
func (f *follower) agree(s *collector.Snapshot) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.compare(s)
}

// compare is agree with the follower locked.
func (f *follower) compare(s *collector.Snapshot) error {
	left := maps.Clone(f.now)
	for vm := range s.VMs() {
		was := left[vm.UUID]
		delete(left, vm.UUID)
		switch {
		case vm.State == hv.StatePreparing: // shown, and told once it is complete
		case f.unsaid(was, is(vm.State)):
			f.now[vm.UUID] = is(vm.State)
		case is(vm.State) != was:
			return fmt.Errorf("%q is %s in the snapshot at change %d, and %s by the changes",
				vm.Name, vm.State, f.last.Number, word(was))
		}
		if index, told := f.index[vm.UUID]; told && index != vm.Index {
			return fmt.Errorf("%q has index %d in the snapshot, and %d in its last change", vm.Name, vm.Index, index)
		}
	}
	for id, was := range left {
		return fmt.Errorf("%v is not in the snapshot at change %d, and %s by the changes", id, f.last.Number, word(was))
	}
	return nil
}

// told returns the changes of one virtual machine after the first n.
func (f *follower) told(id hv.UUID, n int) []collector.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes[id][n:]
}

// all returns the number of changes of each virtual machine that there were any of.
func (f *follower) all() map[hv.UUID]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := map[hv.UUID]int{}
	for id, changes := range f.changes {
		counts[id] = len(changes)
	}
	return counts
}

// count returns the number of changes.
func (f *follower) count() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last.Number
}

// position returns how many changes of one virtual machine there were, and the state that they led to.
func (f *follower) position(id hv.UUID) (n int, now state) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.changes[id]), f.now[id]
}

// forget says that the hypervisor goes out of sight.
func (f *follower) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgetful = true
}

// err returns the first of what is wrong.
func (f *follower) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wrong
}

// kept returns an error if what was given changed later.
func (f *follower) kept() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, changes := range f.given {
		if !slices.Equal(changes, f.copies[i]) {
			return fmt.Errorf("changes that began with %+v became %+v", f.copies[i][0], changes[0])
		}
	}
	return nil
}
