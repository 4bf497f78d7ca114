package collector

import "github.com/vmond/vmond/hv"

// A tale is what one event tells of a virtual machine's state.
type tale struct {
	// state is entered. It is StateUnknown where the event tells nothing of the state.
	state hv.OperState
	// open says that the event alone does not tell the state, so that the hypervisor has to be asked; settle then
	// weighs the answer. Without an answer state holds.
	open bool
	// starts says that there is a process now, stops that there is none any more.
	starts, stops bool
	// again says that another process follows the one that stops, so that a transient virtual machine stays.
	again bool
	// gone says that the virtual machine exists no longer.
	gone bool
}

// tell returns what the event tells of a virtual machine that is in the state was, or unknown, and has a process or
// not. This and settle are the one place that turns lifecycle events into states.
func tell(e hv.Event, was hv.OperState, active bool) tale {
	switch e.Kind {
	case hv.Undefined:
		return tale{gone: e.Detail != hv.UndefinedRenamed && !active}
	case hv.Started:
		return started(e.Detail)
	case hv.Suspended:
		return suspended(e.Detail)
	case hv.Resumed:
		return resumed(e.Detail, was)
	case hv.Stopped:
		return stopped(e.Detail, was)
	case hv.Shutdown:
		if !active {
			return tale{} // it is over: a reading was ahead of the event
		}
		return tale{state: hv.StateShuttingDown}
	case hv.PMSuspended:
		// The guest sleeps in its memory. What it does once it has written that to its disk it decides itself.
		return tale{state: hv.StatePaused, open: e.Detail == hv.PMSuspendedDisk, starts: true}
	case hv.Crashed:
		if e.Detail == hv.CrashedPanicked {
			return tale{state: hv.StateCrashed, starts: true}
		}
		return tale{open: true} // the guest goes on in a kernel that writes down why it crashed, or it does not
	case hv.Busy:
		return tale{open: true}
	}
	return tale{}
}

// started is tell for a start.
func started(detail int) tale {
	switch detail {
	case hv.StartedMigrated:
		return tale{state: hv.StateMigrating, starts: true}
	case hv.StartedRestored:
		return tale{state: hv.StateResuming, starts: true}
	case hv.StartedFromSnapshot:
		return tale{state: hv.StateRunning, open: true, starts: true} // or paused, as it was in the snapshot
	}
	return tale{state: hv.StateRunning, starts: true}
}

// suspended is tell for virtual CPUs that were stopped, which is also how a save begins and a migration ends.
func suspended(detail int) tale {
	switch detail {
	case hv.SuspendedPaused:
		return tale{state: hv.StatePaused, open: true, starts: true}
	case hv.SuspendedMigrated, hv.SuspendedPostcopy, hv.SuspendedPostcopyFailed:
		return tale{state: hv.StateMigrating, starts: true}
	}
	return tale{state: hv.StatePaused, starts: true}
}

// resumed is tell for virtual CPUs that go on. A migration may go on with them.
func resumed(detail int, was hv.OperState) tale {
	switch detail {
	case hv.ResumedPostcopy, hv.ResumedPostcopyFailed:
		return tale{state: hv.StateMigrating, starts: true}
	case hv.ResumedUnpaused:
		return tale{state: hv.StateRunning, open: was == hv.StateMigrating, starts: true}
	}
	return tale{state: hv.StateRunning, starts: true}
}

// stopped is tell for the end of a process.
func stopped(detail int, was hv.OperState) tale {
	switch detail {
	case hv.StoppedSaved:
		return tale{state: hv.StateSuspended, stops: true}
	case hv.StoppedCrashed:
		return tale{state: hv.StateCrashed, stops: true}
	case hv.StoppedFailed:
		switch was {
		case hv.StateUnknown, hv.StateShutdown, hv.StateSuspended, hv.StateCrashed:
			return tale{open: true, stops: true} // it failed to start in the first place, and is as it was
		case hv.StateMigrating, hv.StateResuming:
			return tale{state: hv.StateShutdown, open: true, stops: true} // its arrival came to nothing
		}
		return tale{state: hv.StateCrashed, open: true, stops: true}
	case hv.StoppedFromSnapshot, hv.StoppedRecreated:
		return tale{state: hv.StateShutdown, stops: true, again: true}
	}
	return tale{state: hv.StateShutdown, stops: true}
}

// settle returns the state that an event and the answer to the question it raised tell together. The answer can be
// later than the event, and than events that are still to come, so that only what fits the event counts.
func settle(e hv.Event, told tale, answer hv.OperState) hv.OperState {
	if answer == hv.StateSuspended && (e.Kind == hv.Suspended || e.Kind == hv.Busy) {
		return hv.StateSuspending // the save is over by now
	}
	var fits []hv.OperState
	switch e.Kind {
	case hv.Suspended:
		// A panic stops the virtual CPUs too, and that is told first now and then.
		fits = []hv.OperState{hv.StateSuspending, hv.StateMigrating, hv.StateCrashed}
	case hv.Busy:
		fits = []hv.OperState{hv.StateSuspending, hv.StateResuming, hv.StateMigrating}
	case hv.Resumed:
		fits = []hv.OperState{hv.StateMigrating}
	case hv.Started:
		fits = []hv.OperState{hv.StatePaused}
	case hv.Stopped:
		fits = []hv.OperState{hv.StateShutdown, hv.StateSuspended, hv.StateCrashed}
	case hv.PMSuspended:
		fits = []hv.OperState{hv.StateRunning, hv.StateShuttingDown}
	case hv.Crashed:
		fits = []hv.OperState{hv.StateCrashed}
	}
	for _, s := range fits {
		if answer == s {
			return answer
		}
	}
	return told.state
}

// path returns the states that a virtual machine goes through from one to another, the last one included. A new one
// is prepared, and one that comes from another hypervisor is first there and then migrates (RFC 7666, appendix A, rows
// 14, 17 and 18, 10).
func path(from hv.Opt[hv.OperState], to hv.OperState) []hv.OperState {
	was, existed := from.Get()
	switch {
	case existed && was == to:
		return nil
	case !existed && to == hv.StateShutdown:
		return []hv.OperState{hv.StatePreparing, hv.StateShutdown}
	case !existed && to == hv.StateMigrating:
		return []hv.OperState{hv.StateShutdown, hv.StateMigrating}
	}
	return []hv.OperState{to}
}

// farewell returns the states that a virtual machine in the state was must have gone through before it vanished: what
// runs is shut down first.
func farewell(was hv.OperState) []hv.OperState {
	switch was {
	case hv.StateRunning, hv.StatePaused, hv.StateSuspending, hv.StateResuming, hv.StateMigrating, hv.StateShuttingDown:
		return []hv.OperState{hv.StateShutdown}
	}
	return nil
}

// adminOf returns the administrative state that goes with a state that an event of that kind told, or unknown where
// none does. Active says whether there is a process.
func adminOf(kind hv.EventKind, s hv.OperState, active bool) hv.AdminState {
	switch s {
	case hv.StateRunning, hv.StatePreparing, hv.StateResuming, hv.StateMigrating:
		return hv.AdminRunning
	case hv.StateSuspending, hv.StateSuspended:
		return hv.AdminSuspended
	case hv.StatePaused:
		if kind == hv.PMSuspended {
			return hv.AdminRunning // the guest sleeps because it wanted to
		}
		return hv.AdminPaused
	case hv.StateShuttingDown, hv.StateShutdown:
		return hv.AdminShutdown
	case hv.StateCrashed:
		if active {
			return hv.AdminRunning
		}
		return hv.AdminShutdown
	}
	return hv.AdminUnknown
}
