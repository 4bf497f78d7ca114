package bhyve

import "cmp"

// A body is what there is of a virtual machine besides what is written down.
type body struct {
	process, loader *running
	node            bool
}

// pid returns the number of its process, or of the loader before that, or 0.
func (b body) pid() int {
	if r := b.runs(); r != nil {
		return r.PID
	}
	return 0
}

// runs returns its process, or the loader before that, or nil.
func (b body) runs() *running {
	if b.process != nil {
		return b.process
	}
	return b.loader
}

func (b body) incarnation() incarnation {
	if r := b.runs(); r != nil {
		return incarnationOf(r.Process)
	}
	return incarnation{}
}

// with returns the guest with what there is of it.
func (g guest) with(b body) guest {
	g.node = b.node
	if b.process != nil {
		process := b.process.Process
		g.process, g.args, g.titled = &process, b.process.args, b.process.titled
		if g.vm == nil && g.cbsd == nil {
			g.uuid = b.process.uuid // which nobody else has written down
		}
	}
	if b.loader != nil {
		loader := b.loader.Process
		g.loader = &loader
	}
	return g
}

// bodies puts together what has the same name, which /dev/vmm has once.
func bodies(e clues) map[string]body {
	all := map[string]body{}
	for _, name := range e.nodes {
		all[name] = body{node: true}
	}
	started := map[string]map[int]bool{}
	for _, r := range e.running {
		if started[r.vm] == nil {
			started[r.vm] = map[int]bool{}
		}
		started[r.vm][r.PID] = true
	}
	for _, r := range e.running {
		if started[r.vm][r.Parent] {
			continue // a child that bhyve made, which has its title until it becomes another program
		}
		b := all[r.vm]
		if r.loads() {
			b.loader = newer(b.loader, r)
		} else {
			b.process = newer(b.process, r)
		}
		all[r.vm] = b
	}
	return all
}

// newer returns the process that is the virtual machine's: the one with the title, since the kernel has each name once and who does not
// get it will never have one; else the one that was started last, for an old one may take a while to end.
func newer(old *running, r running) *running {
	switch {
	case old == nil || r.titled && !old.titled:
		return &r
	case old.titled && !r.titled:
		return old
	}
	if cmp.Or(r.Start.Compare(old.Start), cmp.Compare(r.PID, old.PID)) > 0 {
		return &r
	}
	return old
}
