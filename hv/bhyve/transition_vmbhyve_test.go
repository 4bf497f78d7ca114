package bhyve

import (
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// vmbhyveTales are of those of vm-bhyve.
func vmbhyveTales() []tale {
	return []tale{
		{"a managed one is defined, started and removed", func(p *play) []hv.Event {
			p.look()
			told := p.look(underVM())
			at := p.clock.Now
			told = append(told, p.look(underVM(locked(at), watched))...)
			told = append(told, p.look(underVM(locked(at), watched, runs(p.process(pid))))...)
			p.end(pid, freebsd.Exited(1))
			return slices.Concat(told, p.look(underVM(locked(at), watched)), p.look(underVM()), p.look())
		}, "defined (added), changed, started (booted), stopped (shutdown) remains, undefined (removed)"},
		{"a managed one appears while it runs", func(p *play) []hv.Event {
			p.look()
			return p.look(underVM(locked(p.clock.Now), watched, runs(p.process(pid))))
		}, "defined (added), started (booted)"},
		{"vm-bhyve cannot start it", func(p *play) []hv.Event {
			p.look(underVM())
			at := p.clock.Now
			told := p.look(underVM(locked(at), watched))
			return slices.Concat(told, p.look(underVM(logged(vmbhyve.Log{Initialised: at, Ended: true, Failed: true}))))
		}, "changed, stopped (shutdown) remains"},
		{"vm-bhyve starts it again after a crash", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid)), logged(vmbhyve.Log{Initialised: at, Started: at})))
			p.wait(time.Minute)
			p.end(pid, freebsd.Exited(4))
			died := p.clock.Now
			l := vmbhyve.Log{Initialised: at, Started: at, Exited: true, Status: 4, ExitedAt: died}
			told := p.look(underVM(locked(at), watched, logged(l)))
			p.wait(time.Second)
			l = vmbhyve.Log{Initialised: at, Started: p.clock.Now, Began: p.clock.Now}
			told = append(told, p.look(underVM(locked(at), watched, loads(p.process(7)), logged(l)))...)
			return slices.Concat(told, p.look(underVM(locked(at), watched, runs(p.process(second)), logged(l))))
		}, "stopped (crashed) remains, changed, started (booted)"},
		{"vm-bhyve's log alone tells of a crash", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(time.Minute)
			told := p.look(underVM(locked(at), watched)) // which is not written yet
			l := vmbhyve.Log{Initialised: at, Started: at, Exited: true, Status: 139, ExitedAt: p.clock.Now}
			return slices.Concat(told, p.look(underVM(locked(at), watched, logged(l))), p.look(underVM(logged(l))))
		}, "stopped (crashed) remains"},
		{"stopped and started between two looks", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(4 * time.Second)
			return p.look(underVM(locked(p.clock.Now), watched, runs(p.process(second))))
		}, "stopped (shutdown) remains, started (booted)"},
		{"suspended", func(p *play) []hv.Event {
			at, q := p.clock.Now, p.process(pid)
			p.look(underVM(locked(at), watched, runs(q)))
			told := p.look(underVM(locked(at), watched, suspending, runs(q)))
			p.end(pid, freebsd.Exited(0))
			return slices.Concat(told, p.look(underVM(locked(at), watched, suspending)), p.look(underVM(saved)))
		}, "busy, stopped (saved) remains"},
		{"resumed", func(p *play) []hv.Event {
			p.look(underVM(saved))
			at := p.clock.Now
			l := logged(vmbhyve.Log{Initialised: at, Started: at, Resuming: true})
			told := p.look(underVM(locked(at), watched, saved, l))
			q := p.process(pid)
			told = append(told, p.look(underVM(locked(at), watched, saved, runs(q), l))...)
			p.wait(resumeTime)
			return slices.Concat(told, p.look(underVM(locked(at), watched, saved, runs(q), l)))
		}, "started (restored), resumed (unpaused)"},
		{"suspended and resumed between two looks", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			p.wait(4 * time.Second)
			now := p.clock.Now
			return p.look(underVM(locked(now), watched, runs(p.process(second)), logged(vmbhyve.Log{Initialised: now, Started: now, Resuming: true})))
		}, "stopped (saved) remains, started (restored)"},
		{"the saved state is thrown away", func(p *play) []hv.Event {
			p.look(underVM(saved))
			return p.look(underVM())
		}, "changed"},
		{"its manager starts it when the host boots", func(p *play) []hv.Event {
			p.look(underVM())
			return p.look(underVM(func(g *guest) { g.autoStart = hv.No }))
		}, "changed"},
		{"its definition is written", func(p *play) []hv.Event {
			p.look(underVM())
			return p.look(underVM(func(g *guest) { g.vm.Defined = p.clock.Now }))
		}, "changed"},
		{"the watcher is killed, and then the guest powers off", func(p *play) []hv.Event {
			at, q := p.clock.Now, p.process(pid)
			p.look(underVM(locked(at), watched, runs(q)))
			told := p.look(underVM(locked(at), runs(q)))
			p.end(pid, freebsd.Exited(1))
			return slices.Concat(told, p.look(underVM(locked(at))))
		}, "stopped (shutdown) remains"},
		{"the watcher and bhyve are killed unseen", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(time.Minute)
			told := p.look(underVM(locked(at)))
			p.wait(graceTime)
			return slices.Concat(told, p.look(underVM(locked(at))))
		}, "stopped (crashed) remains"},
		{"a definition that is removed while it runs goes on under another key", func(p *play) []hv.Event {
			q := p.process(pid)
			p.look(underVM(locked(p.clock.Now), watched, runs(q)))
			return p.look(plain(runs(q)))
		}, "started (booted), undefined (removed)"},
		{"vm-bhyve does not start it again after a reboot", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			l := vmbhyve.Log{Initialised: at, Started: at, Exited: true, ExitedAt: at, Ended: true}
			return p.look(underVM(locked(at), watched, logged(l)))
		}, "stopped (shutdown) remains"},
		{"the watcher is killed, and then the guest reboots", func(p *play) []hv.Event {
			at, q := p.clock.Now, p.process(pid)
			p.wait(time.Minute)
			p.look(underVM(locked(at), runs(q)))
			p.end(pid, freebsd.Exited(0))
			told := p.look(underVM(locked(at)))
			if len(told) > 0 {
				p.t.Errorf("unexpected events within the grace time: %v", told)
			}
			p.wait(graceTime)
			return p.look(underVM(locked(at)))
		}, "stopped (shutdown) remains"},
		{"it ends, and its definition is removed between two looks", func(p *play) []hv.Event {
			p.look(underVM(locked(p.clock.Now), watched, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(4))
			return slices.Concat(p.look(), p.look())
		}, "stopped (crashed), undefined (removed)"},
		{"it is started anew after a crash", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(4))
			told := p.look(underVM())
			p.wait(time.Minute)
			at = p.clock.Now
			told = append(told, p.look(underVM(locked(at), watched))...)
			if got := p.is(vmOne).oper; got != hv.StatePreparing {
				p.t.Errorf("unexpected state %v", got)
			}
			return slices.Concat(told, p.look(underVM(locked(at), watched, runs(p.process(second)))))
		}, "stopped (crashed) remains, changed, started (booted)"},
		{"it cannot be started anew after a crash", func(p *play) []hv.Event {
			p.look(underVM(locked(p.clock.Now), watched, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(4))
			told := p.look(underVM())
			p.wait(time.Minute)
			told = append(told, p.look(underVM(logged(vmbhyve.Log{Initialised: p.clock.Now, Ended: true, Failed: true})))...)
			if got := p.is(vmOne).oper; got != hv.StateShutdown {
				p.t.Errorf("unexpected state %v", got)
			}
			return told
		}, "stopped (crashed) remains, changed"},
		{"vm-bhyve's log alone tells that it was started again, and that was no reboot", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(time.Minute)
			l := vmbhyve.Log{Initialised: at, Started: p.clock.Now, Began: p.clock.Now}
			return p.look(underVM(locked(at), watched, runs(p.process(second)), logged(l)))
		}, "stopped (shutdown) remains, started (booted)"},
		{"vm-bhyve's log alone tells of a reboot", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(time.Minute)
			l := vmbhyve.Log{Initialised: at, Started: p.clock.Now}
			return p.look(underVM(locked(at), watched, runs(p.process(second)), logged(l)))
		}, "changed"},
		{"its lock is read only after its end", func(p *play) []hv.Event {
			at := p.clock.Now
			p.look(underVM(stale, runs(p.process(pid))))
			p.wait(time.Minute)
			p.end(pid, freebsd.Exited(1))
			return slices.Concat(p.look(underVM(stale)), p.look(underVM(locked(at))))
		}, "stopped (shutdown) remains"},
		{"its lock was never read, and it is started anew", func(p *play) []hv.Event {
			p.look(underVM(stale, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(1))
			p.look(underVM(stale))
			p.wait(time.Minute)
			told := p.look(underVM(locked(p.clock.Now), watched))
			if got := p.is(vmOne).oper; got != hv.StatePreparing {
				p.t.Errorf("unexpected state %v", got)
			}
			return told
		}, "changed"},
		{"a crash that no log tells", func(p *play) []hv.Event {
			p.look(underVM(locked(p.clock.Now), watched, runs(p.process(pid))))
			p.end(pid, freebsd.Exited(4))
			return slices.Concat(p.look(underVM()), p.look(underVM()))
		}, "stopped (crashed) remains"},
		{"vm-bhyve's log is behind", func(p *play) []hv.Event {
			at := p.clock.Now
			p.wait(time.Minute)
			p.look(underVM(locked(at), watched, runs(p.process(pid))))
			p.wait(time.Minute)
			l := vmbhyve.Log{Initialised: at, Started: at, Exited: true, Status: 4, ExitedAt: at.Add(time.Second)}
			return p.look(underVM(locked(at), watched, logged(l)))
		}, ""},
		{"its manager cannot be read, and it ends", func(p *play) []hv.Event {
			at, q := p.clock.Now, p.process(pid)
			p.look(underVM(locked(at), watched, runs(q)))
			told := p.look(underVM(locked(at), watched, stale, runs(q)))
			p.end(pid, freebsd.Exited(4))
			return slices.Concat(told, p.look(underVM(locked(at), stale)))
		}, "stopped (crashed) remains"},
	}
}
