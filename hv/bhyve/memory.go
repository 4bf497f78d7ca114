package bhyve

import (
	"maps"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A memory is what outlives a look: what became of each virtual machine over time. It is used by one goroutine at a time.
type memory struct {
	pasts map[string]*past // nil before the first look
	// due is the host's uptime at which a state changes because time goes by, or never.
	due time.Duration
}

// never is later than any uptime.
const never = time.Duration(1<<63 - 1)

// take takes over what a look found, and returns the events that tell what is not as it was at the look before. The first look
// finds all as it is.
func (m *memory) take(s scene) []hv.Event {
	first := m.pasts == nil
	if first {
		m.pasts = map[string]*past{}
	}
	m.due = never
	found := make(map[string]bool, len(s.guests))
	for _, g := range s.guests {
		found[g.key] = true
	}
	told := m.rename(s.guests, found)
	processes := map[int]*freebsd.Process{}
	for _, g := range s.guests {
		if g.process != nil {
			processes[g.process.PID] = g.process
		}
		told = append(told, m.follow(g, s)...)
	}
	for _, key := range slices.Sorted(maps.Keys(m.pasts)) {
		if !found[key] {
			told = append(told, m.miss(key, s, processes)...)
		}
	}
	if first {
		return nil
	}
	return told
}

// rename has the pasts of virtual machines that are off go on under their new names, or in their new datastores: the UUID tells who
// they are, if only one was found anew that has it, and only one is not found any more. What is told of it has a reading be made
// soon, which finds it under its new key.
func (m *memory) rename(guests []guest, found map[string]bool) (told []hv.Event) {
	strays := map[hv.UUID][]guest{} // whose keys are new
	for _, g := range guests {
		if m.pasts[g.key] == nil && !g.uuid.IsZero() && managed(g.key) {
			strays[g.uuid] = append(strays[g.uuid], g)
		}
	}
	if len(strays) == 0 {
		return nil
	}
	left := map[hv.UUID][]string{} // the keys that are not found any more
	for key, p := range m.pasts {
		if uuid := p.standing.uuid; !found[key] && managed(key) && p.standing.run == 0 && strays[uuid] != nil {
			left[uuid] = append(left[uuid], key)
		}
	}
	for uuid, old := range left {
		if len(old) != 1 || len(strays[uuid]) != 1 {
			continue
		}
		g := strays[uuid][0]
		m.pasts[g.key] = m.pasts[old[0]]
		delete(m.pasts, old[0])
		told = append(told, g.event(hv.Changed, 0))
	}
	return told
}

// follow takes over what a look found of one virtual machine.
func (m *memory) follow(g guest, s scene) []hv.Event {
	p, known := m.pasts[g.key]
	if !known {
		p = &past{}
		m.pasts[g.key] = p
	}
	e := episode{past: p, guest: g, scene: s, was: p.standing}
	e.defined = !known
	e.run()
	m.due = min(m.due, e.due())
	return e.told
}

// miss takes over that a look did not find one that was there. One without a manager vanishes with its process, and may come back
// as it does.
func (m *memory) miss(key string, s scene, processes map[int]*freebsd.Process) []hv.Event {
	p := m.pasts[key]
	moved := false
	if p.alive {
		q := processes[p.last.PID]
		moved = q != nil && p.is(q, s.clock) // it is another's now
	}
	if p.standing.run == 0 || moved {
		delete(m.pasts, key)
		return []hv.Event{p.standing.event(hv.Undefined, hv.UndefinedRemoved)}
	}
	g := p.standing.guest
	g.process, g.loader, g.args, g.titled, g.node, g.watcher, g.stale = nil, nil, nil, false, false, false, true
	e := episode{past: p, guest: g, scene: s, was: p.standing, vanished: true}
	e.run()
	if p.standing.run != 0 {
		m.due = min(m.due, e.due())
		return e.told
	}
	delete(m.pasts, key)
	if managed(key) {
		return append(e.told, p.standing.event(hv.Undefined, hv.UndefinedRemoved))
	}
	return e.told
}

// hear takes over that processes ended, as the kernel told. It is told before the look that finds them gone, or late: then the
// process may have been found gone, or replaced by another, and nobody knew how it ended.
func (m *memory) hear(exits []freebsd.Exit) {
	for _, x := range exits {
		if p := m.find(func(p *past) bool { return p.alive && p.last.PID == x.PID }); p != nil {
			p.end = ended(x.Status)
			continue
		}
		if p := m.find(func(p *past) bool { return p.alive && p.heir == x.PID }); p != nil {
			p.late = ended(x.Status)
			continue
		}
		if p := m.find(func(p *past) bool { return !p.alive && p.last != nil && p.last.PID == x.PID && !p.end.known }); p != nil {
			p.end = ended(x.Status)
		}
	}
}

// find returns the one that is such, or nil.
func (m *memory) find(such func(*past) bool) *past {
	for _, p := range m.pasts {
		if such(p) {
			return p
		}
	}
	return nil
}

// standings returns what there is now. It shares nothing with the memory that changes.
func (m *memory) standings() map[string]standing {
	all := make(map[string]standing, len(m.pasts))
	for key, p := range m.pasts {
		all[key] = p.standing
	}
	return all
}

// processes returns the bhyves that the last look found.
func (m *memory) processes() []*freebsd.Process {
	var found []*freebsd.Process
	for _, p := range m.pasts {
		if p.alive {
			found = append(found, p.last)
		}
	}
	return found
}

// credit takes over what the process pid of a run has used by now, and returns what the run has used. It never returns less than
// before for the same run. pid 0 is no process.
func (m *memory) credit(key string, run int64, pid int, now spent) spent {
	p := m.pasts[key]
	switch {
	case p == nil:
		return now
	case p.standing.run == run:
		if p.alive && p.last.PID == pid {
			p.used = p.used.most(now)
		}
		return p.standing.spent.plus(p.used)
	case p.before.run == run:
		return p.before.spent
	}
	return now
}
