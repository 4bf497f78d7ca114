package bhyve

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// TestRunBegan finds when a run began, which its number is made of.
func TestRunBegan(t *testing.T) {
	t.Parallel()
	lock := noon().Add(-time.Hour)
	tests := []struct {
		name string
		look func(p *play) standing
		want time.Time
	}{
		{"plain", func(p *play) standing {
			p.look(plain(runs(p.process(pid))))
			return p.is(plainOne)
		}, noon()},
		{"plain, loaded first", func(p *play) standing {
			p.look(plain(loads(p.process(7))))
			p.wait(time.Second)
			p.look(plain(runs(p.process(pid))))
			return p.is(plainOne)
		}, noon()},
		{"CBSD", func(p *play) standing {
			p.look(underCBSD(noted(cbsd.On), runs(p.process(pid))))
			return p.is(cbsdOne)
		}, noon()},
		{"CBSD, and the guest has been rebooted since", func(p *play) standing {
			p.clock.Up += 24 * time.Hour
			p.look(underCBSD(noted(cbsd.On), since(lock), runs(p.process(pid))))
			return p.is(cbsdOne)
		}, lock},
		{"CBSD, which has not noted it yet", func(p *play) standing {
			p.clock.Up += 24 * time.Hour
			p.look(underCBSD(noted(cbsd.Off), since(lock), runs(p.process(pid))))
			return p.is(cbsdOne)
		}, noon()},
		{"CBSD, which noted it before the host was booted", func(p *play) standing {
			p.look(underCBSD(noted(cbsd.On), since(noon().Add(-p.clock.Up-time.Second)), runs(p.process(pid))))
			return p.is(cbsdOne)
		}, noon()},
		{"vm-bhyve", func(p *play) standing {
			p.look(underVM(locked(lock), watched, runs(p.process(pid)), logged(vmbhyve.Log{Initialised: lock, Started: lock})))
			return p.is(vmOne)
		}, lock},
		{"vm-bhyve, while it is prepared", func(p *play) standing {
			p.look(underVM(locked(lock), watched))
			return p.is(vmOne)
		}, lock},
		{"vm-bhyve, after a crash and a restart", func(p *play) standing {
			again := lock.Add(time.Minute)
			p.look(underVM(locked(lock), watched, runs(p.process(pid)), logged(vmbhyve.Log{Initialised: lock, Started: again, Began: again})))
			return p.is(vmOne)
		}, lock.Add(time.Minute)},
		{"vm-bhyve, with the log of an earlier start", func(p *play) standing {
			early := lock.Add(-time.Minute)
			p.look(underVM(locked(lock), watched, runs(p.process(pid)), logged(vmbhyve.Log{Initialised: early, Started: early, Began: early})))
			return p.is(vmOne)
		}, lock},
		{"vm-bhyve's files cannot be read", func(p *play) standing {
			p.look(underVM(locked(lock), stale, runs(p.process(pid))))
			return p.is(vmOne)
		}, noon()},
		{"sticks", func(p *play) standing {
			q := p.process(pid)
			p.look(underVM(locked(lock), watched, runs(q)))
			p.look(underVM(locked(lock.Add(-time.Minute)), watched, runs(q)))
			return p.is(vmOne)
		}, lock},
		{"the clock is set", func(p *play) standing {
			q := *p.process(pid)
			p.look(plain(runs(&q)))
			p.clock.Now = p.clock.Now.Add(time.Hour)
			moved := q
			moved.Start = q.Start.Add(time.Hour) // as the kernel has it then
			p.look(plain(runs(&moved)))
			return p.is(plainOne)
		}, noon()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.look(newPlay(t))
			if !got.began.Equal(tt.want) || got.run != tt.want.UnixMicro() {
				t.Errorf("unexpected run %d, began %v, want %v", got.run, got.began, tt.want)
			}
		})
	}
}

// TestRunAfterRestart has another memory, of a vmond that was restarted, find the same runs.
func TestRunAfterRestart(t *testing.T) {
	t.Parallel()
	lock := noon()
	before := newPlay(t)
	before.look(underVM(locked(lock), watched, runs(before.process(pid))))
	before.wait(time.Minute)
	before.end(pid, freebsd.Exited(0))
	before.wait(time.Second)
	g := underVM(locked(lock), watched, runs(before.process(second)))
	before.look(g)
	after := newPlay(t)
	after.clock = before.clock
	after.look(g)
	if a, b := before.is(vmOne), after.is(vmOne); a.run != b.run || !a.began.Equal(b.began) {
		t.Errorf("unexpected runs %d and %d", a.run, b.run)
	}
}

// TestRunsDiffer has two runs follow each other that cannot be told apart by when they began.
func TestRunsDiffer(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	lock := noon()
	p.look(underVM(locked(lock), watched, runs(p.process(pid))))
	first := p.is(vmOne)
	p.end(pid, freebsd.Exited(4))
	p.look(underVM(locked(lock), watched, runs(p.process(second)))) // started in the same microsecond, with a log that does not tell yet
	next := p.is(vmOne)
	if next.run == 0 || next.run == first.run {
		t.Errorf("unexpected run %d after %d", next.run, first.run)
	}
	p.end(second, freebsd.Exited(4))
	p.wait(time.Minute)
	p.look(underVM(locked(lock), watched, runs(p.process(pid))))
	if last := p.is(vmOne); !last.began.Equal(p.clock.Now) {
		t.Errorf("unexpected beginning %v, want that of the process", last.began)
	}
}

// TestSpentOfTwo takes two runs for one until it is told that the first of them did not end with a reboot. What either was said to
// have used is never taken back.
func TestSpentOfTwo(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.look(plain(runs(p.process(pid)), hasUsed(time.Second)))
	run := p.is(plainOne).run
	p.wait(time.Second)
	q := p.process(second)
	p.look(plain(runs(q), hasUsed(time.Second)))
	want := p.memory.credit(plainOne, run, second, spent{total: 2 * time.Second}).total
	p.end(pid, freebsd.Exited(4))
	p.look(plain(runs(q), hasUsed(2*time.Second)))
	if got := p.memory.credit(plainOne, run, 0, spent{}).total; got != want || want != 3*time.Second {
		t.Errorf("unexpected time %v of the first run, which was %v", got, want)
	}
	next := p.is(plainOne).run
	if got := p.memory.credit(plainOne, next, second, spent{total: 2 * time.Second}).total; next == run || got != 2*time.Second {
		t.Errorf("unexpected time %v of the run %d", got, next)
	}
}

// TestLogAsked asks the log for as long as it may still come to have the answer, and no longer.
func TestLogAsked(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	asked, known := 0, false
	p.exits = func(string) (freebsd.WaitStatus, time.Time, bool) {
		asked++
		return freebsd.Exited(4), p.clock.Now, known
	}
	looks := func(what string, g guest, want int, oper hv.OperState) {
		t.Helper()
		asked = 0
		for range 3 {
			p.look(g)
		}
		if got := p.is(cbsdOne).oper; asked != want || got != oper {
			t.Errorf("%s: asked %d times, want %d; state %v, want %v", what, asked, want, got, oper)
		}
	}
	looks("never seen", underCBSD(), 1, hv.StateShutdown)
	looks("at work", underCBSD(noted(cbsd.On), runs(p.process(pid))), 0, hv.StateRunning)
	asked = 0
	if p.look(underCBSD(noted(cbsd.On))); asked == 0 {
		t.Error("the log was not asked when it had ended")
	}
	if p.look(underCBSD(noted(cbsd.On))); asked < 2 {
		t.Error("the log was not asked again")
	}
	known = true
	if p.look(underCBSD(noted(cbsd.On))); p.is(cbsdOne).oper != hv.StateCrashed {
		t.Errorf("unexpected state %v", p.is(cbsdOne).oper)
	}
	looks("known", underCBSD(noted(cbsd.Off)), 0, hv.StateCrashed)
	known = false
	looks("at work again", underCBSD(noted(cbsd.On), runs(p.process(pid+1))), 0, hv.StateRunning)
	p.look(underCBSD(noted(cbsd.On)))
	p.wait(graceTime)
	looks("too late", underCBSD(noted(cbsd.On)), 1, hv.StateShutdown)
}

// TestSpent adds up what the processes of a run have used.
func TestSpent(t *testing.T) {
	t.Parallel()
	const third = 44
	p := newPlay(t)
	q := p.process(pid)
	p.look(plain(runs(q), hasUsed(time.Second)))
	run := p.is(plainOne).run
	ask := func(pid int, total, vcpu time.Duration) spent {
		return p.memory.credit(plainOne, run, pid, spent{total: total, cpus: map[int]time.Duration{0: vcpu}})
	}
	want := func(what string, got spent, total, vcpu time.Duration) {
		t.Helper()
		if diff := cmp.Diff(spent{total: total, cpus: map[int]time.Duration{0: vcpu}}, got, cmp.AllowUnexported(spent{})); diff != "" {
			t.Errorf("%s: unexpected sum (-want +got):\n%s", what, diff)
		}
	}
	want("asked", ask(pid, 3*time.Second, 2*time.Second), 3*time.Second, 2*time.Second)
	want("an answer that is older", ask(pid, 2*time.Second, time.Second), 3*time.Second, 2*time.Second)
	p.look(plain(runs(q), hasUsed(4*time.Second)))
	want("a look was later", ask(pid, 3*time.Second, 2*time.Second), 4*time.Second, 2*time.Second)
	p.end(pid, freebsd.Exited(0))
	p.look(plain(node))
	want("between two", ask(0, 0, 0), 4*time.Second, 2*time.Second)
	p.look(plain(runs(p.process(second)), hasUsed(time.Second)))
	if got := p.is(plainOne).run; got != run {
		t.Fatalf("unexpected run %d, want %d", got, run)
	}
	want("of one that ended", ask(pid, 9*time.Second, 9*time.Second), 5*time.Second, 2*time.Second)
	want("the reboot", ask(second, time.Second, time.Second), 5*time.Second, 3*time.Second)
	p.end(second, freebsd.Exited(4))
	p.wait(time.Second)
	p.look(plain(runs(p.process(third))))
	next := p.is(plainOne)
	if next.run == run || next.spent.total != 0 {
		t.Errorf("unexpected run %d with %v", next.run, next.spent)
	}
	want("of the run before", ask(second, 0, 0), 5*time.Second, 3*time.Second)
	want("of a run long ago", p.memory.credit(plainOne, 1, third, spent{total: 1, cpus: map[int]time.Duration{0: 1}}), 1, 1)
	want("of another virtual machine", p.memory.credit("bhyve:other", 1, 1, spent{total: 1, cpus: map[int]time.Duration{0: 1}}), 1, 1)
}

// TestStandingsAreNobodys changes an answer, which changes no other.
func TestStandingsAreNobodys(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.look(plain(runs(p.process(pid))))
	delete(p.memory.standings(), plainOne)
	if got := p.is(plainOne).oper; got != hv.StateRunning {
		t.Errorf("unexpected state %v", got)
	}
}

// TestReusedNumber gives the number of a process that ended long ago to that of another virtual machine.
func TestReusedNumber(t *testing.T) {
	t.Parallel()
	two := func(traits ...trait) guest { return of(guest{key: "bhyve:two", name: "two"}, traits) }
	p := newPlay(t)
	p.look(plain(runs(p.process(pid))))
	p.look(plain(node))
	p.wait(graceTime)
	p.look(plain(node))
	p.look(plain(node), two(runs(p.process(pid))))
	p.end(pid, freebsd.Exited(4))
	if got, want := causes(p.look(plain(node), two(node))), "stopped (crashed) remains"; got != want {
		t.Errorf("unexpected events %q, want %q", got, want)
	}
	if got := p.is(plainOne).oper; got != hv.StateShutdown {
		t.Errorf("unexpected state %v of the other", got)
	}
}

// TestVanishedAmongOthers has one vanish while another gets the number of its process.
func TestVanishedAmongOthers(t *testing.T) {
	t.Parallel()
	two := func(traits ...trait) guest { return of(guest{key: "bhyve:two", name: "two"}, traits) }
	p := newPlay(t)
	p.look(plain(runs(p.process(pid))))
	p.end(pid, freebsd.Exited(4))
	p.wait(time.Minute)
	if got, want := causes(p.look(two(runs(p.process(pid))))), "started (booted), stopped (crashed)"; got != want {
		t.Errorf("unexpected events %q, want %q", got, want)
	}
}

// TestZombie takes a process that ended and was not waited for as none.
func TestZombie(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	q := *p.process(pid)
	p.look(plain(runs(&q)))
	p.end(pid, freebsd.Exited(3))
	dead := q
	dead.State = freebsd.Zombie
	if got, want := causes(p.look(plain(runs(&dead)))), "stopped (crashed) remains"; got != want {
		t.Errorf("unexpected events %q, want %q", got, want)
	}
	if p.is(plainOne).process != nil {
		t.Error("unexpected process")
	}
}

// TestDue says when a state changes though nothing happens.
func TestDue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		look func(p *play)
		want time.Duration
	}{
		{"runs", func(p *play) { p.look(plain(runs(p.process(pid)))) }, -1},
		{"may return", func(p *play) {
			p.look(plain(runs(p.process(pid))))
			p.wait(time.Second)
			p.look(plain(node))
			p.wait(time.Second)
			p.look(plain(node))
		}, graceTime - time.Second},
		{"may return without a node", func(p *play) {
			p.look(plain(runs(p.process(pid))))
			p.look()
		}, graceTime},
		{"is over", func(p *play) {
			p.look(plain(runs(p.process(pid))))
			p.end(pid, freebsd.Exited(1))
			p.look(plain(node))
		}, -1},
		{"resumes", func(p *play) {
			at := p.clock.Now
			p.wait(time.Second)
			p.look(underVM(locked(at), watched, runs(p.process(pid)), logged(vmbhyve.Log{Initialised: at, Started: at, Resuming: true})))
		}, resumeTime - time.Second},
		{"may return under an old lock", func(p *play) {
			at := p.clock.Now
			p.wait(time.Minute)
			p.look(underVM(locked(at), runs(p.process(pid))))
			p.end(pid, freebsd.Exited(0))
			p.look(underVM(locked(at)))
		}, graceTime},
		{"a young lock without a watcher", func(p *play) {
			at := p.clock.Now
			p.wait(time.Second)
			p.look(underVM(locked(at)))
		}, graceTime - time.Second},
		{"an old lock without a watcher", func(p *play) { p.look(underVM(locked(p.clock.Now.Add(-time.Hour)))) }, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			tt.look(p)
			got := p.memory.due - p.clock.Up
			if p.memory.due == never {
				got = -1
			}
			if got != tt.want {
				t.Errorf("unexpected time %v, want %v", got, tt.want)
			}
		})
	}
}
