package bhyve

import "time"

// how returns how the last bhyve ended: as the kernel told, or else as its manager has written down.
func (e *episode) how() end {
	p := e.past
	if p.end.known || p.alive {
		return p.end
	}
	v, c := e.guest.marks()
	switch {
	case v != nil:
		return e.logged()
	case c != nil:
		return e.asked()
	}
	return end{}
}

// logged returns how vm-bhyve's log has it that the last bhyve ended.
func (e *episode) logged() end {
	v, p := e.guest.vm, e.past
	switch {
	case v.Log.Exited:
	case p.last != nil && v.Log.Before != 0 && v.Log.Began.After(p.last.Start):
		return shellEnd(v.Log.Before) // it was started again since
	default:
		return end{}
	}
	after := v.Locked // zero if it is through with it
	if p.last != nil && p.last.Start.After(after) {
		after = p.last.Start
	}
	if v.Log.ExitedAt.Before(after.Truncate(time.Second)) {
		return end{} // it was another one
	}
	return shellEnd(v.Log.Status)
}

// asked returns how the system's log has it that CBSD's last bhyve ended. It is asked while that may still be written, and then
// never again.
func (e *episode) asked() end {
	p := e.past
	if e.scene.exits == nil || p.asked {
		return p.told
	}
	status, at, known := e.scene.exits(e.guest.name)
	if known && (p.last == nil || !at.Before(p.last.Start.Truncate(time.Second))) {
		p.told = ended(status)
	}
	p.asked = p.told.known || !p.inGrace(e.scene.clock)
	return p.told
}
