package vmmib_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
)

// names are the notifications in the order of their numbers, as the RFC has them.
var names = [...]string{
	"vmRunning", "vmShuttingdown", "vmShutdown", "vmPaused", "vmSuspending",
	"vmSuspended", "vmResuming", "vmMigrating", "vmCrashed", "vmDeleted",
	"vmBulkRunning", "vmBulkShuttingdown", "vmBulkShutdown", "vmBulkPaused", "vmBulkSuspending",
	"vmBulkSuspended", "vmBulkResuming", "vmBulkMigrating", "vmBulkCrashed", "vmBulkDeleted",
}

// nameOf returns the name of a notification.
func nameOf(n vmmib.Notification) string {
	prefix := mib.MustOID("1.3.6.1.2.1.236.0")
	if id := n.ID; id.HasPrefix(prefix) && len(id) == len(prefix)+1 && int(id[len(prefix)])-1 < len(names) {
		return names[id[len(prefix)]-1]
	}
	return n.ID.String()
}

// short returns a notification as the tests write it: "vmRunning.7 after 11 [1]" or "vmBulkRunning a040 [1 2 3]", or
// with "refused" for one that cannot be sent.
func short(n vmmib.Notification) string {
	switch {
	case n.Err != nil:
		return fmt.Sprintf("%s refused %d", nameOf(n), n.Changes)
	case n.Bulk:
		return fmt.Sprintf("%s %x %d", nameOf(n), n.Objects[0].Value.AppendOctets(nil), n.Changes)
	}
	state := n.Objects[2]
	return fmt.Sprintf("%s.%d after %d %d", nameOf(n), state.Name[len(state.Name)-1], state.Value.Int(), n.Changes)
}

// A follower follows changes, and notes when which notifications leave.
type follower struct {
	*vmmib.Notifications
	start  time.Time
	states map[int32]hv.Opt[hv.OperState]
	number uint64

	mu   sync.Mutex
	told []vmmib.Notification
	at   []time.Duration // since the start
}

func newFollower(o vmmib.NotificationOptions) *follower {
	f := &follower{start: time.Now(), states: map[int32]hv.Opt[hv.OperState]{}}
	f.Notifications = vmmib.NewNotifications(o, func(n vmmib.Notification) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, n)
		f.at = append(f.at, time.Since(f.start))
	})
	return f
}

// change returns the next change of a virtual machine.
func (f *follower) change(index int32, to hv.Opt[hv.OperState]) collector.Change {
	f.number++
	c := collector.Change{Number: f.number, Index: index, Name: "web", From: f.states[index], To: to}
	f.states[index] = to
	return c
}

// goes follows the change of virtual machines to a state, each for itself.
func (f *follower) goes(to hv.OperState, indices ...int32) {
	for _, i := range indices {
		f.Follow([]collector.Change{f.change(i, hv.Some(to))})
	}
}

// vanishes follows the end of virtual machines.
func (f *follower) vanishes(indices ...int32) {
	for _, i := range indices {
		f.Follow([]collector.Change{f.change(i, hv.Opt[hv.OperState]{})})
	}
}

// sent returns the notifications that have left.
func (f *follower) sent() []vmmib.Notification {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.told)
}

// log returns them with their times.
func (f *follower) log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for i, n := range f.told {
		out = append(out, fmt.Sprintf("%s %s", f.at[i], short(n)))
	}
	return out
}

// set is a SET of a switch, by its number below vmObjects, that nothing undoes.
func (f *follower) set(t *testing.T, number uint32, value int32) {
	t.Helper()
	a := test(t, f.Notifications, switchName(number), mib.Integer(value))
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	a.Release()
}

// run has the Notifications run, and returns what ends that and waits for it.
func (f *follower) run(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	<-f.Ready()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("unexpected error of Run: %v", err)
		}
	}
}

// pass lets time pass, and then waits until all rest.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// lone returns the list of one index, as the tests write it.
func lone(index int) string {
	octets := make([]byte, (index+7)/8)
	octets[len(octets)-1] = 1 << ((8*len(octets) - index) % 8)
	return fmt.Sprintf("%x", octets)
}
