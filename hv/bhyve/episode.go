package bhyve

import (
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// An episode is what becomes of one virtual machine between two looks.
type episode struct {
	past  *past
	guest guest
	scene scene
	was   standing
	// defined says that the look before did not find it, vanished that this one does not.
	defined, vanished bool
	// replaced says that there is another process than at the look before.
	replaced bool
	told     []hv.Event
}

// run brings the past up to date, and tells what happened.
func (e *episode) run() {
	p, at := e.past, e.scene.clock
	if q := e.guest.process; q != nil && q.State == freebsd.Zombie {
		e.guest.process, e.guest.args, e.guest.titled = nil, nil, false
	}
	g := e.guest
	if e.defined && managed(g.key) {
		e.tell(g.event(hv.Defined, hv.DefinedAdded))
	}
	if p.alive && (g.process == nil || !p.is(g.process, at)) {
		p.lose(at)
	}
	e.heed()
	if e.over() {
		e.end(e.verdict())
	}
	e.recall()
	if g.process != nil {
		if p.standing.run == 0 {
			p.begin(g, at)
		}
		e.replaced = !p.alive
		p.meet(g.process, at)
	}
	e.judge()
}

// heed takes note of what only this look can tell of the end of the last bhyve.
func (e *episode) heed() {
	p := e.past
	v, c := e.guest.marks()
	justGone := !p.alive && p.gone == e.scene.clock.Up
	if c != nil && (e.guest.process != nil || justGone) {
		p.stopping = isStopping(c) || justGone && p.stopping
	}
	if p.alive || p.last == nil || v == nil {
		return
	}
	if p.standing.run == 0 && (v.Log.Initialised.After(p.goneAt) || p.relocked(v)) {
		p.forget() // it is started anew
	}
}

// recall gives it the UUID that it had, if nobody tells one now. Its process has shown that only before its title, so
// that the one after a reboot has it too, but none that may be of another virtual machine, as one that is started anew.
func (e *episode) recall() {
	p, g := e.past, &e.guest
	if !g.uuid.IsZero() || g.vm != nil || g.cbsd != nil {
		return
	}
	nobody := g.process == nil && g.loader == nil
	same := p.alive || p.standing.run != 0 && p.end.reboots()
	if nobody || same && (g.process == nil || g.titled) {
		g.uuid = p.standing.uuid
	}
}

// over reports whether the run that goes on so far is over, though there is a process now, or a loader: that is of another run.
func (e *episode) over() bool {
	p, g := e.past, e.guest
	switch {
	case p.standing.run == 0 || g.process == nil && g.loader == nil:
		return false
	case p.late.known && !p.late.reboots():
		return true
	case p.alive || p.last == nil:
		return false
	}
	v, _ := g.marks()
	switch how := e.how(); {
	case v != nil && p.relocked(v):
		return true
	case how.known:
		return !how.reboots()
	case v != nil:
		return v.Log.Began.After(p.last.Start)
	case g.process != nil && !e.was.watcher:
		return birthOf(g.process, e.scene.clock)-p.seen > graceTime
	}
	return false
}

// verdict returns the state in which a run ended that another followed.
func (e *episode) verdict() hv.OperState {
	how := e.how()
	if e.past.late.known {
		how = e.past.late
	}
	v, _ := e.guest.marks()
	switch {
	case how.crashed(e.past.stopping):
		return hv.StateCrashed
	case v != nil && v.Log.Resuming && (how.reboots() || !how.known):
		return hv.StateSuspended
	}
	return hv.StateShutdown
}

// end ends the run in the state s, and tells so.
func (e *episode) end(s hv.OperState) {
	p := e.past
	how := e.how()
	p.finish()
	detail := hv.StoppedShutdown
	switch {
	case s == hv.StateCrashed:
		detail = hv.StoppedCrashed
	case s == hv.StateSuspended:
		detail = hv.StoppedSaved
	case how.known && how.status.Signal() != 0:
		detail = hv.StoppedDestroyed
	}
	stop := e.guest.event(hv.Stopped, detail)
	stop.Remains = !e.vanished
	e.tell(stop)
	p.standing.oper, p.standing.admin = s, adminOf(s)
}

// judge judges it as it is now, begins or ends its run if need be, and tells what is not as it was.
func (e *episode) judge() {
	p, g, at := e.past, e.guest, e.scene.clock
	before := p.standing
	how := e.how()
	oper, admin := judge(situation{
		guest: g, now: at.Now, was: p.standing.oper, ran: p.ran, seen: p.worked, end: how,
		grace: p.inGrace(at), stopping: p.stopping,
	})
	p.standing.guest = g
	switch {
	case before.run != 0 && !active(oper) && oper == hv.StateOther:
		p.finish() // it was prepared, and came no further
	case before.run != 0 && !active(oper):
		e.end(oper)
	case before.run == 0 && active(oper):
		p.begin(g, at)
	}
	p.standing.oper, p.standing.admin = oper, admin
	p.ran = p.ran || g.titled && active(oper)
	if v, _ := g.marks(); v != nil && v.IsLocked() && p.standing.run != 0 {
		p.locked = v.Locked
	}
	if active(oper) {
		e.tell(g.events(before.oper, oper)...)
	}
	if len(e.told) == 0 && (e.replaced || e.rewritten() || e.was.summary() != p.standing.summary()) {
		e.tell(g.event(hv.Changed, 0))
	}
}

// rewritten reports whether somebody wrote its definition.
func (e *episode) rewritten() bool {
	was, is := e.was.vm, e.guest.vm
	return was != nil && is != nil && !was.Defined.Equal(is.Defined)
}

// due returns the uptime at which its state changes because time goes by, or never.
func (e *episode) due() time.Duration {
	p, g, at := e.past, e.guest, e.scene.clock
	due := never
	if p.standing.run == 0 {
		return due
	}
	if p.inGrace(at) {
		due = p.gone + graceTime
	}
	v, _ := g.marks()
	switch {
	case v == nil:
	case p.standing.oper == hv.StateResuming:
		due = min(due, at.Up+resumeTime-at.Now.Sub(v.Log.Started))
	case g.process == nil && g.loader == nil && !g.watcher:
		if left := graceTime - at.Now.Sub(v.Locked); left > 0 {
			due = min(due, at.Up+left)
		}
	}
	return due
}

// tell adds events.
func (e *episode) tell(events ...hv.Event) { e.told = append(e.told, events...) }
