//go:build linux

package guests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// notifying is the configuration of a vmond that tells all that it can.
const notifying = "[notifications]\nper_vm = true\nbulk = true\nwindow = \"300ms\"\n"

// A manager is told of what happens to the virtual machines of one libvirtd: by a vmond below an snmpd.
type manager struct {
	libvirtd *lab.Libvirtd
	snmpd    *lab.Snmpd
	// traps come in order over a stream. The same notifications go to informs, as informs of SNMPv3.
	traps, informs *lab.Snmptrapd

	// seen is how many of the traps were compared.
	seen int
	// rows are the indices of the virtual machines, also of those that are gone, by name.
	rows map[string]uint32
}

// startManager starts all that belongs to the manager of a libvirtd that has no virtual machines yet.
func startManager(t *testing.T, l *lab.Libvirtd) *manager {
	t.Helper()
	m := &manager{
		libvirtd: l, traps: lab.StartSnmptrapd(t), informs: lab.StartSnmptrapd(t), rows: map[string]uint32{},
	}
	m.snmpd = lab.StartSnmpd(t, m.traps.StreamedTraps(), m.informs.InformsV3())
	lab.StartVmondWith(t, notifying, l.URI(), m.snmpd.AgentX)
	l.LogEvents(t)
	lab.Eventually(t, settle, "vmond serves that there are no virtual machines", func() error {
		if got := m.snmpd.Get(t, vmNumber)[0].Value; !got.Equal(mib.Integer(0)) {
			return fmt.Errorf("vmNumber = %v", got)
		}
		return nil
	})
	return m
}

// expect waits until the manager was told what is wanted: of each virtual machine, by name, in this order.
func (m *manager) expect(t *testing.T, want map[string][]told) {
	t.Helper()
	lab.Eventually(t, settle, "the manager was told what happened", func() error {
		m.learn(t)
		perVM, bulk := m.split(m.received(t))
		if err := m.comparePerVM(want, perVM); err != nil {
			return err
		}
		return m.compareBulk(want, bulk)
	})
	m.seen = len(m.ours(t, m.traps))
	for name, all := range want {
		m.agree(t, name, all[len(all)-1])
	}
}

// await waits until the manager was told this of the guest, which expect then compares.
func (m *manager) await(t *testing.T, kind uint32, name string) {
	t.Helper()
	begin := vmNotifications.Append(kind).String() + "\n"
	lab.Eventually(t, settle, "the manager was told in the middle of it", func() error {
		m.learn(t)
		perVM, _ := m.split(m.received(t))
		if !slices.ContainsFunc(perVM[name], func(text string) bool { return strings.HasPrefix(text, begin) }) {
			return fmt.Errorf("not of %q: %q", begin, perVM[name])
		}
		return nil
	})
}

// nothingMore makes sure that there was no notification that nobody expected.
func (m *manager) nothingMore(t *testing.T) {
	t.Helper()
	for _, n := range m.received(t) {
		t.Errorf("unexpected notification %v with %v", n.ID, n.Objects)
	}
}

// agree makes sure that a GET after the notification agrees with it: nothing has happened since.
func (m *manager) agree(t *testing.T, name string, last told) {
	t.Helper()
	want := mib.Integer(last.state)
	if last.kind == deleted {
		want = mib.NoSuchInstance
	}
	if got := m.snmpd.Get(t, vmEntry.Append(6, m.rows[name]))[0].Value; !got.Equal(want) {
		t.Errorf("vmOperState of %s = %v after notification %d, want %v", name, got, last.kind, want)
	}
}

// ours returns the notifications of VM-MIB that one has received.
func (m *manager) ours(t *testing.T, s *lab.Snmptrapd) []lab.Notification {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(s.Received(t)), func(n lab.Notification) bool { return !n.ID.HasPrefix(vmMIB) })
}

// received returns what has come since the last comparison.
func (m *manager) received(t *testing.T) []lab.Notification {
	t.Helper()
	return m.ours(t, m.traps)[m.seen:]
}

// learn reads the indices.
func (m *manager) learn(t *testing.T) {
	t.Helper()
	column := vmEntry.Append(2)
	for _, vb := range m.snmpd.Walk(t, column) {
		if vb.Name.HasPrefix(column) {
			m.rows[string(vb.Value.AppendOctets(nil))] = vb.Name[len(vb.Name)-1]
		}
	}
}

// split returns the notifications about one virtual machine, by its name, and those about several.
func (m *manager) split(all []lab.Notification) (perVM map[string][]string, bulk []mib.Notification) {
	names := map[uint32]string{}
	for name, row := range m.rows {
		names[row] = name
	}
	perVM = map[string][]string{}
	for _, n := range all {
		bare := mib.Notification{ID: n.ID, Objects: n.Objects}
		if len(n.Objects) == 1 {
			bulk = append(bulk, bare)
			continue
		}
		name := "nobody"
		if len(n.Objects) > 0 {
			name = names[n.Objects[0].Name[len(n.Objects[0].Name)-1]]
		}
		perVM[name] = append(perVM[name], textOf(bare))
	}
	return perVM, bulk
}

// comparePerVM returns nil if each virtual machine had exactly the notifications that are wanted, with all their
// variables.
func (m *manager) comparePerVM(want map[string][]told, got map[string][]string) error {
	all := map[string][]string{}
	for name, tolds := range want {
		for _, w := range tolds {
			all[name] = append(all[name], textOf(w.notification(name, m.rows[name])))
		}
	}
	if diff := cmp.Diff(all, got); diff != "" {
		return fmt.Errorf("unexpected notifications about one (-want +got):\n%s", diff)
	}
	return nil
}

// compareBulk returns nil if the notifications about several name, for each kind, exactly the virtual machines that had
// one of their own. How they are divided among several of a kind depends on when they happened.
func (m *manager) compareBulk(want map[string][]told, got []mib.Notification) error {
	wanted, changes := map[uint32]map[uint32]bool{}, map[uint32]int{}
	for name, tolds := range want {
		for _, w := range tolds {
			kind := w.kind + bulkTwin
			if wanted[kind] == nil {
				wanted[kind] = map[uint32]bool{}
			}
			wanted[kind][m.rows[name]] = true
			changes[kind]++
		}
	}
	named := map[uint32]map[uint32]bool{}
	for _, n := range got {
		kind := n.ID[len(n.ID)-1]
		rows := rowsOf(n.Objects[0].Value.AppendOctets(nil))
		if named[kind] == nil {
			named[kind] = map[uint32]bool{}
		}
		maps.Copy(named[kind], rows)
		changes[kind]--
		// Byte by byte it is what RFC 7666 says, in the shortest form.
		if diff := cmp.Diff(textOf(bulkNotification(kind, rows)), textOf(n)); diff != "" || len(rows) == 0 || changes[kind] < 0 {
			return fmt.Errorf("unexpected notification about several, %d of %d (-want +got):\n%s", kind, changes[kind], diff)
		}
	}
	if diff := cmp.Diff(wanted, named); diff != "" {
		return fmt.Errorf("unexpected notifications about several, by kind and index (-want +got):\n%s", diff)
	}
	return nil
}

// compareInforms waits until each notification has come as an inform too. One whose acknowledgement was late comes again,
// and others may overtake it.
func (m *manager) compareInforms(t *testing.T) {
	t.Helper()
	texts := func(s *lab.Snmptrapd) map[string]bool {
		all := map[string]bool{}
		for _, n := range m.ours(t, s) {
			all[fmt.Sprint(n.UpTime, n.ID, n.Objects)] = true
		}
		return all
	}
	lab.Eventually(t, settle, "each notification has come as an inform", func() error {
		if diff := cmp.Diff(texts(m.traps), texts(m.informs)); diff != "" {
			return fmt.Errorf("unexpected informs (-traps +informs):\n%s", diff)
		}
		return nil
	})
	for _, n := range m.ours(t, m.informs) {
		if n.Version != "v3" || !n.Inform || n.From != lab.Informer {
			t.Errorf("%v came by %s from %q, acknowledged: %v", n.ID, n.Version, n.From, n.Inform)
		}
	}
}

// textOf writes a notification with all that it carries, so that differences can be read.
func textOf(n mib.Notification) string {
	text := n.ID.String() + "\n"
	for _, vb := range n.Objects {
		text += fmt.Sprintf("  %v = %v\n", vb.Name, vb.Value)
	}
	return text
}

// uuidOf returns the UUID of a guest of the lab: their definitions number them.
func uuidOf(name string) hv.UUID {
	return hv.UUID{0x8f, 0x4f, 0x6a, 0x3e, 0x1d, 0x0c, 0x4b, 0x58, 0x9f, 0x5e, 0x2a, 0x4d, 0x7c, 0x0b, 0x1e, map[string]byte{
		"web": 1, "db": 2, "temp": 3, "off": 4,
	}[name]}
}
