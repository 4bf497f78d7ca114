package vmmib

import (
	"fmt"
	"slices"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// perVM returns the notification about one virtual machine. Its objects are instances of the virtual machine's row, which
// may be gone.
func perVM(k *kind, c *collector.Change) Notification {
	objects := make([]mib.Varbind, len(k.perVM.objects))
	for i, o := range k.perVM.objects {
		objects[i] = mib.Varbind{Name: o.Append(uint32(c.Index)), Value: column(o, c)}
	}
	return Notification{
		Notification: mib.Notification{ID: k.perVM.id, Objects: objects},
		Changes:      []uint64{c.Number},
	}
}

// column returns the value that a column of vmTable has in a notification. vmOperState is the state before the change:
// which one came after it is told by the notification's name (RFC 7666, section 6.1).
func column(o mib.OID, c *collector.Change) mib.Value {
	switch id := o[len(o)-1]; {
	case !slices.Equal(o[:len(o)-1], oidVMEntry):
	case id == colVMName:
		return text(c.Name)
	case id == colVMUUID:
		u := c.UUID // the notification outlives the change
		return uuid(&u)
	case id == colVMOperState:
		return mib.Integer(operState(c.From.Or(hv.StateUnknown)))
	case id == colVMPersistent:
		return mib.Integer(persistent(c.Persistent))
	}
	panic(fmt.Sprintf("vmmib: a notification has the object %s, which nothing is known of", o))
}
