package vmmib

import (
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// adminState returns a VirtualMachineAdminState. The RFC has none for one that is not known.
func adminState(s hv.AdminState) mib.Value {
	switch s {
	case hv.AdminRunning:
		return mib.Integer(adminStateRunning)
	case hv.AdminSuspended:
		return mib.Integer(adminStateSuspended)
	case hv.AdminPaused:
		return mib.Integer(adminStatePaused)
	case hv.AdminShutdown:
		return mib.Integer(adminStateShutdown)
	}
	return mib.NoSuchInstance
}

// operState returns a VirtualMachineOperState.
func operState(s hv.OperState) int32 {
	switch s {
	case hv.StateOther:
		return operStateOther
	case hv.StatePreparing:
		return operStatePreparing
	case hv.StateRunning:
		return operStateRunning
	case hv.StateSuspending:
		return operStateSuspending
	case hv.StateSuspended:
		return operStateSuspended
	case hv.StateResuming:
		return operStateResuming
	case hv.StatePaused:
		return operStatePaused
	case hv.StateMigrating:
		return operStateMigrating
	case hv.StateShuttingDown:
		return operStateShuttingdown
	case hv.StateShutdown:
		return operStateShutdown
	case hv.StateCrashed:
		return operStateCrashed
	}
	return operStateUnknown
}

// autoStart returns a VirtualMachineAutoStart.
func autoStart(a hv.Answer) int32 {
	switch a {
	case hv.Yes:
		return autoStartEnabled
	case hv.No:
		return autoStartDisabled
	}
	return autoStartUnknown
}

// persistent returns a VirtualMachinePersistent.
func persistent(a hv.Answer) int32 {
	switch a {
	case hv.Yes:
		return persistentPersistent
	case hv.No:
		return persistentTransient
	}
	return persistentUnknown
}
