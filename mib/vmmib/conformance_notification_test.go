package vmmib_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
)

// conformsTo returns an error if a notification is not as the MIB says: the OBJECTS and nothing else, in that order, each
// an instance with a value of its syntax, and all those of a table of one row.
func (m *vmMIBModule) conformsTo(n vmmib.Notification) error {
	i := slices.IndexFunc(m.notifications, func(d mibNotification) bool { return slices.Equal(d.oid, n.ID) })
	if i < 0 {
		return fmt.Errorf("%s is no notification", n.ID)
	}
	d := m.notifications[i]
	if len(n.Objects) != len(d.objects) {
		return fmt.Errorf("%s has %d objects, not %d", d.name, len(n.Objects), len(d.objects))
	}
	var row mib.OID
	for i, o := range d.objects {
		name, v := n.Objects[i].Name, n.Objects[i].Value
		if !name.HasPrefix(o.oid) {
			return fmt.Errorf("%s: object %d is %s, not %s", d.name, i+1, name, o.name)
		}
		if o.access == accessNone {
			return fmt.Errorf("%s: %s is %s", d.name, o.name, o.access)
		}
		instance := name[len(o.oid):]
		if err := errors.Join(o.instanceOf(instance), o.check(v)); err != nil {
			return fmt.Errorf("%s: %s = %s: %w", d.name, name, v, err)
		}
		if i > 0 && !slices.Equal(row, instance) {
			return fmt.Errorf("%s: %s is not in the row %s", d.name, name, row)
		}
		row = instance
	}
	return nil
}

// stateOf returns what must become of a virtual machine for a notification to be sent, by the name that the RFC gave both.
func stateOf(notification string) (to hv.Opt[hv.OperState], bulk bool) {
	word := strings.ToLower(strings.TrimPrefix(notification, "vm"))
	word, bulk = strings.CutPrefix(word, "bulk")
	if word == "deleted" {
		return to, bulk
	}
	var s hv.OperState
	if err := s.UnmarshalText([]byte(word)); err != nil {
		panic(err)
	}
	return hv.Some(s), bulk
}

// everyNotification returns each of the MIB's notifications, in its order, made of a change.
func everyNotification(t *testing.T) []vmmib.Notification {
	t.Helper()
	var out []vmmib.Notification
	for i, d := range vmMIB(t).notifications {
		to, bulk := stateOf(d.name)
		f := newFollower(vmmib.NotificationOptions{PerVM: !bulk, Bulk: bulk})
		f.run(t)() // from here on no window waits
		from := hv.Some(hv.StateCrashed)
		if to == from {
			from = hv.Some(hv.StateRunning)
		}
		var changes []collector.Change
		for _, index := range []int32{1, 3, 10} {
			if !bulk && index > 1 {
				break
			}
			changes = append(changes, collector.Change{
				Number: uint64(100*i) + uint64(index), Index: index, Name: fmt.Sprintf("web-%d", index), Persistent: hv.Yes,
				UUID: hv.UUID{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, byte(index)},
				From: from, To: to,
			})
		}
		f.Follow(changes)
		sent := f.sent()
		if len(sent) != 1 {
			t.Fatalf("%s: unexpected %d notifications", d.name, len(sent))
		}
		if !slices.Equal(sent[0].ID, d.oid) || sent[0].Bulk != bulk {
			t.Errorf("unexpected notification %s (bulk %t), want %s", sent[0].ID, sent[0].Bulk, d.name)
		}
		out = append(out, sent[0])
	}
	return out
}

// TestEveryNotificationConforms proves that each notification of the MIB comes of a change to the state that it is named
// after, with the MIB's objects.
func TestEveryNotificationConforms(t *testing.T) {
	t.Parallel()
	m := vmMIB(t)
	const twenty = 20
	var got []string
	for _, d := range m.notifications {
		got = append(got, d.name)
	}
	if diff := cmp.Diff(names[:], got); diff != "" || len(got) != twenty {
		t.Fatalf("unexpected notifications of the MIB (-want +got):\n%s", diff)
	}
	for _, n := range everyNotification(t) {
		if err := m.conformsTo(n); err != nil {
			t.Error(err)
		}
	}
}

// notificationsFile has the twenty in full.
var notificationsFile = filepath.Join("testdata", "notifications.golden")

func TestNotificationsGolden(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, n := range everyNotification(t) {
		fmt.Fprintf(&b, "%s %s tells %d\n", nameOf(n), n.ID, n.Changes)
		for _, o := range n.Objects {
			fmt.Fprintf(&b, "  %s = %s\n", o.Name, o.Value)
		}
	}
	if *update {
		if err := os.WriteFile(notificationsFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(notificationsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
}

// TestAnyChangeConforms proves that whatever a hypervisor tells, no notification leaves the MIB.
func TestAnyChangeConforms(t *testing.T) {
	t.Parallel()
	m := vmMIB(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := newFollower(vmmib.NotificationOptions{PerVM: true, Bulk: true, Missed: true})
		f.run(t)()
		f.Follow(rapid.SliceOf(arbitraryChange()).Draw(rt, "changes"))
		for _, n := range f.sent() {
			if n.Err != nil {
				continue // is not sent
			}
			if err := m.conformsTo(n); err != nil {
				rt.Errorf("%v", err)
			}
		}
	})
}
