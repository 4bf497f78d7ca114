package hv

import "fmt"

// EventKind says what happened to a virtual machine, in libvirt's words.
type EventKind uint8

// The kinds of events. Connected is not about a virtual machine: the watch begins, and events may have been lost
// before it. Changed says that something in the Definition or the Summary changed, and nothing of the state. Busy says
// that a long operation is under way, such as a save or a migration: what it is only [Watcher.State] tells.
const (
	Connected EventKind = iota
	Defined
	Undefined
	Started
	Suspended
	Resumed
	Stopped
	Shutdown
	PMSuspended
	Crashed
	Changed
	Busy
)

var eventKinds = [...]string{
	Connected:   "connected",
	Defined:     "defined",
	Undefined:   "undefined",
	Started:     "started",
	Suspended:   "suspended",
	Resumed:     "resumed",
	Stopped:     "stopped",
	Shutdown:    "shutdown",
	PMSuspended: "pmsuspended",
	Crashed:     "crashed",
	Changed:     "changed",
	Busy:        "busy",
}

// String returns the word for the kind.
func (k EventKind) String() string { return word("EventKind", eventKinds[:], k) }

// An Event says what happened to one virtual machine.
type Event struct {
	Kind EventKind
	// Detail is the reason that the hypervisor gives, as libvirt numbers those of the kind, such as [StoppedSaved]. It
	// is 0 where it gives none.
	Detail int
	// Key, UUID and Name tell which virtual machine, as in its Summary. They are empty in an event of kind Connected.
	Key  string
	UUID UUID
	Name string
	// Remains says of an event of kind Stopped that the virtual machine is still there, even one that is not persistent: what a
	// crashed bhyve leaves in /dev/vmm stays until somebody destroys it.
	Remains bool
}

// Cause returns what happened, for people: "stopped (destroyed)". A detail without a word is left out.
func (e Event) Cause() string {
	words := details(e.Kind)
	if e.Detail < 0 || e.Detail >= len(words) {
		return e.Kind.String()
	}
	return e.Kind.String() + " (" + words[e.Detail] + ")"
}

// String returns the event for a log.
func (e Event) String() string { return fmt.Sprintf("%s/%d %q", e.Kind, e.Detail, e.Name) }
