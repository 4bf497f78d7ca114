package bhyve

import (
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// TestStale keeps what only the manager tells, while that cannot be read.
func TestStale(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		look func(p *play, more ...trait)
		want hv.OperState
	}{
		{"suspended", func(p *play, more ...trait) { p.look(underVM(append(more, saved)...)) }, hv.StateSuspended},
		{"crashed", func(p *play, more ...trait) { p.look(underVM(append(more, logged(endedWith(p, 4)))...)) }, hv.StateCrashed},
		{"elsewhere", func(p *play, more ...trait) { p.look(underVM(append(more, foreign)...)) }, hv.StateShutdown},
		{"suspending", func(p *play, more ...trait) {
			p.look(underVM(append(more, locked(noon()), suspending, runs(p.process(pid)))...))
		}, hv.StateSuspending},
		{"paused", func(p *play, more ...trait) {
			p.look(underVM(append(more, locked(noon()), runs(p.process(pid)), stopped)...))
		}, hv.StatePaused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			tt.look(p)
			if got := p.is(vmOne).oper; got != tt.want {
				t.Errorf("unexpected state %v at first", got)
			}
			tt.look(p, stale, func(g *guest) { g.vm.Lock, g.vm.Locked, g.vm.Log = "", time.Time{}, vmbhyve.Log{} })
			if got := p.is(vmOne).oper; got != tt.want {
				t.Errorf("unexpected state %v while it cannot be read", got)
			}
		})
	}
	t.Run("it goes on", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t)
		p.look(underVM(saved))
		p.look(underVM(saved, stale, runs(p.process(pid))))
		if got := p.is(vmOne).oper; got != hv.StateRunning {
			t.Errorf("unexpected state %v", got)
		}
	})
	t.Run("CBSD stops it", func(t *testing.T) {
		t.Parallel()
		p := newPlay(t)
		q := p.process(pid)
		p.look(underCBSD(stopping, runs(q)))
		p.look(underCBSD(stale, runs(q)))
		if got := p.is(cbsdOne).oper; got != hv.StateShuttingDown {
			t.Errorf("unexpected state %v", got)
		}
		p.end(pid, freebsd.Killed(9))
		p.look(underCBSD(stale))
		if got := p.is(cbsdOne).oper; got != hv.StateShutdown {
			t.Errorf("unexpected state %v in the end", got)
		}
	})
}
