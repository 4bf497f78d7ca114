//go:build linux

package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	perVM = "[notifications]\nper_vm = true\n"
	// lively is a hypervisor on which something changes ten times a second, for long enough for any test.
	lively = "sim:///?vms=20&churn=10"
	// gathered is how many notifications there are at least when a fault begins, and how many wait when it ends.
	gathered = 20
)

// vmNotifications is what the numbers of the notifications of VM-MIB are below.
var vmNotifications = mib.MustOID("1.3.6.1.2.1.236.0")

// vmDeleted is the number of the notification of one that is gone.
const vmDeleted = 10

// notificationOf returns the number of the notification that tells that a state was entered, or 0 if none does (RFC 7666).
func notificationOf(s hv.OperState) uint32 {
	return map[hv.OperState]uint32{
		hv.StateRunning: 1, hv.StateShuttingDown: 2, hv.StateShutdown: 3, hv.StatePaused: 4, hv.StateSuspending: 5,
		hv.StateSuspended: 6, hv.StateResuming: 7, hv.StateMigrating: 8, hv.StateCrashed: 9,
	}[s]
}

// A told is a notification of one virtual machine: its number, the index and the name of the virtual machine, and its
// state before as RFC 7666 numbers it.
type told struct {
	Number, Index uint32
	Name          string
	From          int32
}

// A change is one that vmond remembers, and what became of its notification.
type change struct {
	collector.Change
	PerVM struct {
		Outcome string `json:"outcome"`
	} `json:"per_vm"`
}

// notification returns what tells the change, and false if nothing does.
func (c change) notification() (told, bool) {
	n := told{Number: vmDeleted, Index: uint32(c.Index), Name: c.Name, From: int32(c.From.Or(hv.StateUnknown)) + 1}
	if to, ok := c.To.Get(); ok {
		n.Number = notificationOf(to)
	}
	return n, n.Number != 0
}

// changes returns all changes since vmond was started.
func changes(t *testing.T, v *lab.Vmond) []change {
	t.Helper()
	out, err := v.Run(t, "show", "events", "-o", "json", "--control", v.Control)
	if err != nil {
		t.Fatal(err)
	}
	var all []change
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("show events = %.200q: %v", out, err)
	}
	for i, c := range all {
		if c.Number != uint64(i+1) {
			t.Fatalf("change %d of those that vmond remembers has the number %d", i+1, c.Number)
		}
	}
	return all
}

// received returns the notifications of virtual machines that have come, in order.
func received(t *testing.T, trapd *lab.Snmptrapd) []told {
	t.Helper()
	var all []told
	for _, n := range trapd.Received(t) {
		if !n.ID.HasPrefix(vmNotifications) {
			continue
		}
		if len(n.Objects) < 3 {
			t.Fatalf("notification %v has %v", n.ID, n.Objects)
		}
		name, from := n.Objects[0], n.Objects[2]
		all = append(all, told{
			Number: n.ID[len(n.ID)-1], Index: name.Name[len(name.Name)-1],
			Name: string(name.Value.AppendOctets(nil)), From: from.Value.Int(),
		})
	}
	return all
}

// once leaves out what is told again right after it was told, and returns how often that was. No virtual machine enters
// one state twice without another between.
func once(all []told) (out []told, again int) {
	out = slices.Compact(slices.Clone(all))
	return out, len(all) - len(out)
}

// checkTold proves that each change until now is told, in order and once. Of those that the master had in hand when it
// ended nobody knows whether it had sent them on: as many as twice may be told again.
func checkTold(t *testing.T, v *lab.Vmond, trapd *lab.Snmptrapd, twice int) {
	t.Helper()
	past := changes(t, v)
	var want []told
	for _, c := range past {
		if n, ok := c.notification(); ok {
			want = append(want, n)
		}
	}
	var got []told
	var again int
	lab.Eventually(t, settle, "all changes until now are told", func() error {
		if got, again = once(received(t, trapd)); len(got) < len(want) {
			return fmt.Errorf("%d of %d are", len(got), len(want))
		}
		return nil
	})
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
	t.Logf("%d changes, %d notifications, %d of them twice", len(past), len(want), again)
	if again > twice {
		t.Errorf("%d notifications came twice, want at most %d", again, twice)
	}
	lab.Eventually(t, settle, "vmond knows that they were sent", func() error { return sent(changes(t, v)[:len(past)]) })
	if n := v.Health(t).Notifications; n.Dropped > 0 || n.Refused > 0 || n.Resent > uint64(twice) {
		t.Errorf("unexpected counts of notifications: %+v", n)
	}
}

// sent returns nil if each change that is told was sent.
func sent(all []change) error {
	for _, c := range all {
		if _, ok := c.notification(); ok && c.PerVM.Outcome != "sent" {
			return fmt.Errorf("change %d of %q is %s", c.Number, c.Name, c.PerVM.Outcome)
		}
	}
	return nil
}

// startLively starts a vmond on the lively hypervisor, which tells what changes, below an snmpd, which sends that to a
// manager: by TCP, so that whatever is missing was lost by vmond or snmpd. It returns when it is under way.
func startLively(t *testing.T) (*lab.Snmpd, *lab.Snmptrapd, *lab.Vmond) {
	t.Helper()
	trapd := lab.StartSnmptrapd(t)
	s := lab.StartSnmpd(t, trapd.StreamedTraps())
	v := lab.StartVmondWith(t, perVM, lively, s.AgentX)
	lab.Eventually(t, settle, "notifications are received", func() error {
		if n := len(received(t, trapd)); n < gathered {
			return fmt.Errorf("%d are", n)
		}
		return nil
	})
	return s, trapd, v
}

// gather waits until some notifications wait for the master.
func gather(t *testing.T, v *lab.Vmond) {
	t.Helper()
	lab.Eventually(t, settle, "notifications wait", func() error {
		if n := v.Health(t).Notifications.Waiting; n < gathered {
			return fmt.Errorf("%d do", n)
		}
		return nil
	})
}

// checkFresh proves that what is served is what vmond knows now. While that changes the two cannot be asked at once, so
// it may take several questions until nothing changed between.
func checkFresh(t *testing.T, s *lab.Snmpd, v *lab.Vmond) {
	t.Helper()
	lab.Eventually(t, settle, "what is served is what vmond knows", func() error {
		var known collector.Snapshot
		err := v.Ask("/snapshot", func(r *http.Response) error { return json.NewDecoder(r.Body).Decode(&known) })
		if err != nil {
			return err
		}
		want := served.Column{}
		for vm := range known.VMs() {
			want[fmt.Sprint(vm.Index)] = mib.Integer(int32(vm.State) + 1)
		}
		if len(want) == 0 {
			return errors.New("vmond knows no virtual machine")
		}
		if diff := cmp.Diff(want, served.ColumnOf(s.BulkWalk(t, served.OperState), served.OperState)); diff != "" {
			return fmt.Errorf("unexpected states (-want +got):\n%s", diff)
		}
		return nil
	})
}

// TestNothingIsLost proves that each change is told in order whatever becomes of the master meanwhile, and that what is
// served afterwards is what is so now. An snmpd that only takes its time gets nothing twice.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault func(t *testing.T, s *lab.Snmpd, v *lab.Vmond)
		twice int
	}{
		{"ended", func(t *testing.T, s *lab.Snmpd, v *lab.Vmond) { leave(t, s, v, syscall.SIGTERM) }, 1},
		{"killed", func(t *testing.T, s *lab.Snmpd, v *lab.Vmond) { leave(t, s, v, syscall.SIGKILL) }, 1},
		{"restarted at once", restartQuickly, len(quickRestarts())},
		{"stopped", func(t *testing.T, s *lab.Snmpd, v *lab.Vmond) {
			since := v.Health(t).Master.Since
			s.Signal(syscall.SIGSTOP)
			<-time.After(stopped)
			gather(t, v)
			s.Signal(syscall.SIGCONT)
			if m := v.Health(t).Master; !m.Registered || !m.Since.Equal(since) {
				t.Errorf("the session since %v was not kept: %+v", since, m)
			}
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, trapd, v := startLively(t)
			tt.fault(t, s, v)
			t.Logf("served again after %v", awaitServed(t, hastyClient(t, s)))
			checkFresh(t, s, v)
			checkTold(t, v, trapd, tt.twice)
		})
	}
}

// leave ends the snmpd until some notifications wait for it.
func leave(t *testing.T, s *lab.Snmpd, v *lab.Vmond, with syscall.Signal) {
	t.Helper()
	s.Signal(with)
	<-s.Done()
	gather(t, v)
	s.Again(t)
}

// quickRestarts are the ends of an snmpd that is back at once.
func quickRestarts() []syscall.Signal {
	return []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL}
}

func restartQuickly(t *testing.T, s *lab.Snmpd, _ *lab.Vmond) {
	t.Helper()
	for _, sig := range quickRestarts() {
		s.Restart(t, sig)
		awaitServed(t, hastyClient(t, s))
	}
}
