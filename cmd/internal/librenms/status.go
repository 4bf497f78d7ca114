package librenms

import "github.com/vmond/vmond/hv"

// A status is what the application knows of a state: libvirt's virDomainState and two more.
type status int

// The states.
const (
	noState status = iota
	on
	blocked
	paused
	offSoft
	offHard
	crashed
	pmSuspended
	off
	unknown
	numStates
)

// stateKeys are the keys of totals that count them.
var stateKeys = [numStates]string{
	noState: "nostate", on: "on", blocked: "blocked", paused: "paused", offSoft: "off_soft", offHard: "off_hard",
	crashed: "crashed", pmSuspended: "pmsuspended", off: "off", unknown: "unknown",
}

// statusOf returns the state that virsh(1) or cbsd shows. One that was saved to disk is off to both.
func (p *platform) statusOf(vm hv.Summary) status {
	switch vm.State {
	case hv.StateRunning, hv.StateMigrating:
		return on
	case hv.StatePaused, hv.StateSuspending, hv.StateResuming:
		return paused
	case hv.StateShuttingDown:
		return offSoft
	case hv.StateShutdown:
		return p.off
	case hv.StateCrashed:
		return crashed
	case hv.StateSuspended:
		if vm.Active() {
			return pmSuspended
		}
		return p.off
	case hv.StatePreparing:
		return noState
	}
	return p.unclear
}
