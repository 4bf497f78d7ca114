package bhyve

import "github.com/vmond/vmond/hv"

// event returns an event about the guest.
func (g guest) event(kind hv.EventKind, detail int) hv.Event {
	return hv.Event{Kind: kind, Detail: detail, Key: g.key, UUID: g.uuid, Name: g.name}
}

// events returns those that tell how a guest came to the state is, in which it is in a run, from the state was. That it is being
// prepared has no event of its own: only a reading finds it.
func (g guest) events(was, is hv.OperState) []hv.Event {
	if is == was {
		return nil
	}
	if is == hv.StatePreparing {
		return []hv.Event{g.event(hv.Changed, 0)}
	}
	var told []hv.Event
	if !active(was) || was == hv.StatePreparing {
		if is == hv.StateResuming {
			return []hv.Event{g.event(hv.Started, hv.StartedRestored)}
		}
		told = append(told, g.event(hv.Started, hv.StartedBooted))
		was = hv.StateRunning
	}
	switch {
	case is == was:
		return told
	case is == hv.StatePaused:
		return append(told, g.event(hv.Suspended, hv.SuspendedPaused))
	case is == hv.StateSuspending:
		return append(told, g.event(hv.Busy, 0))
	case is == hv.StateShuttingDown:
		return append(told, g.event(hv.Shutdown, hv.ShutdownHost))
	case is == hv.StateRunning:
		return append(told, g.event(hv.Resumed, hv.ResumedUnpaused))
	}
	return append(told, g.event(hv.Changed, 0))
}
