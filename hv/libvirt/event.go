package libvirt

import (
	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// subscriptions returns the events that say something to us and that go-libvirt delivers. It loses those with typed
// parameters (17, 21) and does not know the newest.
func subscriptions() []lv.DomainEventID {
	return []lv.DomainEventID{
		lv.DomainEventIDLifecycle,
		lv.DomainEventIDBlockJob,
		lv.DomainEventIDDiskChange,
		lv.DomainEventIDTrayChange,
		lv.DomainEventIDBalloonChange,
		lv.DomainEventIDDeviceRemoved,
		lv.DomainEventIDDeviceAdded,
		lv.DomainEventIDMigrationIteration,
		lv.DomainEventIDMetadataChange,
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

// eventOf returns the event in a message, and false for a message that is none of ours.
func eventOf(message any) (e hv.Event, ok bool) {
	if m, ok := message.(*lv.DomainEventCallbackLifecycleMsg); ok {
		return about(m.Msg.Dom, lifecycle(m.Msg.Event), m.Msg.Detail), true
	}
	d, ok := changed(message)
	return about(d, hv.Changed, 0), ok
}

// changed returns the virtual machine in which something else changed than its life.
func changed(message any) (lv.Domain, bool) {
	switch m := message.(type) {
	case *lv.DomainEventCallbackBlockJobMsg:
		return m.Msg.Dom, true
	case *lv.DomainEventCallbackDiskChangeMsg:
		return m.Msg.Dom, true
	case *lv.DomainEventCallbackTrayChangeMsg:
		return m.Msg.Dom, true
	case *lv.DomainEventCallbackBalloonChangeMsg:
		return m.Msg.Dom, true
	case *lv.DomainEventCallbackDeviceRemovedMsg:
		return m.Msg.Dom, true
	case *lv.DomainEventCallbackDeviceAddedMsg:
		return m.Dom, true
	case *lv.DomainEventCallbackMigrationIterationMsg:
		return m.Dom, true
	case *lv.DomainEventCallbackMetadataChangeMsg:
		return m.Dom, true
	}
	return lv.Domain{}, false
}

// about returns an event about d. The ID in d is not used: it can be that of an earlier run.
func about(d lv.Domain, kind hv.EventKind, detail int32) hv.Event {
	return hv.Event{Kind: kind, Detail: int(detail), Key: keyOf(d), Name: d.Name}
}
