package bhyve

import (
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// What bhyve ends with by itself (bhyve(8)), and the signal that nobody can catch.
const (
	rebooted = 0
	halted   = 2
	sigkill  = 9
)

// shellSignal is what sh(1) adds to the number of the signal that ended a program, to have it for an exit status.
const shellSignal = 128

// An end is how a bhyve ended.
type end struct {
	status freebsd.WaitStatus
	known  bool
}

// ended returns the end with that status.
func ended(status freebsd.WaitStatus) end { return end{status: status, known: true} }

// shellEnd returns the end that sh(1) has the status of.
func shellEnd(status int) end {
	if status > shellSignal {
		return ended(freebsd.Killed(status - shellSignal))
	}
	return ended(freebsd.Exited(status))
}

// reboots reports whether bhyve ended for the guest to reboot, or because it was saved, which looks the same.
func (e end) reboots() bool {
	return e.known && e.status.Signal() == 0 && e.status.Code() == rebooted
}

// halts reports whether bhyve ended because the guest went off, by itself or when it was asked to. One that was saved
// does not end so.
func (e end) halts() bool { return e.known && !e.reboots() && !e.crashed(false) }

// crashed reports whether bhyve failed: a triple fault, an error, or a signal. A manager that was stopping it may have lost its
// patience, and killed it.
func (e end) crashed(stopping bool) bool {
	switch {
	case !e.known:
		return false
	case e.status.Signal() != 0:
		return !(stopping && e.status.Signal() == sigkill)
	}
	return e.status.Code() > halted
}
