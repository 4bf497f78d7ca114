package integration

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// What notifications carry, as RFC 7666 numbers it.
var (
	vmNotifications = mib.MustOID("1.3.6.1.2.1.236.0")
	vmPersistent    = mib.MustOID("1.3.6.1.2.1.236.1.4.1.8")
	vmAffectedVMs   = mib.MustOID("1.3.6.1.2.1.236.1.11.0")
)

// kinds are the states and ends that notifications tell, in the order of their numbers: from 1 those of one virtual
// machine, from 11 the bulk ones.
var kinds = []string{
	"Running", "Shuttingdown", "Shutdown", "Paused", "Suspending", "Suspended", "Resuming", "Migrating", "Crashed", "Deleted",
}

// The words of VirtualMachineOperState and VirtualMachinePersistent, from 1.
var (
	operStates = []string{
		"unknown", "other", "preparing", "running", "suspending", "suspended", "resuming", "paused", "migrating",
		"shuttingdown", "shutdown", "crashed",
	}
	persistences = []string{"unknown", "persistent", "transient"}
)

// told is what a notification of VM-MIB tells.
type told struct {
	// Kind is its name, such as "vmRunning" or "vmBulkRunning".
	Kind string
	// Index, Name and UUID are those of the virtual machine, From is its previous state, and Persistent whether it was that,
	// which only vmDeleted tells.
	Index            uint32
	Name, UUID, From string
	Persistent       string
	// Affected is the list of a bulk notification as hexadecimal digits.
	Affected string
}

// String returns such as "vmPaused(running)", "vmDeleted(shutdown, transient)" and "vmBulkRunning(A040)".
func (n told) String() string {
	of := cmp.Or(n.Affected, n.From)
	if n.Persistent != "" {
		of += ", " + n.Persistent
	}
	return n.Kind + "(" + of + ")"
}

// tell returns what a notification tells, and false for one that is not of VM-MIB. The error says that it does not have
// exactly the RFC's objects in the RFC's order.
func tell(n lab.Notification) (told, bool, error) {
	if !n.ID.HasPrefix(vmNotifications) {
		return told{}, false, nil
	}
	number := int(n.ID[len(n.ID)-1])
	if len(n.ID) != len(vmNotifications)+1 || number < 1 || number > 2*len(kinds) {
		return told{}, true, fmt.Errorf("there is no notification %v", n.ID)
	}
	if number > len(kinds) {
		out, err := tellBulk(n.Objects)
		out.Kind = "vmBulk" + kinds[number-len(kinds)-1]
		return out, true, err
	}
	kind := kinds[number-1]
	out, err := tellOne(n.Objects, kind == "Deleted")
	out.Kind = "vm" + kind
	return out, true, err
}

// tellBulk reads the objects of a bulk notification.
func tellBulk(objects []mib.Varbind) (told, error) {
	if len(objects) != 1 || objects[0].Name.Compare(vmAffectedVMs) != 0 || objects[0].Value.Type() != mib.TypeOctetString {
		return told{}, fmt.Errorf("a bulk notification has %v", objects)
	}
	list := objects[0].Value.AppendOctets(nil)
	if len(list) == 0 || list[len(list)-1] == 0 {
		return told{}, fmt.Errorf("list %X of a bulk notification does not end with its last virtual machine", list)
	}
	return told{Affected: fmt.Sprintf("%X", list)}, nil
}

// tellOne reads the objects of a notification of one virtual machine.
func tellOne(objects []mib.Varbind, deleted bool) (told, error) {
	columns := []mib.OID{served.Name, served.UUID, served.OperState}
	types := []mib.Type{mib.TypeOctetString, mib.TypeOctetString, mib.TypeInteger}
	if deleted {
		columns, types = append(columns, vmPersistent), append(types, mib.TypeInteger)
	}
	if len(objects) != len(columns) {
		return told{}, fmt.Errorf("a notification has %d objects, want %d: %v", len(objects), len(columns), objects)
	}
	index := objects[0].Name[len(objects[0].Name)-1]
	for i, vb := range objects {
		if vb.Name.Compare(columns[i].Append(index)) != 0 || vb.Value.Type() != types[i] {
			return told{}, fmt.Errorf("object %d of a notification is %v = %v, want %v", i+1, vb.Name, vb.Value, columns[i].Append(index))
		}
	}
	out := told{
		Index: index,
		Name:  string(objects[0].Value.AppendOctets(nil)),
		UUID:  fmt.Sprintf("%x", objects[1].Value.AppendOctets(nil)),
	}
	var errs [2]error
	out.From, errs[0] = wordOf(operStates, objects[2].Value)
	if deleted {
		out.Persistent, errs[1] = wordOf(persistences, objects[3].Value)
	}
	return out, errors.Join(errs[:]...)
}

// wordOf returns the word for an enumeration that begins with 1.
func wordOf(words []string, v mib.Value) (string, error) {
	if n := int(v.Int()); n >= 1 && n <= len(words) {
		return words[n-1], nil
	}
	return "", fmt.Errorf("%v is none of %v", v, words)
}

// tellAll returns what the notifications of VM-MIB among ns tell, in order. One that is not as the RFC wants it ends the
// test.
func tellAll(t testing.TB, ns []lab.Notification) []told {
	t.Helper()
	var all []told
	for _, n := range ns {
		out, ok, err := tell(n)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			all = append(all, out)
		}
	}
	return all
}

// tells returns what those notifications tell of each virtual machine in turn, by its name. One whose index or UUID changes
// ends the test.
func tells(t testing.TB, all []told) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	first := map[string]told{}
	for _, n := range all {
		if n.Affected != "" {
			continue
		}
		f, ok := first[n.Name]
		if !ok {
			first[n.Name] = n
			f = n
		}
		if n.Index != f.Index || n.UUID != f.UUID {
			t.Fatalf("%q is %d with %s first and %d with %s later", n.Name, f.Index, f.UUID, n.Index, n.UUID)
		}
		out[n.Name] = append(out[n.Name], n.String())
	}
	return out
}

// of returns the notifications of one version of SNMP.
func of(ns []lab.Notification, version string) []lab.Notification {
	return slices.DeleteFunc(slices.Clone(ns), func(n lab.Notification) bool { return n.Version != version })
}

// TestTell proves that what is not exactly as RFC 7666 wants it is found.
func TestTell(t *testing.T) {
	t.Parallel()
	const index = 7
	name := mib.Varbind{Name: served.Name.Append(index), Value: mib.Text("web")}
	uuid := mib.Varbind{Name: served.UUID.Append(index), Value: mib.Octets(make([]byte, 16))}
	running := mib.Varbind{Name: served.OperState.Append(index), Value: mib.Integer(4)}
	transient := mib.Varbind{Name: vmPersistent.Append(index), Value: mib.Integer(3)}
	list := mib.Varbind{Name: vmAffectedVMs, Value: mib.Text("\xa0\x40")}
	tests := []struct {
		name    string
		number  uint32
		objects []mib.Varbind
		want    string // empty if it is wrong
	}{
		{"one", 4, []mib.Varbind{name, uuid, running}, "vmPaused(running)"},
		{"deleted", 10, []mib.Varbind{name, uuid, running, transient}, "vmDeleted(running, transient)"},
		{"bulk", 11, []mib.Varbind{list}, "vmBulkRunning(A040)"},
		{"last bulk", 20, []mib.Varbind{list}, "vmBulkDeleted(A040)"},

		{name: "no such kind", number: 21, objects: []mib.Varbind{list}},
		{name: "kind 0", objects: []mib.Varbind{list}},
		{name: "order", number: 4, objects: []mib.Varbind{uuid, name, running}},
		{name: "too few", number: 4, objects: []mib.Varbind{name, uuid}},
		{name: "too many", number: 4, objects: []mib.Varbind{name, uuid, running, transient}},
		{name: "deleted without vmPersistent", number: 10, objects: []mib.Varbind{name, uuid, running}},
		{name: "another index", number: 4, objects: []mib.Varbind{name, uuid, {Name: served.OperState.Append(8), Value: running.Value}}},
		{name: "instance 0", number: 4, objects: []mib.Varbind{name, uuid, {Name: served.OperState.Append(0), Value: running.Value}}},
		{name: "type", number: 4, objects: []mib.Varbind{name, uuid, {Name: running.Name, Value: mib.Gauge32(4)}}},
		{name: "no state", number: 4, objects: []mib.Varbind{name, uuid, {Name: running.Name, Value: mib.Integer(13)}}},
		{name: "list without its instance", number: 11, objects: []mib.Varbind{{Name: vmAffectedVMs[:9], Value: list.Value}}},
		{name: "list and more", number: 11, objects: []mib.Varbind{list, name}},
		{name: "empty list", number: 11, objects: []mib.Varbind{{Name: list.Name, Value: mib.Text("")}}},
		{name: "list that is longer than needed", number: 11, objects: []mib.Varbind{{Name: list.Name, Value: mib.Text("\xa0\x00")}}},
	}
	for _, tt := range tests {
		got, ok, err := tell(lab.Notification{ID: vmNotifications.Append(tt.number), Objects: tt.objects})
		if !ok || (err == nil) != (tt.want != "") || err == nil && got.String() != tt.want {
			t.Errorf("%s: %v, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	if got, ok, err := tell(lab.Notification{ID: mib.MustOID("1.3.6.1.6.3.1.1.5.1")}); ok || err != nil {
		t.Errorf("coldStart = %v, %v", got, err)
	}
}
