package vmmib

import (
	"fmt"
	"slices"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// A kind is what may become of a virtual machine, with the two notifications that tell it.
type kind struct {
	to          hv.Opt[hv.OperState] // absent: it is gone
	perVM, bulk described
}

// kinds say which state becomes which notification. There is none for unknown, other and preparing (RFC 7666,
// section 6.1), nor for anything else that changes but the state.
func kinds() []kind {
	return []kind{
		{hv.Some(hv.StateRunning), describe(notificationVMRunning), describe(notificationVMBulkRunning)},
		{hv.Some(hv.StateShuttingDown), describe(notificationVMShuttingdown), describe(notificationVMBulkShuttingdown)},
		{hv.Some(hv.StateShutdown), describe(notificationVMShutdown), describe(notificationVMBulkShutdown)},
		{hv.Some(hv.StatePaused), describe(notificationVMPaused), describe(notificationVMBulkPaused)},
		{hv.Some(hv.StateSuspending), describe(notificationVMSuspending), describe(notificationVMBulkSuspending)},
		{hv.Some(hv.StateSuspended), describe(notificationVMSuspended), describe(notificationVMBulkSuspended)},
		{hv.Some(hv.StateResuming), describe(notificationVMResuming), describe(notificationVMBulkResuming)},
		{hv.Some(hv.StateMigrating), describe(notificationVMMigrating), describe(notificationVMBulkMigrating)},
		{hv.Some(hv.StateCrashed), describe(notificationVMCrashed), describe(notificationVMBulkCrashed)},
		{hv.Opt[hv.OperState]{}, describe(notificationVMDeleted), describe(notificationVMBulkDeleted)},
	}
}

// kindOf returns which of the kinds a change is, or nil if no notification tells it. That a virtual machine is where it
// was is no change, and one without an index has no instance that could be named.
func kindOf(all []kind, c *collector.Change) *kind {
	if c.From == c.To || c.Index < 1 {
		return nil
	}
	for i := range all {
		if all[i].to == c.To {
			return &all[i]
		}
	}
	return nil
}

// described is a notification as the MIB describes it.
type described struct {
	name    string
	id      mib.OID
	objects []mib.OID // without their instances
}

// describe finds a notification in the MIB.
func describe(id mib.OID) described {
	for _, n := range notifications {
		if slices.Equal(n.id, id) {
			return n
		}
	}
	panic(fmt.Sprintf("vmmib: the MIB has no notification %s", id))
}
