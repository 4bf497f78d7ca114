//go:build linux

package guests

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
)

// The notifications and the variable of those about several, as RFC 7666 numbers them.
var (
	vmNotifications = mib.MustOID("1.3.6.1.2.1.236.0")
	vmAffectedVMs   = mib.MustOID("1.3.6.1.2.1.236.1.11.0")
)

// The notifications about one virtual machine. That about several is bulkTwin further.
const (
	running uint32 = iota + 1
	shuttingdown
	shutdown
	paused
	suspending
	suspended
	resuming
	migrating
	crashed
	deleted

	bulkTwin = 10
)

// states are the values of VirtualMachineOperState that the notifications tell the entry into.
var states = map[uint32]int32{
	running: 4, shuttingdown: 10, shutdown: 11, paused: 8, suspending: 5, suspended: 6, resuming: 7, migrating: 9, crashed: 12,
}

const (
	// The values of VirtualMachineOperState that nothing is told of: what is not known, and what was just defined.
	unknown   = 1
	preparing = 3
	// The values of VirtualMachinePersistent.
	persistent = 2
	transient  = 3
)

// A told is what the manager is told of one virtual machine: which notification, and the state before.
type told struct {
	kind       uint32
	was        int32
	state      int32
	persistent int32 // of a deleted one
}

// life returns what is told of a virtual machine that goes from one state to the others, one after the other.
func life(was int32, kinds ...uint32) []told {
	var all []told
	for _, kind := range kinds {
		all = append(all, told{kind: kind, was: was, state: states[kind]})
		was = states[kind]
	}
	return all
}

// end is life of one that is gone at the end of it, and was persistent or transient.
func end(persistence, was int32, kinds ...uint32) []told {
	all := life(was, append(kinds, deleted)...)
	all[len(all)-1].persistent = persistence
	return all
}

// notification returns what that is about the guest of this name in this row.
func (w told) notification(name string, row uint32) mib.Notification {
	uuid := uuidOf(name)
	n := mib.Notification{
		ID: vmNotifications.Append(w.kind),
		Objects: []mib.Varbind{
			{Name: vmEntry.Append(2, row), Value: mib.Text(name)},
			{Name: vmEntry.Append(3, row), Value: mib.Octets(uuid[:])},
			{Name: vmEntry.Append(6, row), Value: mib.Integer(w.was)},
		},
	}
	if w.kind == deleted {
		n.Objects = append(n.Objects, mib.Varbind{Name: vmEntry.Append(8, row), Value: mib.Integer(w.persistent)})
	}
	return n
}

// bulkNotification returns the notification of a kind about the rows.
func bulkNotification(kind uint32, rows map[uint32]bool) mib.Notification {
	return mib.Notification{
		ID:      vmNotifications.Append(kind),
		Objects: []mib.Varbind{{Name: vmAffectedVMs, Value: mib.Octets(bitsOf(rows))}},
	}
}

// bitsOf returns a VirtualMachineList: the most significant bit of the first octet is that of row 1.
func bitsOf(rows map[uint32]bool) []byte {
	var bits []byte
	for row := range rows {
		octet := int(row-1) / 8
		for len(bits) <= octet {
			bits = append(bits, 0)
		}
		bits[octet] |= 0x80 >> ((row - 1) % 8)
	}
	return bits
}

// rowsOf reads a VirtualMachineList.
func rowsOf(bits []byte) map[uint32]bool {
	rows := map[uint32]bool{}
	for i := range uint32(len(bits) * 8) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			rows[i+1] = true
		}
	}
	return rows
}

// TestVirtualMachineList proves that the lists are those that RFC 7666 describes.
func TestVirtualMachineList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rows []uint32
		want string
	}{
		{[]uint32{1}, "\x80"},
		{[]uint32{8}, "\x01"},
		{[]uint32{9}, "\x00\x80"},
		{[]uint32{1, 3, 10}, "\xa0\x40"},
	}
	for _, tt := range tests {
		rows := map[uint32]bool{}
		for _, row := range tt.rows {
			rows[row] = true
		}
		if got := string(bitsOf(rows)); got != tt.want {
			t.Errorf("list of %v = %x, want %x", tt.rows, got, tt.want)
		}
		if diff := cmp.Diff(rows, rowsOf([]byte(tt.want))); diff != "" {
			t.Errorf("unexpected rows of %x (-want +got):\n%s", tt.want, diff)
		}
	}
}
