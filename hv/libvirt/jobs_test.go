package libvirt

import (
	"context"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// paused2 returns the n-th virtual machine, paused for a migration or a restore.
func paused2(n int, name string) libvirttest.Domain {
	d := running(n, name)
	d.State, d.Reason = 3, 2
	return d
}

// TestJobs has one virtual machine that looks busy, by its state or because of an event.
func TestJobs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		vm    libvirttest.Domain
		job   int32
		mark  bool
		saved bool
		want  hv.OperState
		asked int
	}{
		{"running", running(1, "vm"), 5, false, false, hv.StateRunning, 0},
		{"running, an event, being migrated", running(1, "vm"), 5, true, false, hv.StateMigrating, 1},
		{"running, an event, being saved", running(1, "vm"), 2, true, false, hv.StateSuspending, 1},
		{"running, an event, nothing any more", running(1, "vm"), 0, true, false, hv.StateRunning, 1},
		{"paused, being restored", paused2(1, "vm"), 3, false, false, hv.StateResuming, 1},
		{"paused, being migrated", paused2(1, "vm"), 5, false, false, hv.StateMigrating, 1},
		{"paused, no job", paused2(1, "vm"), 0, false, false, hv.StatePaused, 1},
		{"paused, an image", paused2(1, "vm"), 3, false, true, hv.StateResuming, 0},
		{"off, an event", off(1, "vm"), 5, true, false, hv.StateShutdown, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.vm.Job, tt.vm.Saved = tt.job, tt.saved
			srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{tt.vm}})
			if tt.mark {
				s.busy.mark(key(1))
			}
			if got := summaries(t, s)["vm"].State; got != tt.want {
				t.Errorf("unexpected state: %v, want %v", got, tt.want)
			}
			if got := srv.Calls(libvirttest.DomainGetJobStats); got != tt.asked {
				t.Errorf("the job was asked %d times, want %d", got, tt.asked)
			}
			marked, _ := s.busy.get(key(1), time.Time{})
			if want := tt.mark && tt.job != 0 && tt.vm.ID >= 0; marked != want {
				t.Errorf("unexpected mark: %t, want %t", marked, want)
			}
		})
	}
}

// TestJobIncoming has the side that a migration comes to, which refuses to tell.
func TestJobIncoming(t *testing.T) {
	t.Parallel()
	d := libvirttest.Daemon{Domains: []libvirttest.Domain{paused2(1, "vm")}}
	d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
		if p == libvirttest.DomainGetJobStats {
			return libvirttest.Error{Code: libvirttest.CodeOperationInvalid, Message: "only on the source host"}
		}
		return nil
	}
	_, s := fake(t, d)
	if got := summaries(t, s)["vm"].State; got != hv.StateMigrating {
		t.Errorf("unexpected state: %v", got)
	}
}

// TestJobOver has a restore that ends between the reading of the state and the question for the job: it is not to look
// like a migration for the length of one reading.
func TestJobOver(t *testing.T) {
	t.Parallel()
	d := libvirttest.Daemon{Domains: []libvirttest.Domain{paused2(1, "vm")}}
	d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
		if p == libvirttest.DomainGetJobStats {
			d.Domains[0].State, d.Domains[0].Reason = 1, 3
		}
	}
	_, s := fake(t, d)
	if got := summaries(t, s)["vm"].State; got != hv.StateRunning {
		t.Errorf("unexpected state: %v", got)
	}
}

// TestJobCut ends the connection for jobs at each octet of what is told there. What was told last goes on, and nobody else
// is the worse for it.
func TestJobCut(t *testing.T) {
	t.Parallel()
	busy := running(1, "busy")
	busy.Job = 5
	srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{busy, running(2, "other")}})
	s.busy.mark(key(1))
	check := func(at int) {
		got := summaries(t, s)
		if len(got) != 2 || got["busy"].State != hv.StateMigrating || got["other"].State != hv.StateRunning {
			t.Errorf("unexpected summaries, cut after %d octets: %v", at, got)
		}
	}
	check(-1)
	const octets = 28 + 4 + 4 + 4 + len("operation\x00\x00\x00") + 4 + 4 // of the whole answer
	for at := range octets {
		srv.Change(func(d *libvirttest.Daemon) { d.Cut = map[libvirttest.Proc]int{libvirttest.DomainGetJobStats: at} })
		check(at)
		if _, err := s.State(patiently(t), key(1)); err == nil {
			t.Errorf("no error of the one state, cut after %d octets", at)
		}
		srv.Change(func(d *libvirttest.Daemon) { d.Cut = nil })
		if state, err := s.State(patiently(t), key(1)); state != hv.StateMigrating || err != nil {
			t.Errorf("unexpected state after it was cut: %v, %v", state, err)
		}
	}
}

// TestJobSick has one whose process does not answer. The list comes nevertheless, and the next is not held up again.
func TestJobSick(t *testing.T) {
	t.Parallel()
	sick, other := paused2(1, "sick"), running(2, "other")
	other.Job = 5
	d := libvirttest.Daemon{Domains: []libvirttest.Domain{sick, other}}
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		return p == libvirttest.DomainGetJobStats && about[0].Name == "sick"
	}
	srv, s := fake(t, d)
	s.busy.mark(key(2))
	if got := summaries(t, s); len(got) != 2 || got["sick"].State != hv.StateMigrating {
		t.Errorf("unexpected summaries: %v", got)
	}
	if got := summaries(t, s)["other"].State; got != hv.StateMigrating {
		t.Errorf("unexpected state of the other: %v", got)
	}
	if got := srv.Calls(libvirttest.DomainGetJobStats); got != 2 {
		t.Errorf("the jobs were asked %d times, want 2", got)
	}
}

// TestJobUnreachable has a daemon that refuses the connection for the jobs: that there was none is the last that was told.
func TestJobUnreachable(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, libvirttest.Daemon{Domains: []libvirttest.Domain{paused2(1, "vm")}})
	summaries(t, s)
	s.asking.close()
	if got := summaries(t, s)["vm"].State; got != hv.StatePaused {
		t.Errorf("unexpected state: %v", got)
	}
	if got := srv.Calls(libvirttest.DomainGetJobStats); got != 1 {
		t.Errorf("the job was asked %d times", got)
	}
}

func TestPortion(t *testing.T) {
	t.Parallel()
	if got := portion(context.Background(), time.Minute); got != time.Minute {
		t.Errorf("unexpected part of no deadline: %v", got)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if got := portion(ctx, time.Minute); got != time.Minute {
		t.Errorf("unexpected part of an hour: %v", got)
	}
	if got := portion(ctx, 2*time.Hour); got > time.Hour/portions {
		t.Errorf("unexpected part of an hour: %v", got)
	}
}
