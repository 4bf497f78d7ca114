package bhyve

import (
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// plainTales are of those without a manager.
func plainTales() []tale {
	return []tale{
		{"nothing happens", func(p *play) []hv.Event {
			q := p.process(pid)
			p.look(plain(runs(q)))
			p.wait(time.Second)
			return p.look(plain(runs(q), hasUsed(time.Second)))
		}, ""},
		{"the first look finds all as it is", func(p *play) []hv.Event { return p.look(plain(runs(p.process(pid)))) }, ""},
		{"a plain one appears", func(p *play) []hv.Event {
			p.look()
			return p.look(plain(runs(p.process(pid))))
		}, "started (booted)"},
		{"a plain one appears before it has its title", func(p *play) []hv.Event {
			p.look()
			q := p.process(pid)
			return slices.Concat(p.look(plain(begins(q))), p.look(plain(runs(q))))
		}, "changed, started (booted)"},
		{"it is loaded first", func(p *play) []hv.Event {
			p.look()
			return slices.Concat(p.look(plain(loads(p.process(7)))), p.look(plain(begins(p.process(pid)))),
				p.look(plain(runs(p.process(pid)))))
		}, "changed, changed, started (booted)"},
		{"it is loaded and comes no further", func(p *play) []hv.Event {
			p.look()
			return slices.Concat(p.look(plain(loads(p.process(7)))), p.look(plain(node)), p.look(plain(node)), p.look())
		}, "changed, changed, undefined (removed)"},
		{"a node appears", func(p *play) []hv.Event {
			p.look()
			return slices.Concat(p.look(plain(node)), p.look())
		}, "changed, undefined (removed)"},
		{"it is stopped by a signal and goes on", func(p *play) []hv.Event {
			q := p.process(pid)
			p.look(plain(runs(q)))
			return slices.Concat(p.look(plain(runs(q), stopped)), p.look(plain(runs(q))))
		}, "suspended (paused), resumed (unpaused)"},
		{"a crash leaves the node, which somebody destroys", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, freebsd.Exited(4))
			return slices.Concat(p.look(plain(node)), p.look(plain(node)), p.look())
		}, "stopped (crashed) remains, undefined (removed)"},
		{"a shutdown takes the node with it", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, freebsd.Exited(1))
			return slices.Concat(p.look(), p.look())
		}, "stopped (shutdown)"},
		{"a crash takes the node with it", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, freebsd.Killed(11))
			return slices.Concat(p.look(), p.look())
		}, "stopped (crashed)"},
		{"a reboot", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			told := p.look(plain(node))
			p.wait(2 * time.Second)
			next := p.process(second)
			return slices.Concat(told, p.look(plain(begins(next))), p.look(plain(runs(next))))
		}, "changed"},
		{"a reboot that takes the node with it", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			told := p.look()
			p.wait(2 * time.Second)
			return slices.Concat(told, p.look(plain(runs(p.process(second)))))
		}, "changed"},
		{"a reboot that nobody saw the end of", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.wait(graceTime)
			return p.look(plain(runs(p.process(second))))
		}, "changed"},
		{"too long between the two for a reboot", func(p *play) []hv.Event {
			p.look(plain(runs(p.process(pid))))
			p.wait(graceTime + time.Second)
			return p.look(plain(runs(p.process(second))))
		}, "stopped (shutdown) remains, started (booted)"},
		{"the clock is set", func(p *play) []hv.Event {
			q := *p.process(pid)
			p.look(plain(runs(&q)))
			p.clock.Now = p.clock.Now.Add(time.Hour)
			moved := q
			moved.Start = q.Start.Add(time.Hour) // as the kernel has it then
			return p.look(plain(runs(&moved)))
		}, ""},
	}
}
