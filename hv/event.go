package hv

import "fmt"

// EventKind says what happened to a virtual machine, in libvirt's words.
type EventKind uint8

// The kinds of events. Connected is not about a virtual machine: the watch begins, and events may have been lost
// before it. Changed says that something in the Definition or the Summary changed other than the state.
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
}

// String returns the word for the kind.
func (k EventKind) String() string { return word("EventKind", eventKinds[:], k) }

// An Event says what happened to one virtual machine.
type Event struct {
	Kind EventKind
	// Detail is the reason that the hypervisor gives, as libvirt numbers those of the kind. It is 0 where it gives
	// none.
	Detail int
	// Key and Name tell which virtual machine. They are empty in an event of kind Connected.
	Key  string
	Name string
}

// String returns the event for a log.
func (e Event) String() string { return fmt.Sprintf("%s/%d %q", e.Kind, e.Detail, e.Name) }
