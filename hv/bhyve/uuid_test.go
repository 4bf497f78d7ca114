package bhyve

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestPlainUUID proves that the UUID of a virtual machine that was started by hand is told if it was seen before the process had its
// title, for as long as that runs, and not made up otherwise.
func TestPlainUUID(t *testing.T) {
	t.Parallel()
	const text = "6c1d7a52-7c75-11f0-9c1e-589cfc10d622"
	uuid, err := hv.ParseUUID(text)
	if err != nil {
		t.Fatal(err)
	}
	m := makeUp(t)
	steps := []struct {
		name string
		do   func()
		want hv.UUID
	}{
		{"before its title", func() { m.start(4242, []string{"bhyve", "-U", text, "guest"}, time.Second) }, uuid},
		{"with its title", func() { m.title(4242, "bhyve: guest") }, uuid},
		{"another process", func() {
			m.end(4242)
			m.start(4243, []string{"bhyve: guest"}, time.Second)
		}, hv.UUID{}},
		{"another process that has none", func() {
			m.end(4243)
			m.start(4244, []string{"bhyve", "guest"}, time.Second)
		}, hv.UUID{}},
	}
	for _, step := range steps {
		step.do()
		summaries, err := m.States(t.Context())
		if err != nil || len(summaries) != 1 {
			t.Fatalf("%s: %v, %v", step.name, summaries, err)
		}
		if got := summaries[0].UUID; got != step.want {
			t.Errorf("%s: UUID %q, want %q", step.name, got, step.want)
		}
	}
}

// TestPlainUUIDStays proves that a virtual machine without a manager keeps its UUID when its process is gone, and in the process that
// follows a reboot, but that no other has it: one that was started anew may be another virtual machine.
func TestPlainUUIDStays(t *testing.T) {
	t.Parallel()
	uuid, other := hv.UUID{1}, hv.UUID{2}
	has := func(u hv.UUID) trait { return func(g *guest) { g.uuid = u } }
	ran := func(p *play) { p.look(plain(runs(p.process(pid)), has(uuid))) }
	ends := func(p *play, status freebsd.WaitStatus) {
		ran(p)
		p.end(pid, status)
		p.look(plain(node))
	}
	tests := []struct {
		name string
		play func(p *play)
		want hv.UUID
	}{
		{"crashed", func(p *play) { ends(p, freebsd.Exited(3)) }, uuid},
		{"shut down", func(p *play) { ends(p, freebsd.Exited(1)) }, uuid},
		{"for as long as the node is there", func(p *play) {
			ends(p, freebsd.Killed(11))
			p.wait(time.Hour)
			p.look(plain(node))
		}, uuid},
		{"not waited for", func(p *play) {
			ran(p)
			q := *p.process(pid)
			q.State = freebsd.Zombie
			p.look(plain(runs(&q)))
		}, uuid},
		{"vanished with its node", func(p *play) {
			ran(p)
			p.end(pid, freebsd.Exited(0))
			p.look()
		}, uuid},
		{"reboots", func(p *play) { ends(p, freebsd.Exited(0)) }, uuid},
		{"is loaded for a reboot", func(p *play) {
			ends(p, freebsd.Exited(0))
			p.look(plain(loads(p.process(7))))
		}, uuid},
		{"rebooted", func(p *play) {
			ends(p, freebsd.Exited(0))
			p.look(plain(loads(p.process(7))))
			p.look(plain(runs(p.process(second))))
		}, uuid},
		{"rebooted long ago", func(p *play) {
			ends(p, freebsd.Exited(0))
			q := p.process(second)
			p.look(plain(runs(q)))
			p.wait(time.Hour)
			p.look(plain(runs(q)))
		}, uuid},
		{"rebooted between two looks", func(p *play) {
			ran(p)
			p.end(pid, freebsd.Exited(0))
			p.look(plain(runs(p.process(second))))
		}, uuid},
		{"rebooted with its node", func(p *play) {
			ran(p)
			p.end(pid, freebsd.Exited(0))
			p.look()
			p.look(plain(runs(p.process(second))))
		}, uuid},
		{"rebooted twice", func(p *play) {
			ends(p, freebsd.Exited(0))
			p.look(plain(runs(p.process(second))))
			p.end(second, freebsd.Exited(0))
			p.look(plain(runs(p.process(44))))
		}, uuid},
		{"rebooted and crashed", func(p *play) {
			ends(p, freebsd.Exited(0))
			p.look(plain(runs(p.process(second))))
			p.end(second, freebsd.Exited(4))
			p.look(plain(node))
		}, uuid},
		{"rebooted with another", func(p *play) {
			ends(p, freebsd.Exited(0))
			p.look(plain(begins(p.process(second)), has(other)))
		}, other},
		{"rebooted without one", func(p *play) {
			ends(p, freebsd.Exited(0))
			q := p.process(second)
			p.look(plain(begins(q)))
			p.look(plain(runs(q)))
		}, hv.UUID{}},
		{"nobody saw how it ended", func(p *play) {
			ran(p)
			p.look(plain(node))
			p.look(plain(runs(p.process(second))))
		}, hv.UUID{}},
		{"nobody saw in time how it ended", func(p *play) {
			ran(p)
			q := p.process(second)
			p.look(plain(runs(q)))
			p.end(pid, freebsd.Exited(0))
			p.look(plain(runs(q)))
		}, hv.UUID{}},
		{"came back too late", func(p *play) {
			ends(p, freebsd.Exited(0))
			p.wait(graceTime)
			p.look(plain(node))
			p.look(plain(runs(p.process(second))))
		}, hv.UUID{}},
		{"was started anew after a shutdown", func(p *play) {
			ends(p, freebsd.Exited(1))
			p.look(plain(runs(p.process(second))))
		}, hv.UUID{}},
		{"was started anew after a crash", func(p *play) {
			ends(p, freebsd.Exited(3))
			p.look(plain(runs(p.process(second))))
		}, hv.UUID{}},
		{"was started anew between two looks", func(p *play) {
			ran(p)
			p.end(pid, freebsd.Exited(1))
			p.look(plain(runs(p.process(second))))
		}, hv.UUID{}},
		{"is loaded anew", func(p *play) {
			ends(p, freebsd.Exited(1))
			p.look(plain(loads(p.process(7))))
		}, hv.UUID{}},
		{"is another after its row was gone", func(p *play) {
			ends(p, freebsd.Exited(1))
			p.look()
			p.look(plain(node))
		}, hv.UUID{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			tt.play(p)
			if diff := cmp.Diff(tt.want, p.is(plainOne).uuid); diff != "" {
				t.Errorf("unexpected UUID (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPlainUUIDOfEvents proves that what tells of the end of a virtual machine tells the UUID that it had.
func TestPlainUUIDOfEvents(t *testing.T) {
	t.Parallel()
	uuid := hv.UUID{1}
	p := newPlay(t)
	p.look(plain(runs(p.process(pid)), func(g *guest) { g.uuid = uuid }))
	p.end(pid, freebsd.Exited(3))
	told := append(p.look(plain(node)), p.look()...)
	if got, want := causes(told), "stopped (crashed) remains, undefined (removed)"; got != want {
		t.Fatalf("unexpected events %q, want %q", got, want)
	}
	for _, e := range told {
		if diff := cmp.Diff(uuid, e.UUID); diff != "" {
			t.Errorf("%s: unexpected UUID (-want +got):\n%s", causes([]hv.Event{e}), diff)
		}
	}
}

// TestManagedUUIDGoes proves that what a manager has is what is told: one that has no UUID any more has none.
func TestManagedUUIDGoes(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	q := p.process(pid)
	p.look(underCBSD(noted(cbsd.On), runs(q), func(g *guest) { g.uuid = hv.UUID{1} }))
	p.look(underCBSD(noted(cbsd.On), runs(q)))
	if diff := cmp.Diff(hv.UUID{}, p.is(cbsdOne).uuid); diff != "" {
		t.Errorf("unexpected UUID (-want +got):\n%s", diff)
	}
}
