package bhyve

import (
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// cbsdTales are of those of CBSD.
func cbsdTales() []tale {
	return []tale{
		{"a crash and a restart", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(3))
			told := p.look(underCBSD(noted(cbsd.On)))
			p.wait(time.Second)
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(p.process(second)))))
		}, "stopped (crashed) remains, started (booted)"},
		{"a crash and a restart between two looks", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(3))
			p.wait(time.Second)
			return p.look(underCBSD(noted(cbsd.On), runs(p.process(second))))
		}, "stopped (crashed) remains, started (booted)"},
		{"a crash that is told after the restart was found", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.wait(time.Second)
			next := p.process(second)
			told := p.look(underCBSD(noted(cbsd.On), runs(next)))
			p.end(pid, freebsd.Exited(3))
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(next))), p.look(underCBSD(noted(cbsd.On), runs(next))))
		}, "changed, stopped (crashed) remains, started (booted)"},
		{"a reboot that is told after it was found", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.wait(time.Second)
			next := p.process(second)
			told := p.look(underCBSD(noted(cbsd.On), runs(next)))
			p.end(pid, freebsd.Exited(0))
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(next))))
		}, "changed"},
		{"an end that is told after it was found", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			told := p.look(underCBSD(noted(cbsd.On)))
			p.end(pid, freebsd.Exited(4))
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On))))
		}, "stopped (crashed) remains"},
		{"CBSD stops it", func(p *play) []hv.Event {
			q := p.process(pid)
			p.look(underCBSD(noted(cbsd.On), runs(q)))
			told := p.look(underCBSD(stopping, runs(q)))
			p.end(pid, freebsd.Killed(9))
			return slices.Concat(told, p.look(underCBSD(stopping)), p.look(underCBSD(noted(cbsd.Off))))
		}, "shutdown (host), stopped (destroyed) remains"},
		{"CBSD gives up to stop it, and it is killed later", func(p *play) []hv.Event {
			q := p.process(pid)
			p.look(underCBSD(stopping, runs(q)))
			told := p.look(underCBSD(noted(cbsd.On), runs(q)))
			p.end(pid, freebsd.Killed(9))
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On))))
		}, "resumed (unpaused), stopped (crashed) remains"},
		{"CBSD's log tells how it ended", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.wait(time.Second)
			at := p.clock.Now
			p.exits = func(string) (freebsd.WaitStatus, time.Time, bool) { return freebsd.Exited(4), at, true }
			return p.look(underCBSD(noted(cbsd.Off)))
		}, "stopped (crashed) remains"},
		{"CBSD's log tells of an earlier end", func(p *play) []hv.Event {
			at := p.clock.Now.Add(-time.Hour)
			p.exits = func(string) (freebsd.WaitStatus, time.Time, bool) { return freebsd.Exited(4), at, true }
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			return p.look(underCBSD(noted(cbsd.Off)))
		}, "stopped (shutdown) remains"},
		{"it fails while CBSD stops it", func(p *play) []hv.Event {
			p.look(underCBSD(stopping, runs(p.process(pid))))
			p.end(pid, freebsd.Killed(11))
			return p.look(underCBSD(stopping))
		}, "stopped (crashed) remains"},
		{"it reboots through a loader, and nobody sees the end", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.wait(time.Second)
			told := p.look(underCBSD(noted(cbsd.On), loads(p.process(7))))
			p.wait(time.Second)
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(p.process(second)))))
		}, "changed"},
		{"it reboots, and its memory is let go of for a minute", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			told := p.look(underCBSD(noted(cbsd.On), watched))
			p.wait(time.Minute)
			told = append(told, p.look(underCBSD(noted(cbsd.On), watched))...)
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(p.process(second)))))
		}, "changed"},
		{"the same, and nobody sees the end", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			told := p.look(underCBSD(noted(cbsd.On), watched))
			p.wait(time.Minute)
			told = append(told, p.look(underCBSD(noted(cbsd.On), watched))...)
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(p.process(second)))))
		}, "changed"},
		{"the same while CBSD takes its time", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			told := p.look(underCBSD(noted(cbsd.On), watched, stale))
			p.wait(time.Minute)
			told = append(told, p.look(underCBSD(noted(cbsd.On), watched, stale))...)
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On), runs(p.process(second)))))
		}, "changed"},
		{"it does not return, for its shell ends", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			told := p.look(underCBSD(noted(cbsd.On), watched))
			p.wait(time.Minute)
			return slices.Concat(told, p.look(underCBSD(noted(cbsd.On))))
		}, "stopped (shutdown) remains"},
		{"it is first seen amid a reboot", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), watched))
			p.wait(time.Second)
			return p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
		}, "changed"},
		{"its shell is at work when CBSD has stopped it", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			return p.look(underCBSD(noted(cbsd.Off), watched))
		}, "stopped (shutdown) remains"},
		{"CBSD is of two minds about one that is over", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			return slices.Concat(p.look(underCBSD(noted(cbsd.Off))), p.look(underCBSD(noted(cbsd.On))))
		}, "stopped (shutdown) remains"},
	}
}
