package libvirt

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// diskless returns the n-th virtual machine, which runs without a disk, as a daemon tells of it that asked its process,
// or that did not because a job holds it.
func diskless(n int, asked bool) libvirttest.Domain {
	d := running(n, "vm-"+itoa(n))
	d.Stats = []libvirttest.Param{
		{Name: "cpu.time", Value: uint64(1000)},
		{Name: "balloon.current", Value: uint64(1024)},
		{Name: "balloon.maximum", Value: uint64(2048)},
		{Name: "vcpu.current", Value: uint32(1)},
		{Name: "vcpu.0.time", Value: uint64(500)},
		{Name: "block.count", Value: uint32(0)},
	}
	if asked {
		d.Stats = append(d.Stats, libvirttest.Param{Name: "balloon.rss", Value: uint64(4096)})
	}
	return d
}

// TestSickWithoutDisks tells one without disks whose process was not asked from one whose was: the daemon leaves out
// different things of the two.
func TestSickWithoutDisks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, uri string
		asked     bool
		sick      bool
	}{
		{"asked", "qemu:///system", true, false},
		{"held", "qemu:///system", false, true},
		{"held, by the name of the driver", "qemu:///session", false, true},
		{"of a driver that counts no memory of processes", "vz:///system", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := libvirttest.Start(t, libvirttest.Daemon{Domains: []libvirttest.Domain{diskless(1, tt.asked)}})
			s := sourceOf(t, tt.uri+"?socket="+srv.Socket(), defaultBounds())
			got := statistics(t, s, key(1))[key(1)]
			if errors.Is(got.err, errBusy) != tt.sick || (got.err == nil) == tt.sick {
				t.Errorf("unexpected error: %v", got.err)
			}
			_, ill := s.sick.split([]string{key(1)})
			if slices.Contains(ill, key(1)) != tt.sick {
				t.Errorf("unexpected answer whether it is sick: %v", ill)
			}
		})
	}
}

// TestSickWithoutAnything has one that is off, and one of which nothing is told of its memory: neither is held.
func TestSickWithoutAnything(t *testing.T) {
	t.Parallel()
	off, bare := diskless(1, false), diskless(2, false)
	off.ID, bare.Stats = -1, []libvirttest.Param{{Name: "cpu.time", Value: uint64(1000)}}
	_, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{off, bare}})
	for k, got := range statistics(t, s, key(1), key(2)) {
		if got.err != nil {
			t.Errorf("unexpected error of %q: %v", k, got.err)
		}
	}
}

// TestRunOfStatistics proves that statistics and definitions tell which run they are of, in each way to read them.
func TestRunOfStatistics(t *testing.T) {
	t.Parallel()
	for _, bulk := range []bool{true, false} {
		d := libvirttest.Daemon{Domains: []libvirttest.Domain{running(6, "on"), off(7, "off")}}
		d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: !bulk}
		_, s := fake(t, d)
		want := map[string]hv.Opt[int64]{}
		for _, sum := range summaries(t, s) {
			want[sum.Key] = hv.Some(sum.Run)
		}
		for k, got := range statistics(t, s, key(6), key(7)) {
			if got.err != nil || got.value.Run != want[k] {
				t.Errorf("bulk %t: statistics of %q are of run %v, want %v: %v", bulk, k, got.value.Run, want[k], got.err)
			}
		}
		for k, got := range definitions(t, s, key(6), key(7)) {
			if got.err != nil || got.value.Run != want[k] {
				t.Errorf("the definition of %q is of run %v, want %v: %v", k, got.value.Run, want[k], got.err)
			}
		}
	}
}

// TestRunEndsWhileRead has a driver without bulk statistics, and one that is started anew between two requests about it:
// what was read is of two runs.
func TestRunEndsWhileRead(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: true}
	restarts := 0
	d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
		if p == libvirttest.DomainGetVcpus && restarts == 0 {
			restarts++
			d.Domains[0].ID++
		}
	}
	_, s := fake(t, d)
	definitions(t, s) // none: the next reading of the statistics reads it
	if got := statistics(t, s, keys...)[keys[0]]; !errors.Is(got.err, errRestarted) {
		t.Errorf("unexpected outcome: %+v, %v", got.value, got.err)
	}
	if got := statistics(t, s, keys...)[keys[0]]; got.err != nil || got.value.Run != hv.Some(runOf(2)) {
		t.Errorf("unexpected outcome of the next reading: %+v, %v", got.value, got.err)
	}
}

// TestChunkBound has one of few that hangs: the others wait for it no longer than for one, though a request about many
// may take longer.
func TestChunkBound(t *testing.T) {
	t.Parallel()
	d, keys := many(3)
	d.Hang = hangsFirst()
	srv := libvirttest.Start(t, d)
	b := endless()
	b.lone = quick().lone
	s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), b)
	// Without a deadline, of which a request would have its part.
	got, err := gather(t, func(yield func(string, hv.Statistics, error)) error {
		return s.Statistics(t.Context(), keys, yield)
	})
	if err != nil || len(got) != len(keys) {
		t.Fatalf("%d statistics: %v", len(got), err)
	}
	for k, got := range got {
		if got.err != nil {
			t.Errorf("unexpected error of %q: %v", k, got.err)
		}
	}
}

// hangsFirst has the first request for statistics hang, and no other.
func hangsFirst() func(libvirttest.Proc, []libvirttest.Domain) bool {
	held := false
	return func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		first := p == libvirttest.ConnectGetAllStats && len(about) > 0 && !held
		held = held || first
		return first
	}
}

// TestJobsOfTheSick has migrations that are under way when one of the processes stops to answer. Nothing told their end:
// they are still migrations, that of its neighbour too.
func TestJobsOfTheSick(t *testing.T) {
	t.Parallel()
	sick, other := running(1, "sick"), running(2, "other")
	sick.Job, other.Job = 5, 5
	srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{sick, other}})
	s.bounds.short = quick().short
	s.busy.mark(key(1))
	s.busy.mark(key(2))
	check := func(when string, want hv.OperState) {
		t.Helper()
		for name, sum := range summaries(t, s) {
			if sum.State != want {
				t.Errorf("%s: %s is %v, want %v", when, name, sum.State, want)
			}
		}
	}
	check("all is well", hv.StateMigrating)
	srv.Change(func(d *libvirttest.Daemon) {
		d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
			return p == libvirttest.DomainGetJobStats && about[0].Name == "sick"
		}
	})
	check("one does not answer", hv.StateMigrating)
	check("it is not asked", hv.StateMigrating)
	if got, err := s.State(patiently(t), key(1)); err != nil || got != hv.StateMigrating {
		t.Errorf("an event asks: %v, %v", got, err)
	}
	srv.Change(func(d *libvirttest.Daemon) {
		d.Hang = nil
		d.Domains[0].Job, d.Domains[1].Job = 0, 0
	})
	s.busy.rest(key(1), time.Time{})
	check("they have ended", hv.StateRunning)
	srv.Change(func(d *libvirttest.Daemon) {
		d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.DomainGetJobStats }
	})
	s.busy.mark(key(1))
	check("a job of which nothing is known", hv.StateRunning)
}

// TestJobThatAnEventTold has a migration that only the question of an event has found when its process stops to answer.
func TestJobThatAnEventTold(t *testing.T) {
	t.Parallel()
	vm := running(1, "vm")
	vm.Job = 5
	srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{vm}})
	s.bounds.short = quick().short
	s.busy.mark(key(1))
	if got, err := s.State(patiently(t), key(1)); err != nil || got != hv.StateMigrating {
		t.Fatalf("unexpected outcome: %v, %v", got, err)
	}
	srv.Change(func(d *libvirttest.Daemon) {
		d.Hang = func(p libvirttest.Proc, _ []libvirttest.Domain) bool { return p == libvirttest.DomainGetJobStats }
	})
	for range 2 {
		if got := summaries(t, s)["vm"].State; got != hv.StateMigrating {
			t.Errorf("unexpected state: %v", got)
		}
	}
}

// TestJobsAreForgotten proves that nothing is kept of those who have no job any more, or are no more.
func TestJobsAreForgotten(t *testing.T) {
	t.Parallel()
	on, gone := paused2(1, "on"), paused2(2, "gone")
	on.Job, gone.Job = 3, 3
	srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{on, gone}})
	summaries(t, s)
	if a, b := s.busy.last(key(1)), s.busy.last(key(2)); a != jobRestore || b != jobRestore {
		t.Fatalf("unexpected jobs: %v, %v", a, b)
	}
	srv.Change(func(d *libvirttest.Daemon) { d.Domains = []libvirttest.Domain{running(1, "on")} })
	summaries(t, s)
	if len(s.busy.jobs) > 0 {
		t.Errorf("jobs are kept: %v", s.busy.jobs)
	}
}

// TestJobOfWhoAnswersAgain has one that answers again what is counted of it: its job is asked at once, not only when it has
// rested.
func TestJobOfWhoAnswersAgain(t *testing.T) {
	t.Parallel()
	for _, bulk := range []bool{true, false} {
		answersAgain(t, bulk)
	}
}

// answersAgain is the test with and without bulk statistics.
func answersAgain(t *testing.T, bulk bool) {
	t.Helper()
	vm := running(1, "vm")
	vm.Job = 5
	d := libvirttest.Daemon{Domains: []libvirttest.Domain{vm}}
	d.Unsupported = map[libvirttest.Proc]bool{libvirttest.ConnectGetAllStats: !bulk}
	srv, s := fake(t, d)
	s.busy.mark(key(1))
	summaries(t, s)
	s.busy.rest(key(1), time.Now().Add(time.Hour))
	srv.Change(func(d *libvirttest.Daemon) { d.Domains[0].Job = 0 })
	if got := summaries(t, s)["vm"].State; got != hv.StateMigrating {
		t.Errorf("unexpected state of one that rests: %v", got)
	}
	statistics(t, s, key(1))
	if got := summaries(t, s)["vm"].State; got != hv.StateRunning {
		t.Errorf("unexpected state of one that answers again: %v", got)
	}
	statistics(t, s, key(1))
	if marked, _ := s.busy.get(key(1), time.Now()); marked {
		t.Error("it is marked as busy because it answers")
	}
}
