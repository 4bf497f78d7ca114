package vmmib

import "github.com/vmond/vmond/mib"

// A settableTree is a Tree of a View that has Switches.
type settableTree struct {
	shown
	*Switches
}

// Test implements mib.Setter. The errors come in the order of RFC 3416, section 4.2.5.
func (s *Switches) Test(name mib.OID, v mib.Value) (mib.Assignment, error) {
	var x notificationSwitch
	var instance mib.OID
	switch {
	case name.HasPrefix(oidVMPerVMNotificationsEnabled):
		x, instance = perVMSwitch, name[len(oidVMPerVMNotificationsEnabled):]
	case name.HasPrefix(oidVMBulkNotificationsEnabled):
		x, instance = bulkSwitch, name[len(oidVMBulkNotificationsEnabled):]
	default:
		return nil, mib.NotWritable
	}
	if v.Type() != mib.TypeInteger {
		return nil, mib.WrongType
	}
	if v.Int() != truthValueTrue && v.Int() != truthValueFalse {
		return nil, mib.WrongValue
	}
	if len(instance) != 1 || instance[0] != 0 {
		return nil, mib.NoCreation
	}
	return &assignment{of: s.of, which: x, to: v.Int() == truthValueTrue}, nil
}

// An assignment is one SET of a switch.
type assignment struct {
	of    *Notifications
	which notificationSwitch
	to    bool

	committed bool
	before    bool
	dropped   windows
}

// Commit implements mib.Assignment. Changes that are followed from now on are told as the switch says.
func (a *assignment) Commit() error {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.committed, a.before = true, a.of.switches.on(a.which)
	a.dropped = a.of.turn(a.which, a.to)
	return nil
}

// Undo implements mib.Assignment. It brings back what was before Commit: the value, and the windows that had been open. Of
// several assignments of one SET the last must be undone first.
func (a *assignment) Undo() error {
	if !a.committed {
		return nil
	}
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	a.committed = false
	a.of.turn(a.which, a.before)
	for _, w := range a.dropped {
		a.of.windows.open(w)
	}
	if len(a.dropped) > 0 {
		a.of.look()
	}
	a.dropped = nil
	return nil
}

// Release implements mib.Assignment.
func (a *assignment) Release() { a.dropped = nil }
