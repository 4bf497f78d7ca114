package vmmib_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib/vmmib"
)

// The numbers of the switches below vmObjects, and what they are set to.
const (
	perVMNumber, bulkNumber = 9, 10
	yes, no                 = 1, 2
)

// TestBulkWindows proves which changes make one notification, and when it leaves.
func TestBulkWindows(t *testing.T) {
	t.Parallel()
	const (
		running, paused = hv.StateRunning, hv.StatePaused
		second          = time.Second
	)
	bulk := func(window time.Duration) vmmib.NotificationOptions {
		return vmmib.NotificationOptions{Bulk: true, Window: window}
	}
	tests := []struct {
		name    string
		options vmmib.NotificationOptions
		do      func(t *testing.T, f *follower)
		want    []string
	}{
		{
			"one change", bulk(0),
			func(_ *testing.T, f *follower) { f.goes(running, 1) },
			[]string{"2s vmBulkRunning 80 [1]"},
		},
		{
			"another window", bulk(100 * time.Millisecond),
			func(_ *testing.T, f *follower) { f.goes(running, 1) },
			[]string{"100ms vmBulkRunning 80 [1]"},
		},
		{
			"many in one window", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 3)
				pass(second)
				f.goes(running, 10)
				pass(second - 1)
				f.goes(running, 1)
			},
			[]string{"2s vmBulkRunning a040 [1 2 3]"},
		},
		{
			"the window is closed", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 3)
				pass(2 * second)
				f.goes(running, 10)
			},
			[]string{"2s vmBulkRunning 20 [1]", "4s vmBulkRunning 0040 [2]"},
		},
		{
			"each kind has a window of its own", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 1, 2)
				pass(second)
				f.goes(paused, 2)
				f.vanishes(1)
				pass(second / 2)
				f.goes(running, 3)
			},
			[]string{"2s vmBulkRunning e0 [1 2 5]", "3s vmBulkPaused 40 [3]", "3s vmBulkDeleted 80 [4]"},
		},
		{
			"one that flaps is in the list of each state", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 4)
				for range 3 {
					f.goes(paused, 4)
					f.goes(running, 4)
				}
			},
			[]string{"2s vmBulkRunning 10 [1 3 5 7]", "2s vmBulkPaused 10 [2 4 6]"},
		},
		{
			"one that lives and dies in a window", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 9)
				f.goes(hv.StateShutdown, 9)
				f.vanishes(9)
			},
			[]string{"2s vmBulkRunning 0080 [1]", "2s vmBulkShutdown 0080 [2]", "2s vmBulkDeleted 0080 [3]"},
		},
		{
			"a new configuration leaves open windows as long as they are", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 1)
				pass(second)
				f.Configure(bulk(second / 2))
				f.goes(running, 2)
				f.goes(paused, 2)
			},
			[]string{"1.5s vmBulkPaused 40 [3]", "2s vmBulkRunning c0 [1 2]"},
		},
		{
			"a longer one too", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 1)
				f.Configure(bulk(5 * second))
				f.goes(paused, 1)
				pass(2 * second)
				f.goes(running, 1)
			},
			[]string{"2s vmBulkRunning 80 [1]", "5s vmBulkPaused 80 [2]", "7s vmBulkRunning 80 [3]"},
		},
		{
			"a new configuration may take the room away", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 1088, 1089)
				f.goes(paused, 1088)
				f.Configure(vmmib.NotificationOptions{Bulk: true, MessageSize: 484})
			},
			[]string{"2s vmBulkRunning refused [1 2]", "2s vmBulkPaused " + lone(1088) + " [3]"},
		},
		{
			"turned off", bulk(0),
			func(t *testing.T, f *follower) {
				f.goes(running, 1)
				f.goes(paused, 2)
				pass(second)
				f.set(t, bulkNumber, no)
				f.goes(running, 3)
			},
			nil,
		},
		{
			"turned off and on again", bulk(0),
			func(t *testing.T, f *follower) {
				f.goes(running, 1)
				pass(second)
				f.set(t, bulkNumber, no)
				f.goes(running, 2)
				f.set(t, bulkNumber, yes)
				f.goes(running, 3)
			},
			[]string{"3s vmBulkRunning 20 [3]"},
		},
		{
			"turned on in the middle", vmmib.NotificationOptions{},
			func(t *testing.T, f *follower) {
				f.goes(running, 1)
				pass(second)
				f.set(t, bulkNumber, yes)
				f.goes(running, 2)
				f.goes(paused, 1)
			},
			[]string{"3s vmBulkRunning 40 [2]", "3s vmBulkPaused 80 [3]"},
		},
		{
			"set to what it is", bulk(0),
			func(t *testing.T, f *follower) {
				f.goes(running, 1)
				pass(second)
				f.set(t, bulkNumber, yes)
				f.set(t, perVMNumber, no)
				f.goes(running, 2)
			},
			[]string{"2s vmBulkRunning c0 [1 2]"},
		},
		{
			"reset where nothing was set", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 1)
				f.Reset()
				f.goes(running, 2)
			},
			[]string{"2s vmBulkRunning c0 [1 2]"},
		},
		{
			"reset to off", vmmib.NotificationOptions{},
			func(t *testing.T, f *follower) {
				f.set(t, bulkNumber, yes)
				f.set(t, perVMNumber, yes)
				f.goes(running, 1)
				f.Reset()
				f.goes(running, 2)
			},
			[]string{"0s vmRunning.1 after 1 [1]"},
		},
		{
			"reset to on", vmmib.NotificationOptions{PerVM: true, Bulk: true},
			func(t *testing.T, f *follower) {
				f.set(t, bulkNumber, no)
				f.set(t, perVMNumber, no)
				f.goes(running, 1)
				f.Reset()
				f.goes(running, 2)
			},
			[]string{"0s vmRunning.2 after 1 [2]", "2s vmBulkRunning 40 [2]"},
		},
		{
			"reset goes by the last configuration", bulk(0),
			func(_ *testing.T, f *follower) {
				f.goes(running, 1)
				f.Configure(vmmib.NotificationOptions{PerVM: true})
				f.goes(running, 2)
				f.Reset()
				f.goes(running, 3)
			},
			[]string{"0s vmRunning.2 after 1 [2]", "0s vmRunning.3 after 1 [3]"},
		},
		{
			"a new configuration with the same start values leaves what was set", bulk(0),
			func(t *testing.T, f *follower) {
				f.set(t, bulkNumber, no)
				f.set(t, perVMNumber, yes)
				f.Configure(bulk(second))
				f.goes(running, 1)
			},
			[]string{"0s vmRunning.1 after 1 [1]"},
		},
		{
			"a new configuration with another start value overrides what was set", vmmib.NotificationOptions{},
			func(t *testing.T, f *follower) {
				f.set(t, bulkNumber, no)
				f.set(t, perVMNumber, yes)
				f.Configure(bulk(second))
				f.goes(running, 1)
			},
			[]string{"0s vmRunning.1 after 1 [1]", "1s vmBulkRunning 80 [1]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFollower(tt.options)
				end := f.run(t)
				tt.do(t, f)
				pass(time.Minute)
				end()
				if diff := cmp.Diff(tt.want, f.log()); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestBulkRunEnds proves that nothing is lost at either end of Run.
func TestBulkRunEnds(t *testing.T) {
	t.Parallel()
	const running, paused = hv.StateRunning, hv.StatePaused
	tests := []struct {
		name string
		do   func(t *testing.T, f *follower)
		want []string
	}{
		{
			"windows that are open", func(t *testing.T, f *follower) {
				end := f.run(t)
				f.goes(running, 1, 2)
				pass(time.Second)
				f.goes(paused, 1)
				end()
			},
			[]string{"1s vmBulkRunning c0 [1 2]", "1s vmBulkPaused 80 [3]"},
		},
		{
			"what is followed after the end", func(t *testing.T, f *follower) {
				f.run(t)()
				f.Follow([]collector.Change{f.change(1, hv.Some(running)), f.change(2, hv.Some(running)), f.change(1, hv.Some(paused))})
				f.goes(running, 1)
			},
			[]string{"0s vmBulkRunning c0 [1 2]", "0s vmBulkPaused 80 [3]", "0s vmBulkRunning 80 [4]"},
		},
		{
			"what is followed before the beginning", func(t *testing.T, f *follower) {
				f.goes(running, 1)
				pass(time.Second)
				end := f.run(t)
				f.goes(running, 2)
				pass(time.Minute)
				end()
			},
			[]string{"2s vmBulkRunning c0 [1 2]"},
		},
		{
			"what was due before the beginning", func(t *testing.T, f *follower) {
				f.goes(running, 1)
				pass(time.Minute)
				end := f.run(t)
				synctest.Wait()
				f.goes(running, 2)
				end()
			},
			[]string{"1m0s vmBulkRunning 80 [1]", "1m0s vmBulkRunning 40 [2]"},
		},
		{
			"a SET that is undone after the end", func(t *testing.T, f *follower) {
				end := f.run(t)
				f.goes(running, 1)
				a := test(t, f.Notifications, switchName(bulkNumber), integer(no))
				commit(t, a)
				end()
				undo(t, a)
			},
			[]string{"0s vmBulkRunning 80 [1]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFollower(vmmib.NotificationOptions{Bulk: true})
				tt.do(t, f)
				if diff := cmp.Diff(tt.want, f.log()); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestRunWaitsForSend proves that Run does not return while another goroutine still sends what Run has ended.
func TestRunWaitsForSend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		held := make(chan struct{})
		n := vmmib.NewNotifications(vmmib.NotificationOptions{PerVM: true, Bulk: true}, func(n vmmib.Notification) {
			<-held
			got = append(got, short(n))
		})
		f := &follower{Notifications: n}
		end := f.run(t)
		go n.Follow([]collector.Change{{Number: 1, Index: 1, To: hv.Some(hv.StateRunning)}})
		synctest.Wait()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			end()
		}()
		synctest.Wait()
		select {
		case <-ended:
			t.Error("Run has returned before all was sent")
		default:
		}
		close(held)
		<-ended
		want := []string{"vmRunning.1 after 1 [1]", "vmBulkRunning 80 [1]"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected notifications (-want +got):\n%s", diff)
		}
	})
}

// TestBulkTooLarge proves that a list that does not fit is neither cut nor sent, and says why.
func TestBulkTooLarge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		size  int
		index int32
		want  string // "" if it fits
	}{
		{"the last that fits the smallest message", 484, 1088, ""},
		{"the first that does not", 484, 1089, "vmBulkRunning with index 1089: too large for a message of 484 octets, which has room for 1088"},
		{"the last that fits any", 0, 521272, ""},
		{"the first that does not fit any", 0, 521273, "vmBulkRunning with index 521273: too large for a message of 65507 octets, which has room for 521272"},
		{"the last of all", 0, math.MaxInt32, "vmBulkRunning with index 2147483647: too large for a message of 65507 octets, which has room for 521272"},
		{"no room at all", 1, 1, "vmBulkRunning with index 1: too large for a message of 1 octets, which has room for 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFollower(vmmib.NotificationOptions{Bulk: true, MessageSize: tt.size})
				f.goes(hv.StateRunning, 1, tt.index)
				f.run(t)()
				sent := f.sent()
				if len(sent) != 1 {
					t.Fatalf("unexpected %d notifications", len(sent))
				}
				n := sent[0]
				if diff := cmp.Diff([]string{"vmBulkRunning"}, []string{nameOf(n)}); diff != "" {
					t.Errorf("unexpected notification (-want +got):\n%s", diff)
				}
				if tt.want == "" {
					if n.Err != nil || n.Objects[0].Value.Len() != max(int(tt.index+7)/8, 1) {
						t.Errorf("unexpected error %v, or list of %d octets", n.Err, n.Objects[0].Value.Len())
					}
					return
				}
				if n.Err == nil || !errors.Is(n.Err, vmmib.ErrTooLarge) || n.Objects != nil {
					t.Fatalf("unexpected error %v, or objects", n.Err)
				}
				if diff := cmp.Diff(tt.want, n.Err.Error()); diff != "" {
					t.Errorf("unexpected error (-want +got):\n%s", diff)
				}
			})
		})
	}
}
