package bhyve

import (
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

const (
	// graceTime is how long a bhyve that ended may be followed by another of the same run. A guest that reboots ends its bhyve, and
	// who started it starts it again 1 s or 2 s later.
	graceTime = 5 * time.Second
	// resumeTime is how long one that was started from a saved state is taken to be resuming: nobody tells when it is through.
	resumeTime = 30 * time.Second
	// stoppingVM is what CBSD says of one that it is stopping.
	stoppingVM = "Stopping_VM"
)

// A situation is what is known of a guest when it is judged: what a look found, and what is remembered of the looks before.
type situation struct {
	guest
	// now is the host's time of day.
	now time.Time
	// was is the state that it was in at the look before, or hv.StateUnknown if there was none.
	was hv.OperState
	// ran says that a bhyve was at work in this run; seen that one was there in any, as far as is remembered.
	ran, seen bool
	// end is how its last bhyve ended.
	end end
	// grace says that its last bhyve ended less than graceTime ago.
	grace bool
	// stopping says that its manager was stopping it when it ended.
	stopping bool
	// held says that a debugger holds the first virtual CPU.
	held bool
}

// judge returns what a guest does and what it is meant to do.
func judge(s situation) (hv.OperState, hv.AdminState) {
	if s.process != nil || s.loader != nil {
		oper := s.atWork()
		return oper, adminOf(oper)
	}
	oper := s.atRest()
	return oper, adminOf(oper)
}

// atWork judges one that has a process. A reboot goes through the loader again, and through the time in which bhyve has no title:
// that is no preparation any more.
func (s situation) atWork() hv.OperState {
	v, c := s.marks()
	switch {
	case !s.titled && !s.ran:
		return hv.StatePreparing
	case !s.titled:
		return hv.StateRunning
	case s.process.State == freebsd.Stopped, s.held:
		return hv.StatePaused
	case s.stale && isMarked(s.was):
		return s.was
	case v != nil && v.Suspending:
		return hv.StateSuspending
	case c != nil && isStopping(c):
		return hv.StateShuttingDown
	case v != nil && v.Log.Resuming && s.now.Sub(v.Log.Started).Abs() < resumeTime:
		return hv.StateResuming
	}
	return hv.StateRunning
}

// atRest judges one that has no process: whether another is to follow, or how the last one ended.
func (s situation) atRest() hv.OperState {
	v, c := s.marks()
	switch {
	case v != nil && s.foreign && !(s.grace && active(s.was)), c != nil && c.Status == cbsd.Slave:
		return hv.StateShutdown // what it does it does elsewhere, unless it was here a moment ago and the host has a new name
	case s.end.crashed(s.stopping):
		return hv.StateCrashed
	case s.stale && s.was != hv.StateUnknown && !active(s.was):
		return s.was // without a process it is as it was, and why is not read now
	case v != nil && v.Saved && !s.loops(v), c != nil && c.Saved && !s.end.halts():
		return hv.StateSuspended // which ends bhyve as a reboot does, or CBSD kills it then
	case s.end.known && !s.end.reboots():
		return hv.StateShutdown
	case s.mayReturn():
		return s.meanwhile()
	case s.end.known:
		return hv.StateShutdown
	case v != nil && v.IsLocked():
		return hv.StateCrashed // nobody is left to take the lock away: the host crashed, or the watcher was killed
	case !s.seen && !managed(s.key):
		return hv.StateOther // a device node without a history
	}
	return hv.StateShutdown
}

// loops reports whether vm-bhyve is about to start bhyve again. Then a NAME.save is an old one: vm-bhyve leaves it there when it resumes
// from it, and while it is written there is a suspending.lock.
func (s situation) loops(v *vmbhyve.Guest) bool {
	return v.IsLocked() && !v.Suspending && !v.Log.Ended && active(s.was)
}

// mayReturn reports whether a bhyve may follow the one that ended with a reboot, or nobody knows how.
func (s situation) mayReturn() bool {
	v, c := s.marks()
	inRun := s.grace && active(s.was) // one that is over does not go on
	switch {
	case v != nil && (!v.IsLocked() || v.Log.Ended):
		return false
	case v != nil:
		return s.watcher || inRun || s.now.Sub(v.Locked).Abs() < graceTime
	case c != nil:
		return inRun && c.Status != cbsd.Off || s.watcher && c.Status == cbsd.On
	}
	return inRun || s.watcher && active(s.was)
}

// meanwhile is the state of one that has no bhyve between two, or not yet one.
func (s situation) meanwhile() hv.OperState {
	v, _ := s.marks()
	switch {
	case active(s.was):
		return s.was
	case v != nil && !s.end.known && v.Log.Started.IsZero():
		return hv.StatePreparing
	}
	return hv.StateRunning
}

// marks returns what its manager has written down of what it does. It is of no use if it is old.
func (g guest) marks() (*vmbhyve.Guest, *cbsd.Guest) {
	if g.stale {
		return nil, nil
	}
	return g.vm, g.cbsd
}

// isMarked reports whether only its manager tells that a virtual machine with a process is in that state.
func isMarked(s hv.OperState) bool {
	return s == hv.StateSuspending || s == hv.StateShuttingDown || s == hv.StateResuming
}

// isStopping reports whether CBSD is stopping it.
func isStopping(c *cbsd.Guest) bool { return c.Status == cbsd.Maintenance && c.Doing == stoppingVM }

// adminOf returns the administrative state that goes with an operational one (RFC 7666, section 4).
func adminOf(s hv.OperState) hv.AdminState {
	switch s {
	case hv.StatePreparing, hv.StateRunning, hv.StateResuming:
		return hv.AdminRunning
	case hv.StateSuspending, hv.StateSuspended:
		return hv.AdminSuspended
	case hv.StatePaused:
		return hv.AdminPaused
	}
	return hv.AdminShutdown
}

// active reports whether one in that state is in a run.
func active(s hv.OperState) bool {
	switch s {
	case hv.StatePreparing, hv.StateRunning, hv.StateSuspending, hv.StateResuming, hv.StatePaused, hv.StateShuttingDown:
		return true
	}
	return false
}
