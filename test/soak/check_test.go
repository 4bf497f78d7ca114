package soak

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/served"
)

// check proves, once the virtual machines have come to rest, that all that vmond says is true.
func (r *rig) check() {
	r.t.Helper()
	r.await("the virtual machines have come to rest", passed(r.calm.Add(longestChange)))
	src, err := r.truth()
	if err != nil {
		r.t.Fatal(err)
	}
	defer src.Close()
	truth, err := src.States(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.await("vmond shows the truth", func() error { return r.shows(truth) })
	shown := time.Now()
	r.await("snmpd serves the truth", func() error { return r.serves(truth) })
	r.await("nothing is gathered any more", passed(shown.Add(longestWindow)))
	r.await("all is told", r.drained)
	r.checkNotifications(truth)
	r.checkLog()
	for _, what := range []string{
		"walks of a column", "walks of the MIB", "/snapshot", "/events", "show", "HUPs", "half a request", "no request",
		"a snapshot that is not read", "restarts of snmpd", "turns of the switches",
	} {
		if r.work[what] == 0 {
			r.mistake("there were no %s", what)
		}
	}
}

// passed returns what returns nil once the time t is past.
func passed(t time.Time) func() error {
	return func() error {
		if left := time.Until(t); left > 0 {
			return fmt.Errorf("it takes %v more", left)
		}
		return nil
	}
}

// A row is what all ways to look at a virtual machine must agree on.
type row struct {
	uuid       hv.UUID
	name       string
	state      hv.OperState
	persistent hv.Answer
}

func rowOf(s hv.Summary) row { return row{s.UUID, s.Name, s.State, s.Persistent} }

// shows returns nil if vmond show has exactly the truth, with all that there is of each virtual machine.
func (r *rig) shows(truth []hv.Summary) error {
	shown, err := r.shown()
	if err != nil {
		return err
	}
	rows := map[hv.UUID]row{}
	for _, vm := range shown {
		if _, twice := rows[vm.UUID]; twice {
			return fmt.Errorf("virtual machine %v is shown twice", vm.UUID)
		}
		rows[vm.UUID] = rowOf(vm.Summary)
		if !vm.Defined || vm.Stale || len(vm.Disks) != disksOfEach || len(vm.NICs) != nicsOfEach {
			return fmt.Errorf("virtual machine %d has %d disks and %d interfaces (defined: %t, stale: %t)",
				vm.Index, len(vm.Disks), len(vm.NICs), vm.Defined, vm.Stale)
		}
	}
	return same(truth, rows)
}

// What the simulation gives each virtual machine.
const disksOfEach, nicsOfEach = 2, 1

// shown returns what vmond show has, in its order.
func (r *rig) shown() ([]collector.VM, error) {
	out, err := r.vmond.Run(r.t, "show", "vm", "-o", "json", "--control", r.vmond.Control)
	if err != nil {
		return nil, err
	}
	var all []collector.VM
	err = json.Unmarshal([]byte(out), &all)
	return all, err
}

// same returns nil if the rows are those of the truth.
func same(truth []hv.Summary, rows map[hv.UUID]row) error {
	if len(rows) != len(truth) {
		return fmt.Errorf("there are %d virtual machines, want %d", len(rows), len(truth))
	}
	for _, s := range truth {
		if got := rows[s.UUID]; got != rowOf(s) {
			return fmt.Errorf("virtual machine %v is %+v, want %+v", s.UUID, got, rowOf(s))
		}
	}
	return nil
}

// persistent is the column of vmPersistent.
var persistent = mib.MustOID("1.3.6.1.2.1.236.1.4.1.8")

// serves returns nil if snmpd serves exactly the truth, under the indices that vmond show has, and strictly in order.
func (r *rig) serves(truth []hv.Summary) error {
	columns := map[string]served.Column{}
	for name, object := range map[string]mib.OID{
		"name": served.Name, "uuid": served.UUID, "state": served.OperState, "persistent": persistent,
		"disk": served.StorageMediaType, "nic": served.NetworkPhysAddress,
	} {
		walk, err := r.snmpd.TryBulkWalk(object)
		if err != nil {
			return err
		}
		if !slices.IsSortedFunc(walk, func(a, b mib.Varbind) int { return a.Name.Compare(b.Name) }) {
			return fmt.Errorf("the walk of %v does not ascend", object)
		}
		columns[name] = served.ColumnOf(walk, object) // panics if a name is there twice
	}
	shown, err := r.shown()
	if err != nil {
		return err
	}
	rows := map[hv.UUID]row{}
	for _, vm := range shown {
		index := fmt.Sprint(vm.Index)
		uuid := columns["uuid"][index].AppendOctets(nil)
		if len(uuid) != len(vm.UUID) {
			return fmt.Errorf("virtual machine %s has UUID %x", index, uuid)
		}
		if got := hv.UUID(uuid); got != vm.UUID {
			return fmt.Errorf("virtual machine %s is %v, and is shown as %v", index, got, vm.UUID)
		}
		rows[vm.UUID] = row{
			uuid: vm.UUID, name: string(columns["name"][index].AppendOctets(nil)),
			// Both enumerations of the MIB are those of hv, from 1.
			state:      hv.OperState(columns["state"][index].Int() - 1),
			persistent: hv.Answer(columns["persistent"][index].Int() - 1),
		}
	}
	for name, want := range map[string]int{"disk": disksOfEach, "nic": nicsOfEach} {
		if got := len(columns[name]); got != want*len(truth) {
			return fmt.Errorf("%d rows of a %s are served, want %d", got, name, want*len(truth))
		}
	}
	return same(truth, rows)
}

// checkNotifications proves that none is lost but those that vmond says it has dropped.
func (r *rig) checkNotifications(truth []hv.Summary) {
	states := map[hv.UUID]hv.OperState{}
	for _, s := range truth {
		states[s.UUID] = s.State
	}
	n := r.vmond.Health(r.t).Notifications
	told, err := r.sink.end(states)
	received := r.sink.count()
	r.t.Logf("notifications: %+v, received %d, of them %d of one virtual machine and %d of these twice", n, received, told.told, told.twice)
	if err != nil {
		r.mistake("sink: %v", err)
	}
	if n.Refused > 0 || n.Waiting > 0 {
		r.mistake("notifications: %d were refused and %d wait", n.Refused, n.Waiting)
	}
	if received < n.Accepted || received > n.Accepted+n.Resent {
		r.mistake("%d notifications were received, of %d that snmpd accepted and %d that were sent again", received, n.Accepted, n.Resent)
	}
	if uint64(told.twice) > n.Resent {
		r.mistake("%d notifications came twice, and %d were sent again", told.twice, n.Resent)
	}
	if dropped := n.Dropped - r.dropped; uint64(told.gaps) > dropped {
		r.mistake("%d notifications of one virtual machine are missing, and %d were dropped:\n%s", told.gaps, dropped,
			strings.Join(told.examples, "\n"))
	}
}

// checkLog proves that vmond had nothing to complain of itself.
func (r *rig) checkLog() {
	for line := range strings.Lines(r.vmond.Log().String()) {
		var entry struct{ Level string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			r.mistake("vmond logged %q: %v", line, err)
		} else if entry.Level != "info" && entry.Level != "warn" {
			r.mistake("vmond logged %s", line)
		}
	}
}
