package bhyve

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestCBSDCheckpoint proves that one of CBSD that ended when a checkpoint was made was saved, unless its guest is known to
// have gone off: CBSD makes checkpoints of one that goes on as well.
func TestCBSDCheckpoint(t *testing.T) {
	t.Parallel()
	type outcome struct {
		Told  string
		Oper  hv.OperState
		Admin hv.AdminState
	}
	const wentOff, wasSaved, failed = "stopped (shutdown) remains", "stopped (saved) remains", "stopped (crashed) remains"
	off := outcome{wentOff, hv.StateShutdown, hv.AdminShutdown}
	kept := outcome{wasSaved, hv.StateSuspended, hv.AdminSuspended}
	crash := outcome{failed, hv.StateCrashed, hv.AdminShutdown}
	quiet := func(o outcome) outcome {
		o.Told = ""
		return o
	}
	checkpointedOff := []trait{noted(cbsd.Off), checkpointed}
	after := func(s freebsd.WaitStatus, before ...trait) func(p *play) []hv.Event {
		return func(p *play) []hv.Event {
			p.look(underCBSD(append(before, runs(p.process(pid)))...))
			p.end(pid, s)
			return p.look(underCBSD(checkpointedOff...))
		}
	}
	found := func(s freebsd.WaitStatus, known bool) func(p *play) []hv.Event {
		return func(p *play) []hv.Event {
			at := p.clock.Now
			p.exits = func(string) (freebsd.WaitStatus, time.Time, bool) { return s, at, known }
			return p.look(underCBSD(checkpointedOff...))
		}
	}
	tests := []struct {
		name string
		play func(p *play) []hv.Event
		want outcome
	}{
		{"it powers itself off", after(freebsd.Exited(1), noted(cbsd.On)), off},
		{"it halts", after(freebsd.Exited(2), noted(cbsd.On)), off},
		{"CBSD asks it to go off", after(freebsd.Exited(1), stopping), off},
		{"it is saved", after(freebsd.Exited(0), noted(cbsd.On)), kept},
		{"it is killed once it is saved", after(freebsd.Killed(9), stopping), kept},
		{"somebody else kills it", after(freebsd.Killed(9), noted(cbsd.On)), crash},
		{"it fails", after(freebsd.Exited(4), noted(cbsd.On)), crash},
		{"nobody knows how it ended", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			return p.look(underCBSD(checkpointedOff...))
		}, kept},
		{"it is off before CBSD has noted it", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(1))
			told := p.look(underCBSD(noted(cbsd.On)))
			p.wait(time.Second)
			told = append(told, p.look(underCBSD(checkpointedOff...))...)
			p.wait(time.Hour)
			return append(told, p.look(underCBSD(checkpointedOff...))...)
		}, off},
		{"that it powered itself off is told late", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			told := p.look(underCBSD(checkpointedOff...))
			p.end(pid, freebsd.Exited(1))
			return slices.Concat(told, p.look(underCBSD(checkpointedOff...)))
		}, outcome{wasSaved + ", changed", hv.StateShutdown, hv.AdminShutdown}},
		{"CBSD's log tells that it powered itself off", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.wait(time.Second)
			return found(freebsd.Exited(1), true)(p)
		}, off},
		{"it is found, and has powered itself off", found(freebsd.Exited(1), true), quiet(off)},
		{"it is found, and was saved", found(freebsd.Exited(0), true), quiet(kept)},
		{"it is found, and nobody knows how it ended", found(0, false), quiet(kept)},
		{"it goes on after it was saved, and powers itself off", func(p *play) []hv.Event {
			after(freebsd.Exited(0), noted(cbsd.On))(p)
			p.wait(time.Second)
			p.look(underCBSD(noted(cbsd.On), runs(p.process(second))))
			p.wait(time.Second)
			p.end(second, freebsd.Exited(1))
			return p.look(underCBSD(checkpointedOff...))
		}, off},
		{"it is saved in the run after it powered itself off", func(p *play) []hv.Event {
			after(freebsd.Exited(1), noted(cbsd.On))(p)
			p.wait(time.Second)
			p.look(underCBSD(noted(cbsd.On), runs(p.process(second))))
			p.wait(time.Second)
			p.end(second, freebsd.Exited(0))
			return p.look(underCBSD(checkpointedOff...))
		}, kept},
		{"it is started again when it was saved, and killed", func(p *play) []hv.Event {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			p.wait(time.Second)
			told := p.look(underCBSD(stopping, runs(p.process(second))))
			p.end(second, freebsd.Killed(9))
			return slices.Concat(told, p.look(underCBSD(checkpointedOff...)))
		}, outcome{"shutdown (host), " + wasSaved, hv.StateSuspended, hv.AdminSuspended}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			told := tt.play(p)
			s := p.is(cbsdOne)
			if diff := cmp.Diff(tt.want, outcome{causes(told), s.oper, s.admin}); diff != "" {
				t.Errorf("unexpected outcome (-want +got):\n%s", diff)
			}
		})
	}
}
