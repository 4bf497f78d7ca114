package bhyve

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// start is a start among the details of ends.
const start = -1

// A life is a process of the model: what is true of it, whoever looks.
type life struct {
	process freebsd.Process
	ended   bool
	status  freebsd.WaitStatus
	told    bool // the kernel told its end
}

// A model is one plain virtual machine to which things happen at random, and the simple truth that looks are held against.
type model struct {
	play
	now  *life // nil if there was none yet
	node bool
	last *life // the one that the last look found alive, or that was alive in the run that goes on

	// what must be true after the last look
	inRun bool
	alive bool          // the last look found a process
	seen  time.Duration // the uptime of the last look that did
	gone  time.Duration // the uptime of the first look that did not any more
	run   int64         // of the run that goes on, or 0
	runs  map[int64]bool
	used  time.Duration // what the last process was last found to have used
	ended time.Duration // the same of all processes of the run before that
}

// TestModel has what is remembered be true over any history.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{runs: map[int64]bool{}}
		m.clock = freebsd.Clock{Now: noon(), Up: time.Hour}
		m.memory.take(scene{clock: m.clock})
		rt.Repeat(map[string]func(*rapid.T){
			"start": m.start,
			"end":   m.end,
			"work":  m.work,
			"wait":  m.pass,
			"look":  m.observe,
			"ask":   m.ask,
			"":      func(*rapid.T) {},
		})
	})
}

// start starts a bhyve. Numbers of processes come back.
func (m *model) start(t *rapid.T) {
	if m.now != nil && !m.now.ended {
		t.Skip("it runs")
	}
	m.wait(2 * sameBirth)
	q := m.process(rapid.IntRange(1, 3).Draw(t, "pid"))
	m.now, m.node = &life{process: *q}, true
}

// end ends it. The kernel tells it of those that a look has found, if it does at all.
func (m *model) end(t *rapid.T) {
	if m.now == nil || m.now.ended {
		t.Skip("it does not run")
	}
	m.now.ended = true
	m.now.status = rapid.SampledFrom([]freebsd.WaitStatus{
		freebsd.Exited(0), freebsd.Exited(0), freebsd.Exited(1), freebsd.Exited(2), freebsd.Exited(3), freebsd.Exited(4),
		freebsd.Exited(100), freebsd.Killed(6), freebsd.Killed(9),
	}).Draw(t, "status")
	m.node = rapid.Bool().Draw(t, "node")
	if m.alive && m.last == m.now && rapid.IntRange(0, 3).Draw(t, "deaf") > 0 {
		m.now.told = true
		m.memory.hear([]freebsd.Exit{{PID: m.now.process.PID, Status: m.now.status}})
	}
}

// work has it use CPU time.
func (m *model) work(t *rapid.T) {
	if m.now != nil && !m.now.ended {
		m.now.process.Runtime += time.Duration(rapid.IntRange(1, 1000).Draw(t, "ms")) * time.Millisecond
	}
}

// pass lets time go by.
func (m *model) pass(t *rapid.T) {
	m.wait(time.Duration(rapid.IntRange(1, 8000).Draw(t, "ms")) * time.Millisecond)
}

// observe looks, and holds what comes of it against the truth.
func (m *model) observe(t *rapid.T) {
	var guests []guest
	lives := m.now != nil && !m.now.ended
	switch {
	case lives:
		q := m.now.process
		guests = append(guests, plain(runs(&q)))
	case m.node:
		guests = append(guests, plain(node))
	}
	told := m.look(guests...)
	want := m.outcomes(lives)
	began := len(want) > 0 && want[len(want)-1] == start
	m.history(t, lives, want, told)

	s, there := m.memory.standings()[plainOne]
	if there != (len(guests) > 0 || m.inRun) {
		t.Fatalf("there is one: %t", there)
	}
	if m.inRun != (s.run != 0) || m.inRun != active(s.oper) {
		t.Fatalf("unexpected state %v in the run %d, want a run: %t", s.oper, s.run, m.inRun)
	}
	m.number(t, s.run, began)
	m.count(lives, began)
	m.alive = lives
	if lives {
		m.last, m.seen = m.now, m.clock.Up
	}
}

// count adds up what the processes of the run have used.
func (m *model) count(lives, began bool) {
	switch {
	case began || !m.inRun:
		m.used, m.ended = 0, 0
	case lives && m.now != m.last:
		m.used, m.ended = 0, m.ended+m.used
	}
	if lives {
		m.used = m.now.process.Runtime
	}
}

// outcomes returns what must be told: how the run ended, if it did, and whether another began.
func (m *model) outcomes(lives bool) (want []int) {
	replaced := m.inRun && m.last != nil && (!lives || m.last != m.now)
	if replaced && m.alive {
		m.gone = m.clock.Up
	}
	if replaced {
		known, reboots := m.last.told, m.last.status == freebsd.Exited(0)
		switch {
		case known && !reboots:
			want = append(want, verdict(m.last.status))
		case lives && !known && m.clock.Up-m.clock.Now.Sub(m.now.process.Start)-m.seen > graceTime:
			want = append(want, hv.StoppedShutdown)
		case !lives && m.clock.Up-m.gone >= graceTime:
			want = append(want, hv.StoppedShutdown)
		}
		if len(want) > 0 {
			m.inRun = false
		}
	}
	if lives && !m.inRun {
		m.inRun = true
		want = append(want, start)
	}
	return want
}

// verdict returns the detail with which an end is told.
func verdict(s freebsd.WaitStatus) int {
	if s == freebsd.Exited(1) || s == freebsd.Exited(2) {
		return hv.StoppedShutdown
	}
	return hv.StoppedCrashed
}

// history holds the events of a look against what must be told.
func (m *model) history(t *rapid.T, lives bool, want []int, told []hv.Event) {
	var got []int
	for _, e := range told {
		switch e.Kind {
		case hv.Stopped:
			got = append(got, e.Detail)
			if e.Remains != (lives || m.node) {
				t.Fatalf("unexpected event: it remains: %t", e.Remains)
			}
		case hv.Started:
			got = append(got, start)
		case hv.Changed, hv.Undefined:
		default:
			t.Fatalf("unexpected event %v", e)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("unexpected events %v, want %v", got, want)
	}
}

// number holds the number of a run against those before.
func (m *model) number(t *rapid.T, run int64, began bool) {
	switch {
	case began && m.runs[run]:
		t.Fatalf("the run %d is there again", run)
	case !began && run != 0 && run != m.run:
		t.Fatalf("the run %d became %d", m.run, run)
	}
	m.run, m.runs[run] = run, true
}

// ask asks for what was used, as statistics do: of the process that the last look found.
func (m *model) ask(t *rapid.T) {
	if m.run == 0 {
		t.Skip("no run")
	}
	pid, now := 0, spent{}
	if m.alive {
		m.used = m.last.process.Runtime
		pid, now.total = m.last.process.PID, m.used
	}
	if got, want := m.memory.credit(plainOne, m.run, pid, now).total, m.ended+m.used; got != want {
		t.Fatalf("unexpected time %v, want %v", got, want)
	}
}
