package bhyve

import (
	"time"

	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// sameBirth is how far two readings of one process's start may be apart.
const sameBirth = time.Second

// A past is what is remembered of one virtual machine.
type past struct {
	// standing is what the last look made of it.
	standing standing
	// last is its bhyve, or the last one if that is gone. It is nil if none was seen.
	last *freebsd.Process
	// birth is the host's uptime at which last was started, which nobody changes by setting the clock. seen is the uptime at which
	// it was last found.
	birth, seen time.Duration
	// alive says that the last look found it. If not, it ended before the uptime gone, and the time of day goneAt.
	alive  bool
	gone   time.Duration
	goneAt time.Time
	// end is how it ended, as the kernel told.
	end end
	// heir is the process that was replaced by last before anybody told how it ended. If that is told later, and was no reboot,
	// two runs were taken for one, and late is how the first of them ended.
	heir int
	late end
	// stopping says that its manager was stopping it at the last look at which it lived, or the first one after that.
	stopping bool
	// ran says that a bhyve was at work in this run, worked that one was there in any.
	ran, worked bool
	// locked is when vm-bhyve locked it for this run or the last one, or zero.
	locked time.Time
	// used is what last has used so far, if it is alive: what of the standing's run has ended is there.
	used spent
	// before is what the run before has used.
	before tally
	// asked says that the log was asked how the last one ended, and what that said is in told.
	asked bool
	told  end
}

// A tally is what a run that is over has used.
type tally struct {
	run   int64
	began time.Time
	spent spent
}

// birthOf returns the host's uptime at which a process was started.
func birthOf(p *freebsd.Process, at freebsd.Clock) time.Duration { return at.Up - at.Now.Sub(p.Start) }

// is reports whether a process is the last one, and not another of the same number.
func (p *past) is(q *freebsd.Process, at freebsd.Clock) bool {
	return p.last != nil && p.last.PID == q.PID && (p.birth-birthOf(q, at)).Abs() < sameBirth
}

// meet takes over a bhyve that was found.
func (p *past) meet(q *freebsd.Process, at freebsd.Clock) {
	if !p.alive {
		p.heir = 0
		if p.last != nil && !p.end.known {
			p.heir = p.last.PID
		}
		p.birth, p.end, p.late = birthOf(q, at), end{}, end{}
		p.asked, p.told = false, end{}
	}
	p.last, p.alive, p.seen, p.worked = q, true, at.Up, true
	p.used.total = max(p.used.total, q.Runtime)
}

// lose notes that the last bhyve is gone.
func (p *past) lose(at freebsd.Clock) {
	p.alive, p.gone, p.goneAt = false, at.Up, at.Now
	p.standing.spent = p.standing.spent.plus(p.used)
	p.used = spent{}
}

// forget drops the process of an earlier run: what it ended with says nothing of this one.
func (p *past) forget() {
	p.last, p.alive, p.end, p.heir, p.late = nil, false, end{}, 0, end{}
	p.asked, p.told = false, end{}
}

// inGrace reports whether the last bhyve ended so short a time ago that it may be followed by another.
func (p *past) inGrace(at freebsd.Clock) bool {
	return p.last != nil && !p.alive && at.Up-p.gone < graceTime
}

// relocked reports whether vm-bhyve has locked it anew: whatever ended was of an earlier start.
func (p *past) relocked(v *vmbhyve.Guest) bool {
	if p.locked.IsZero() {
		return v.Locked.After(p.goneAt) // its lock was never read
	}
	return v.IsLocked() && !v.Locked.Equal(p.locked)
}

// begin begins a run of the guest g.
func (p *past) begin(g guest, at freebsd.Clock) {
	began := beganOf(g, at)
	if p.before.run != 0 && !began.After(p.before.began) {
		began = processBegan(g, at) // what is written down is still of the run before
	}
	run := began.UnixMicro()
	for run == 0 || run == p.before.run {
		run++
	}
	p.standing.run, p.standing.began, p.standing.spent = run, began, spent{}
	p.used, p.ran = spent{}, false
	p.forget()
}

// finish ends the run.
func (p *past) finish() {
	s := &p.standing
	p.before = tally{run: s.run, began: s.began, spent: s.spent.plus(p.used)}
	s.run, s.began, s.spent = 0, time.Time{}, spent{}
	p.used, p.ran = spent{}, false
}

// beganOf returns when the present run of g began, which is the same whoever asks whenever, as far as its manager has it.
func beganOf(g guest, at freebsd.Clock) time.Time {
	v, c := g.marks()
	began := processBegan(g, at)
	switch {
	case v != nil && v.Log.Began.After(v.Locked):
		return v.Log.Began
	case v != nil && v.IsLocked():
		return v.Locked
	case c != nil && c.Status == cbsd.On && c.Since.Before(began) && at.Now.Sub(c.Since) < at.Up:
		return c.Since // the guest has been rebooted since then, though not the host
	}
	return began
}

// processBegan returns when the process of g began.
func processBegan(g guest, at freebsd.Clock) time.Time {
	switch {
	case g.process != nil:
		return g.process.Start
	case g.loader != nil:
		return g.loader.Start
	}
	return at.Now
}
