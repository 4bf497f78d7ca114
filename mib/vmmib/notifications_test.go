package vmmib_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
)

// TestLives proves the notifications of whole lives, as the collector tells them: rows 1 to 18 of RFC 7666, appendix A.
func TestLives(t *testing.T) {
	t.Parallel()
	state := func(s hv.OperState) hv.Opt[hv.OperState] { return hv.Some(s) }
	gone := hv.Opt[hv.OperState]{}
	tests := []struct {
		name  string
		steps []hv.Opt[hv.OperState]
		want  []string
	}{
		{
			"defined, and undefined", []hv.Opt[hv.OperState]{state(hv.StatePreparing), state(hv.StateShutdown), gone},
			[]string{"vmShutdown.7 after 3 [2]", "vmDeleted.7 after 11 [3]"},
		},
		{
			"started, shut down by ACPI", []hv.Opt[hv.OperState]{state(hv.StateRunning), state(hv.StateShuttingDown), state(hv.StateShutdown)},
			[]string{"vmRunning.7 after 1 [1]", "vmShuttingdown.7 after 4 [2]", "vmShutdown.7 after 10 [3]"},
		},
		{
			"a transient one that is destroyed", []hv.Opt[hv.OperState]{state(hv.StateRunning), state(hv.StateShutdown), gone},
			[]string{"vmRunning.7 after 1 [1]", "vmShutdown.7 after 4 [2]", "vmDeleted.7 after 11 [3]"},
		},
		{
			"suspended and resumed", []hv.Opt[hv.OperState]{state(hv.StateRunning), state(hv.StatePaused), state(hv.StateRunning)},
			[]string{"vmRunning.7 after 1 [1]", "vmPaused.7 after 4 [2]", "vmRunning.7 after 8 [3]"},
		},
		{
			"saved and restored",
			[]hv.Opt[hv.OperState]{
				state(hv.StateRunning), state(hv.StateSuspending), state(hv.StateSuspended), state(hv.StateResuming), state(hv.StateRunning),
			},
			[]string{
				"vmRunning.7 after 1 [1]", "vmSuspending.7 after 4 [2]", "vmSuspended.7 after 5 [3]",
				"vmResuming.7 after 6 [4]", "vmRunning.7 after 7 [5]",
			},
		},
		{
			"migrated to here",
			[]hv.Opt[hv.OperState]{state(hv.StateShutdown), state(hv.StateMigrating), state(hv.StateRunning)},
			[]string{"vmShutdown.7 after 1 [1]", "vmMigrating.7 after 11 [2]", "vmRunning.7 after 9 [3]"},
		},
		{
			"crashed, and started again",
			[]hv.Opt[hv.OperState]{state(hv.StateRunning), state(hv.StateCrashed), state(hv.StateRunning), state(hv.StateCrashed), gone},
			[]string{
				"vmRunning.7 after 1 [1]", "vmCrashed.7 after 4 [2]", "vmRunning.7 after 12 [3]",
				"vmCrashed.7 after 4 [4]", "vmDeleted.7 after 12 [5]",
			},
		},
		{
			"what no notification tells",
			[]hv.Opt[hv.OperState]{state(hv.StateUnknown), state(hv.StateOther), state(hv.StatePreparing), state(hv.StateUnknown), state(hv.StateRunning)},
			[]string{"vmRunning.7 after 1 [5]"},
		},
		{
			"from a state that the RFC has no word for", []hv.Opt[hv.OperState]{state(hv.StateOther), state(hv.StatePaused)},
			[]string{"vmPaused.7 after 2 [2]"},
		},
		{
			"where it was", []hv.Opt[hv.OperState]{state(hv.StateRunning), state(hv.StateRunning), gone, gone},
			[]string{"vmRunning.7 after 1 [1]", "vmDeleted.7 after 4 [3]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFollower(vmmib.NotificationOptions{PerVM: true})
			var changes []collector.Change
			for _, to := range tt.steps {
				changes = append(changes, f.change(7, to))
			}
			f.Follow(changes)
			var got []string
			for _, n := range f.sent() {
				got = append(got, short(n))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected notifications (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPerVMObjects proves what is in a notification, where the virtual machine is unlike the others.
func TestPerVMObjects(t *testing.T) {
	t.Parallel()
	uuid := hv.UUID{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}
	column := func(id, index uint32) mib.OID { return mib.MustOID("1.3.6.1.2.1.236.1.4.1").Append(id, index) }
	tests := []struct {
		name   string
		change collector.Change
		want   []mib.Varbind
	}{
		{
			"all is known",
			collector.Change{Index: 7, UUID: uuid, Name: "web", From: hv.Some(hv.StatePaused), To: hv.Some(hv.StateRunning)},
			[]mib.Varbind{{Name: column(2, 7), Value: mib.Text("web")}, {Name: column(3, 7), Value: mib.Octets(uuid[:])}, {Name: column(6, 7), Value: mib.Integer(8)}},
		},
		{
			"nothing is known",
			collector.Change{Index: 1, To: hv.Some(hv.StateShutdown)},
			[]mib.Varbind{{Name: column(2, 1), Value: mib.Text("")}, {Name: column(3, 1), Value: mib.Octets(nil)}, {Name: column(6, 1), Value: mib.Integer(1)}},
		},
		{
			"the last index, and a name too long",
			collector.Change{Index: math.MaxInt32, Name: strings.Repeat("ü", 200), From: hv.Some(hv.StateUnknown), To: hv.Some(hv.StateCrashed)},
			[]mib.Varbind{
				{Name: column(2, math.MaxInt32), Value: mib.Text(strings.Repeat("ü", 127))},
				{Name: column(3, math.MaxInt32), Value: mib.Octets(nil)},
				{Name: column(6, math.MaxInt32), Value: mib.Integer(1)},
			},
		},
		{
			"a persistent one is gone",
			collector.Change{Index: 3, UUID: uuid, Name: "a\tb", Persistent: hv.Yes, From: hv.Some(hv.StateShutdown)},
			[]mib.Varbind{
				{Name: column(2, 3), Value: mib.Text("a\ufffdb")}, {Name: column(3, 3), Value: mib.Octets(uuid[:])},
				{Name: column(6, 3), Value: mib.Integer(11)}, {Name: column(8, 3), Value: mib.Integer(2)},
			},
		},
		{
			"a transient one is gone",
			collector.Change{Index: 3, Persistent: hv.No, From: hv.Some(hv.StateOther)},
			[]mib.Varbind{
				{Name: column(2, 3), Value: mib.Text("")}, {Name: column(3, 3), Value: mib.Octets(nil)},
				{Name: column(6, 3), Value: mib.Integer(2)}, {Name: column(8, 3), Value: mib.Integer(3)},
			},
		},
		{
			"one of which it is not known is gone",
			collector.Change{Index: 3, From: hv.Some(hv.StateRunning)},
			[]mib.Varbind{
				{Name: column(2, 3), Value: mib.Text("")}, {Name: column(3, 3), Value: mib.Octets(nil)},
				{Name: column(6, 3), Value: mib.Integer(4)}, {Name: column(8, 3), Value: mib.Integer(1)},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFollower(vmmib.NotificationOptions{PerVM: true})
			changes := []collector.Change{tt.change}
			f.Follow(changes)
			changes[0] = collector.Change{UUID: hv.UUID{0xbb}, Name: "other"} // the slice is the caller's
			sent := f.sent()
			if len(sent) != 1 {
				t.Fatalf("unexpected %d notifications", len(sent))
			}
			if diff := cmp.Diff(tt.want, sent[0].Objects); diff != "" {
				t.Errorf("unexpected objects (-want +got):\n%s", diff)
			}
			if sent[0].Bulk || sent[0].Err != nil || sent[0].UpTime.Type() != 0 {
				t.Errorf("unexpected notification: %+v", sent[0])
			}
		})
	}
}

// TestWhatIsNotTold proves that nothing is told of a change that happened unwatched, unless that is wished, and of one
// without an index.
func TestWhatIsNotTold(t *testing.T) {
	t.Parallel()
	changes := []collector.Change{
		{Number: 1, Index: 1, To: hv.Some(hv.StateRunning), Missed: true},
		{Number: 2, Index: 2, To: hv.Some(hv.StateRunning)},
		{Number: 3, Index: 0, To: hv.Some(hv.StateRunning)},
		{Number: 4, Index: -1, To: hv.Some(hv.StateRunning)},
		{Number: 5, Index: 3, From: hv.Some(hv.StateRunning), Missed: true},
	}
	tests := []struct {
		name    string
		options vmmib.NotificationOptions
		want    []string
	}{
		{"nothing is on", vmmib.NotificationOptions{Missed: true}, nil},
		{"per VM", vmmib.NotificationOptions{PerVM: true}, []string{"0s vmRunning.2 after 1 [2]"}},
		{
			"per VM, and what was missed", vmmib.NotificationOptions{PerVM: true, Missed: true},
			[]string{"0s vmRunning.1 after 1 [1]", "0s vmRunning.2 after 1 [2]", "0s vmDeleted.3 after 4 [5]"},
		},
		{"bulk", vmmib.NotificationOptions{Bulk: true}, []string{"2s vmBulkRunning 40 [2]"}},
		{
			"bulk, and what was missed", vmmib.NotificationOptions{Bulk: true, Missed: true},
			[]string{"2s vmBulkRunning c0 [1 2]", "2s vmBulkDeleted 20 [5]"},
		},
		{
			"both", vmmib.NotificationOptions{PerVM: true, Bulk: true},
			[]string{"0s vmRunning.2 after 1 [2]", "2s vmBulkRunning 40 [2]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFollower(tt.options)
				end := f.run(t)
				f.Follow(changes)
				pass(time.Minute)
				end()
				if diff := cmp.Diff(tt.want, f.log()); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestSendMayCallBack proves that whoever receives a notification holds nothing up, not even if it asks for more: the
// order stays.
func TestSendMayCallBack(t *testing.T) {
	t.Parallel()
	var n *vmmib.Notifications
	var got []string
	n = vmmib.NewNotifications(vmmib.NotificationOptions{PerVM: true}, func(x vmmib.Notification) {
		got = append(got, short(x))
		if x.Changes[0] == 1 {
			n.Follow([]collector.Change{{Number: 3, Index: 3, To: hv.Some(hv.StateRunning)}})
			n.Configure(vmmib.NotificationOptions{PerVM: true, Missed: true})
			n.Reset()
		}
	})
	n.Follow([]collector.Change{
		{Number: 1, Index: 1, To: hv.Some(hv.StateRunning)}, {Number: 2, Index: 2, To: hv.Some(hv.StateRunning), Missed: true},
	})
	want := []string{"vmRunning.1 after 1 [1]", "vmRunning.3 after 1 [3]", "vmRunning.2 after 1 [2]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
}

func TestNotificationOptionsPanic(t *testing.T) {
	t.Parallel()
	n := vmmib.NewNotifications(vmmib.NotificationOptions{}, nil)
	for _, o := range []vmmib.NotificationOptions{{Window: -1}, {MessageSize: -1}} {
		for name, f := range map[string]func(){
			"NewNotifications": func() { vmmib.NewNotifications(o, nil) },
			"Configure":        func() { n.Configure(o) },
		} {
			func() {
				defer func() {
					if diff := cmp.Diff(any("vmmib: negative window or message size"), recover()); diff != "" {
						t.Errorf("unexpected panic of %s (-want +got):\n%s", name, diff)
					}
				}()
				f()
			}()
		}
	}
	n.Reset() // the lock is free
}

func TestNotificationsIsATask(t *testing.T) {
	t.Parallel()
	f := newFollower(vmmib.NotificationOptions{})
	select {
	case <-f.Ready():
		t.Error("ready before Run")
	default:
	}
	f.run(t)()
	if diff := cmp.Diff("notifications", f.String()); diff != "" {
		t.Errorf("unexpected name (-want +got):\n%s", diff)
	}
	if f.Switches() != f.Switches() {
		t.Error("the switches are others each time")
	}
	if len(f.sent()) != 0 {
		t.Error("something was sent")
	}
}
