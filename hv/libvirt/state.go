package libvirt

import (
	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// A condition is what libvirt says of a virtual machine's state.
type condition struct {
	state  lv.DomainState
	reason int32 // numbered anew for each state (virDomainPausedReason and so on)
	active bool  // it has a process
	saved  bool  // it has a managed-save image
	origin origin
	job    job
}

// A job is a long operation that libvirt carries out on a virtual machine (virDomainJobOperation).
type job int32

// The jobs that tell something about the state. Of one that is unknown, because nobody asked or it was not told, libvirt
// itself says 0 (VIR_DOMAIN_JOB_OPERATION_UNKNOWN); that there is none is a number of ours.
const (
	jobNone         job = -1
	jobUnknown      job = 0
	jobSave         job = 2
	jobRestore      job = 3
	jobMigrationIn  job = 4
	jobMigrationOut job = 5
)

// underWay reports whether there is a job for sure.
func (j job) underWay() bool { return j > jobUnknown }

// states returns the operational and the administrative state. They are in the words of RFC 7666: suspended means
// saved to persistent storage, which libvirt calls saved, and paused what libvirt's own command calls suspend.
func (c condition) states() (hv.OperState, hv.AdminState) {
	switch c.state {
	case lv.DomainRunning, lv.DomainBlocked:
		return c.running()
	case lv.DomainPaused:
		return c.paused()
	case lv.DomainShutdown:
		return hv.StateShuttingDown, hv.AdminShutdown
	case lv.DomainShutoff:
		return c.shutoff()
	case lv.DomainCrashed:
		return hv.StateCrashed, c.admin(hv.AdminRunning)
	case lv.DomainPmsuspended:
		// The guest sleeps in its memory because it wanted to: nobody has paused it.
		return hv.StatePaused, c.admin(hv.AdminRunning)
	}
	return hv.StateOther, hv.AdminUnknown
}

// running tells what a virtual machine does that libvirt calls running.
func (c condition) running() (hv.OperState, hv.AdminState) {
	postcopy := c.state == lv.DomainRunning &&
		(c.reason == int32(lv.DomainRunningPostcopy) || c.reason == int32(lv.DomainRunningPostcopyFailed))
	switch {
	case postcopy || c.migrating():
		return hv.StateMigrating, hv.AdminRunning
	case c.job == jobSave:
		return hv.StateSuspending, hv.AdminSuspended
	}
	return hv.StateRunning, hv.AdminRunning
}

// paused tells what a virtual machine does whose virtual CPUs libvirt holds, for whatever reason.
func (c condition) paused() (hv.OperState, hv.AdminState) {
	switch lv.DomainPausedReason(c.reason) {
	case lv.DomainPausedStartingUp:
		switch {
		case c.origin == originMigrated:
			return hv.StateMigrating, hv.AdminRunning
		case c.restored():
			return hv.StateResuming, hv.AdminRunning
		}
		return hv.StatePreparing, hv.AdminRunning
	case lv.DomainPausedMigration:
		return c.pausedForMigration()
	case lv.DomainPausedPostcopy, lv.DomainPausedPostcopyFailed:
		return hv.StateMigrating, hv.AdminRunning
	case lv.DomainPausedSave:
		return hv.StateSuspending, hv.AdminSuspended
	case lv.DomainPausedShuttingDown:
		return hv.StateShuttingDown, hv.AdminShutdown
	}
	switch {
	case c.migrating():
		return hv.StateMigrating, hv.AdminPaused
	case c.job == jobSave:
		return hv.StateSuspending, hv.AdminSuspended
	}
	return hv.StatePaused, hv.AdminPaused
}

// pausedForMigration tells what a virtual machine does that libvirt says is paused for a migration. It says so of a
// restore too, and for ever of one that was left paused after either, which has no job then.
func (c condition) pausedForMigration() (hv.OperState, hv.AdminState) {
	switch {
	case c.migrating():
		return hv.StateMigrating, hv.AdminRunning
	case c.job == jobSave:
		return hv.StateSuspending, hv.AdminSuspended
	case c.restored():
		return hv.StateResuming, hv.AdminRunning
	case c.origin == originHeld, c.origin == originUnknown && c.job == jobNone:
		return hv.StatePaused, hv.AdminPaused
	}
	return hv.StateMigrating, hv.AdminRunning
}

// shutoff tells how a virtual machine is off. Libvirt forgets the reason when its daemon is restarted, but not the
// managed-save image.
func (c condition) shutoff() (hv.OperState, hv.AdminState) {
	switch {
	case c.saved || c.reason == int32(lv.DomainShutoffSaved):
		return hv.StateSuspended, hv.AdminSuspended
	case c.reason == int32(lv.DomainShutoffCrashed):
		return hv.StateCrashed, hv.AdminShutdown
	}
	return hv.StateShutdown, hv.AdminShutdown
}

// restored reports whether the memory is read from an image. What an event told is surer than that there is an image.
func (c condition) restored() bool {
	return c.origin == originRestored || c.origin == originUnknown && (c.saved || c.job == jobRestore)
}

// migrating reports whether a migration is under way.
func (c condition) migrating() bool { return c.job == jobMigrationIn || c.job == jobMigrationOut }

// admin returns s, or shutdown if there is no process that could be meant to do anything.
func (c condition) admin(s hv.AdminState) hv.AdminState {
	if c.active {
		return s
	}
	return hv.AdminShutdown
}

// unsettled reports whether what is known does not tell a migration from a restore, so that the job must be asked.
func (c condition) unsettled() bool {
	return c.pausedFor(lv.DomainPausedMigration) && !c.saved && c.origin == originUnknown
}

// imaged reports whether the state is another one if there is a managed-save image.
func (c condition) imaged() bool {
	if c.state == lv.DomainShutoff {
		return c.reason != int32(lv.DomainShutoffSaved)
	}
	return c.origin == originUnknown &&
		(c.pausedFor(lv.DomainPausedMigration) || c.pausedFor(lv.DomainPausedStartingUp))
}

// pausedFor reports whether the virtual machine is paused for that reason.
func (c condition) pausedFor(reason lv.DomainPausedReason) bool {
	return c.state == lv.DomainPaused && c.reason == int32(reason)
}
