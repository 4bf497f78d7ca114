package bhyve

import (
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// The keys of the virtual machine "one" as each manager has it.
const (
	plainOne = "bhyve:one"
	vmOne    = "vm-bhyve:default/one"
	cbsdOne  = "cbsd:one"
)

// noon is when a play begins, on a host that has been up for an hour.
func noon() time.Time { return time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC) }

// A play has a memory look at what happens to one host.
type play struct {
	t      *testing.T
	memory memory
	clock  freebsd.Clock
	exits  func(name string) (freebsd.WaitStatus, time.Time, bool)
}

func newPlay(t *testing.T) *play {
	t.Helper()
	return &play{t: t, clock: freebsd.Clock{Now: noon(), Up: time.Hour}}
}

// wait lets time go by.
func (p *play) wait(d time.Duration) { p.clock.Now, p.clock.Up = p.clock.Now.Add(d), p.clock.Up+d }

// look finds these guests, and no others.
func (p *play) look(guests ...guest) []hv.Event {
	return p.memory.take(scene{clock: p.clock, guests: guests, exits: p.exits})
}

// end has the kernel tell that a process ended.
func (p *play) end(pid int, status freebsd.WaitStatus) {
	p.memory.hear([]freebsd.Exit{{PID: pid, Status: status}})
}

// is returns what became of the virtual machine.
func (p *play) is(key string) standing {
	p.t.Helper()
	s, ok := p.memory.standings()[key]
	if !ok {
		p.t.Fatalf("no %q", key)
	}
	return s
}

// process returns a bhyve that was started now.
func (p *play) process(pid int) *freebsd.Process {
	return &freebsd.Process{PID: pid, Parent: 1, Name: "bhyve", Start: p.clock.Now}
}

// A trait is something about a guest.
type trait func(*guest)

// plain returns the plain virtual machine "one".
func plain(traits ...trait) guest {
	return of(guest{key: plainOne, name: "one", autoStart: hv.No}, traits)
}

// underVM returns it as vm-bhyve's, and underCBSD as CBSD's.
func underVM(traits ...trait) guest {
	return of(guest{key: vmOne, name: "one", autoStart: hv.Yes, vm: &vmbhyve.Guest{Name: "one"}}, traits)
}

func underCBSD(traits ...trait) guest {
	return of(guest{key: cbsdOne, name: "one", autoStart: hv.No, cbsd: &cbsd.Guest{Name: "one"}}, traits)
}

func of(g guest, traits []trait) guest {
	for _, t := range traits {
		t(&g)
	}
	return g
}

// runs has the guest run in the process.
func runs(q *freebsd.Process) trait {
	return func(g *guest) { g.process, g.titled, g.node, g.args = q, true, true, []string{"bhyve: " + g.name} }
}

// begins has it be in the process before that says what it is.
func begins(q *freebsd.Process) trait {
	return func(g *guest) { g.process, g.node, g.args = q, true, []string{"bhyve", "-c", "1", g.name} }
}

// loads has it be in the process that loads its kernel.
func loads(q *freebsd.Process) trait {
	return func(g *guest) { g.loader, g.node = q, true }
}

// stopped has a signal have stopped its process.
func stopped(g *guest) {
	q := *g.process
	q.State = freebsd.Stopped
	g.process = &q
}

// hasUsed says how much CPU time its process has used.
func hasUsed(d time.Duration) trait {
	return func(g *guest) {
		q := *g.process
		q.Runtime = d
		g.process = &q
	}
}

// identified has it have a UUID.
func identified(g *guest) { g.uuid = hv.UUID{15: 1} }

// renamed returns the guest under another name.
func renamed(g guest) guest {
	g.key, g.name = vmbhyveKey+"default/another", "another"
	return g
}

func node(g *guest)    { g.node = true }
func watched(g *guest) { g.watcher = true }
func foreign(g *guest) { g.vm.Lock, g.foreign = "hv2.example.net", true }
func stale(g *guest)   { g.stale = true }

// locked has vm-bhyve have locked it at that time, for this host.
func locked(at time.Time) trait {
	return func(g *guest) { g.vm.Lock, g.vm.Locked = "hv1.example.net", at }
}

// logged has vm-bhyve's log tell that.
func logged(l vmbhyve.Log) trait { return func(g *guest) { g.vm.Log = l } }

func suspending(g *guest) { g.vm.Suspending = true }
func saved(g *guest)      { g.vm.Saved = true }

// noted has CBSD have noted that status.
func noted(s cbsd.Status) trait { return func(g *guest) { g.cbsd.Status = s } }

// since has CBSD have noted its status at that time.
func since(at time.Time) trait { return func(g *guest) { g.cbsd.Since = at } }

// stopping has CBSD be stopping it.
func stopping(g *guest) { g.cbsd.Status, g.cbsd.Doing = cbsd.Maintenance, stoppingVM }

// checkpointed has CBSD have saved it.
func checkpointed(g *guest) { g.cbsd.Saved = true }
