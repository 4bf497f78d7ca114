package vmmib_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib/vmmib"
)

// TestManyTurnTheSwitches proves that followers, managers, masters and configurations at once make no race and no loss:
// whatever they do, a change is told once or not at all, those told come in order, and each list says what its changes do.
func TestManyTurnTheSwitches(t *testing.T) {
	t.Parallel()
	const rounds, batch = 200, 10
	f := newFollower(vmmib.NotificationOptions{PerVM: true, Bulk: true, Window: time.Microsecond})
	end := f.run(t)
	tree := settable(t, f.Notifications)
	var wg sync.WaitGroup
	for _, work := range []func(){
		func() {
			for _, value := range []int32{no, yes} {
				a := test(t, f.Notifications, switchName(bulkNumber), integer(value))
				commit(t, a)
				if value == no {
					undo(t, a)
				}
				a.Release()
			}
		},
		func() {
			if a, b := tree.Get(switchName(perVMNumber)), tree.Get(switchName(bulkNumber)); a.Int() != yes || b.IsException() {
				t.Errorf("unexpected switches %s and %s", a, b)
			}
		},
		f.Reset,
		func() {
			f.Configure(vmmib.NotificationOptions{PerVM: true, Bulk: true, Window: time.Microsecond, Missed: true})
		},
	} {
		wg.Go(func() {
			for range rounds {
				work()
			}
		})
	}
	follow := func(i int) {
		var changes []collector.Change
		for j := range batch {
			changes = append(changes, f.change(int32(j+1), hv.Some([]hv.OperState{hv.StateRunning, hv.StatePaused}[i%2])))
		}
		f.Follow(changes)
	}
	for i := range rounds - 1 {
		follow(i)
	}
	wg.Wait()
	follow(rounds - 1) // while nobody turns anything any more
	end()

	var last uint64
	inBulk := map[uint64]bool{}
	perVM := 0
	for _, n := range f.sent() {
		if !n.Bulk {
			if n.Changes[0] != last+1 {
				t.Errorf("change %d is told after %d", n.Changes[0], last)
			}
			last = n.Changes[0]
			perVM++
			continue
		}
		want := map[int]bool{}
		for _, number := range n.Changes {
			if inBulk[number] || number > last {
				t.Errorf("change %d is told twice, or before it is told per VM", number)
			}
			inBulk[number] = true
			want[int(number-1)%batch+1] = true
		}
		got := map[int]bool{}
		for i, o := range n.Objects[0].Value.AppendOctets(nil) {
			for bit := range 8 {
				if o&(0x80>>bit) != 0 {
					got[8*i+bit+1] = true
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected indices of %s (-want +got):\n%s", nameOf(n), diff)
		}
	}
	if perVM != rounds*batch {
		t.Errorf("unexpected %d notifications, want %d", perVM, rounds*batch)
	}
	for number := last - batch + 1; number <= last; number++ {
		if !inBulk[number] {
			t.Errorf("change %d is in no bulk notification although the switch was on", number)
		}
	}
}
