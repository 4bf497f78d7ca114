package vmmib

import (
	"sync/atomic"

	"github.com/vmond/vmond/mib"
)

// A notificationSwitch is one of the two switches.
type notificationSwitch int

const (
	perVMSwitch notificationSwitch = iota
	bulkSwitch
	switchCount
)

// String returns the name of the object.
func (x notificationSwitch) String() string {
	if x == bulkSwitch {
		return "vmBulkNotificationsEnabled"
	}
	return "vmPerVMNotificationsEnabled"
}

// Switches are vmPerVMNotificationsEnabled and vmBulkNotificationsEnabled, the only objects of VM-MIB that a manager
// may set. They are written nowhere: RFC 7666, section 6.1 forbids that they outlive the agent.
type Switches struct {
	of *Notifications
	// The values are changed with the lock of Notifications held, and read without it, so that no GET waits.
	values [switchCount]atomic.Bool
}

// on reports whether a switch is on. Those of nil are off.
func (s *Switches) on(x notificationSwitch) bool { return s != nil && s.values[x].Load() }

// PerVM reports whether vmPerVMNotificationsEnabled is on.
func (s *Switches) PerVM() bool { return s.on(perVMSwitch) }

// Bulk reports whether vmBulkNotificationsEnabled is on.
func (s *Switches) Bulk() bool { return s.on(bulkSwitch) }

// switchScalars are the two switches. Without Switches no notification is sent, and then the RFC demands false of both; it
// lets them be read only (vmReadOnlyCompliances). vmAffectedVMs, which comes after them in the MIB, is accessible for notify
// only, so that no Get or Next finds it.
func switchScalars() []mib.Object[moment] {
	read := func(x notificationSwitch) func(moment) mib.Value {
		return func(m moment) mib.Value {
			if m.options.Switches.on(x) {
				return mib.Integer(truthValueTrue)
			}
			return mib.Integer(truthValueFalse)
		}
	}
	return []mib.Object[moment]{
		&mib.Scalar[moment]{OID: oidVMPerVMNotificationsEnabled, Read: read(perVMSwitch)},
		&mib.Scalar[moment]{OID: oidVMBulkNotificationsEnabled, Read: read(bulkSwitch)},
	}
}

// Switches returns the switches, for [Options]. They are always the same.
func (n *Notifications) Switches() *Switches { return &n.switches }

// Configure takes over other options. A switch whose start value is another than before takes it; the others stay as
// they are. A window that is open ends when it was to end. It panics if an option is negative.
func (n *Notifications) Configure(o NotificationOptions) {
	o = o.complete()
	n.mu.Lock()
	defer n.mu.Unlock()
	old := n.options
	n.options = o
	if o.PerVM != old.PerVM {
		n.turn(perVMSwitch, o.PerVM)
	}
	if o.Bulk != old.Bulk {
		n.turn(bulkSwitch, o.Bulk)
	}
}

// Reset puts the switches back to their start values, which RFC 7666 demands when the agent starts anew.
func (n *Notifications) Reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn(perVMSwitch, n.options.PerVM)
	n.turn(bulkSwitch, n.options.Bulk)
}

// OnTurn has f called with the name of a switch and its new value whenever that changes: by a SET, by Reset or by
// Configure. f must not block, nor call a method of n. OnTurn is called before anything else.
func (n *Notifications) OnTurn(f func(name string, on bool)) { n.turned = f }

// turn turns a switch, and returns the windows that this drops: nobody wants to know what they have gathered.
func (n *Notifications) turn(x notificationSwitch, on bool) (dropped windows) {
	if before := n.switches.values[x].Swap(on); before != on && n.turned != nil {
		n.turned(x.String(), on)
	}
	if x == bulkSwitch && !on {
		dropped, n.windows = n.windows, nil
	}
	return dropped
}
