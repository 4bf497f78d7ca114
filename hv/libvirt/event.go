package libvirt

import (
	"fmt"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// The procedures of the events (remote_protocol.x, REMOTE_PROC_DOMAIN_EVENT_CALLBACK_...).
const (
	procLifecycle          = 318
	procReboot             = 319
	procBlockJob           = 326
	procDiskChange         = 327
	procTrayChange         = 328
	procBalloonChange      = 331
	procDeviceRemoved      = 333
	procDeviceAdded        = 354
	procMigrationIteration = 359
	procMetadataChange     = 379
)

// A subscription is an event that we ask for, and the procedure by which it comes.
type subscription struct {
	event     lv.DomainEventID
	procedure uint32
	kind      hv.EventKind // for lifecycle, the event itself says
}

// subscriptions returns the events that say something to us. A reboot does, because a guest that has crashed is in
// another state after it, of which no event tells.
func subscriptions() []subscription {
	return []subscription{
		{lv.DomainEventIDLifecycle, procLifecycle, hv.Changed},
		{lv.DomainEventIDReboot, procReboot, hv.Changed},
		{lv.DomainEventIDBlockJob, procBlockJob, hv.Changed},
		{lv.DomainEventIDDiskChange, procDiskChange, hv.Changed},
		{lv.DomainEventIDTrayChange, procTrayChange, hv.Changed},
		{lv.DomainEventIDBalloonChange, procBalloonChange, hv.Changed},
		{lv.DomainEventIDDeviceRemoved, procDeviceRemoved, hv.Changed},
		{lv.DomainEventIDDeviceAdded, procDeviceAdded, hv.Changed},
		{lv.DomainEventIDMigrationIteration, procMigrationIteration, hv.Busy},
		{lv.DomainEventIDMetadataChange, procMetadataChange, hv.Changed},
	}
}

// lifecycle returns the kind of a lifecycle event (virDomainEventType), or Changed for one that is newer than we.
func lifecycle(event int32) hv.EventKind {
	switch lv.DomainEventType(event) {
	case lv.DomainEventDefined:
		return hv.Defined
	case lv.DomainEventUndefined:
		return hv.Undefined
	case lv.DomainEventStarted:
		return hv.Started
	case lv.DomainEventSuspended:
		return hv.Suspended
	case lv.DomainEventResumed:
		return hv.Resumed
	case lv.DomainEventStopped:
		return hv.Stopped
	case lv.DomainEventShutdown:
		return hv.Shutdown
	case lv.DomainEventPmsuspended:
		return hv.PMSuspended
	case lv.DomainEventCrashed:
		return hv.Crashed
	}
	return hv.Changed
}

// parseEvent reads an event. It returns false for a procedure that is none of ours, and an error if the event ends
// before its end.
//
// All begin with the number of the callback and the virtual machine (remote_nonnull_domain); of what follows, we need
// only what a lifecycle event says. The virtual machine's ID is not used: it can be that of an earlier run.
func parseEvent(procedure uint32, body []byte) (e hv.Event, ours bool, err error) {
	var sub subscription
	for _, s := range subscriptions() {
		if s.procedure == procedure {
			sub = s
		}
	}
	if sub.procedure == 0 {
		return hv.Event{}, false, nil
	}
	x := xdr{rest: body}
	x.int32() // the callback
	d := lv.Domain{Name: x.string()}
	copy(d.UUID[:], x.fixed(len(d.UUID)))
	x.int32() // the ID
	e = hv.Event{Kind: sub.kind, Key: keyOf(d), UUID: hv.UUID(d.UUID), Name: nameOf(d)}
	if sub.event == lv.DomainEventIDLifecycle {
		e.Kind, e.Detail = lifecycle(x.int32()), int(x.int32())
	}
	if x.err != nil {
		return hv.Event{}, false, fmt.Errorf("event of procedure %d: %w", procedure, x.err)
	}
	return e, true, nil
}
