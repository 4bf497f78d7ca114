package libvirt

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// daemonOf returns a daemon that has those virtual machines.
func daemonOf(vms ...libvirttest.Domain) libvirttest.Daemon {
	return libvirttest.Daemon{Type: "QEMU", LibVersion: 9000000, HostCPUs: 2, Domains: vms}
}

// stateOf reads the state of the n-th virtual machine.
func stateOf(t *testing.T, s *Source, n int) hv.OperState {
	t.Helper()
	state, err := s.State(patiently(t), key(n))
	if err != nil {
		t.Fatalf("failed to read the state: %v", err)
	}
	return state
}

// in returns the virtual machine in that state, with that reason.
func in(state, reason int32) libvirttest.Domain {
	vm := running(1, "vm")
	vm.State, vm.Reason = state, reason
	if state == 5 {
		vm.ID = -1
	}
	return vm
}

// TestState reads a state in all ways in which one has to be read, with no request too many.
func TestState(t *testing.T) {
	t.Parallel()
	const paused, off = 3, 5
	tests := []struct {
		name                 string
		vm                   libvirttest.Domain
		saved, mark          bool
		job                  int32
		want                 hv.OperState
		states, images, jobs int // the requests
	}{
		{"running", in(1, 1), false, false, 0, hv.StateRunning, 1, 0, 0},
		{"paused by the user", in(paused, 1), false, false, 0, hv.StatePaused, 1, 0, 0},
		{"being saved", in(paused, 3), false, false, 2, hv.StateSuspending, 1, 0, 0},
		{"crashed", in(6, 1), false, false, 0, hv.StateCrashed, 1, 0, 0},
		{"shutting down", in(4, 0), false, false, 0, hv.StateShuttingDown, 1, 0, 0},
		{"saved already", in(off, 5), true, false, 0, hv.StateSuspended, 1, 0, 0},
		{"off", in(off, 1), false, false, 0, hv.StateShutdown, 2, 1, 0},
		{"off, crashed", in(off, 3), false, false, 0, hv.StateCrashed, 2, 1, 0},
		{"off, with an image", in(off, 0), true, false, 0, hv.StateSuspended, 2, 1, 0},
		{"starting up", in(paused, 11), false, false, 0, hv.StatePreparing, 2, 1, 0},
		{"starting up from an image", in(paused, 11), true, false, 0, hv.StateResuming, 2, 1, 0},
		{"restored from an image", in(paused, 2), true, false, 3, hv.StateResuming, 2, 1, 0},
		{"restored from a file", in(paused, 2), false, false, 3, hv.StateResuming, 2, 1, 1},
		{"migrated", in(paused, 2), false, false, 5, hv.StateMigrating, 2, 1, 1},
		{"left paused", in(paused, 2), false, false, 0, hv.StatePaused, 4, 2, 1},
		{"busy, migrated", in(1, 1), false, true, 5, hv.StateMigrating, 1, 0, 1},
		{"busy, saved", in(1, 1), false, true, 2, hv.StateSuspending, 1, 0, 1},
		{"busy, paused and migrated", in(paused, 1), false, true, 5, hv.StateMigrating, 1, 0, 1},
		{"busy, dumped", in(1, 1), false, true, 8, hv.StateRunning, 1, 0, 1},
		{"busy no more", in(1, 1), false, true, 0, hv.StateRunning, 2, 0, 1},
		{"busy, off by now", in(off, 5), true, true, 0, hv.StateSuspended, 1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.vm.Saved, tt.vm.Job = tt.saved, tt.job
			srv, s := fake(t, daemonOf(tt.vm, running(2, "other")))
			if tt.mark {
				s.busy.mark(key(1))
			}
			if got := stateOf(t, s, 1); got != tt.want {
				t.Errorf("unexpected state: %v, want %v", got, tt.want)
			}
			got := [...]int{
				srv.Calls(libvirttest.DomainGetState), srv.Calls(libvirttest.DomainHasManagedSave),
				srv.Calls(libvirttest.DomainGetJobStats),
			}
			if want := [...]int{tt.states, tt.images, tt.jobs}; got != want {
				t.Errorf("unexpected numbers of requests: %v, want %v", got, want)
			}
			if marked, _ := s.busy.get(key(1), time.Now()); marked != (tt.mark && tt.name != "busy no more") {
				t.Errorf("marked as busy: %t", marked)
			}
			if got := summaries(t, s)["vm"].State; got != tt.want {
				t.Errorf("the list says otherwise: %v", got)
			}
		})
	}
}

// TestStateGone asks for what is not there, or not any more when it comes to the job.
func TestStateGone(t *testing.T) {
	t.Parallel()
	for _, k := range []string{"", "nonsense", key(9), "name:nobody-with-this"} {
		d := daemonOf(running(1, "vm"))
		_, s := fake(t, d)
		if state, err := s.State(patiently(t), k); !errors.Is(err, hv.ErrGone) || state != hv.StateUnknown {
			t.Errorf("%q: unexpected outcome: %v, %v", k, state, err)
		}
	}
	for _, p := range []libvirttest.Proc{libvirttest.DomainHasManagedSave, libvirttest.DomainGetJobStats} {
		d := daemonOf(in(3, 2))
		d.Fail = func(asked libvirttest.Proc, _ []libvirttest.Domain) error {
			if asked == p {
				return libvirttest.Error{Code: libvirttest.CodeNoDomain, Message: "no domain"}
			}
			return nil
		}
		_, s := fake(t, d)
		if state, err := s.State(patiently(t), key(1)); !errors.Is(err, hv.ErrGone) || state != hv.StateUnknown {
			t.Errorf("%d: unexpected outcome: %v, %v", p, state, err)
		}
	}
}

// TestStateName asks for a virtual machine that has no UUID.
func TestStateName(t *testing.T) {
	t.Parallel()
	_, s := fake(t, someDaemon())
	if state, err := s.State(patiently(t), "name:Domain-0"); state != hv.StateRunning || err != nil {
		t.Errorf("unexpected outcome: %v, %v", state, err)
	}
}

// TestStateRace changes the world between the requests.
func TestStateRace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		vm    libvirttest.Domain
		after libvirttest.Proc
		then  libvirttest.Domain
		saved bool // then
		want  hv.OperState
	}{
		{"saved before the image is asked for", in(3, 3), libvirttest.DomainGetState, in(5, 5), true, hv.StateSuspending},
		{"saved after the image was asked for", in(5, 1), libvirttest.DomainHasManagedSave, in(5, 5), true, hv.StateSuspended},
		{"started after the image was asked for", in(5, 1), libvirttest.DomainHasManagedSave, in(1, 1), false, hv.StateRunning},
		{"running after the job was asked for", in(3, 2), libvirttest.DomainGetJobStats, in(1, 3), false, hv.StateRunning},
		{"crashed after it has stopped", in(3, 0), libvirttest.DomainGetState, in(6, 1), false, hv.StateCrashed},
		{"paused after all", in(3, 0), libvirttest.DomainGetState, in(3, 1), false, hv.StatePaused},
		{"gone on after it has stopped", in(3, 0), libvirttest.DomainGetState, in(1, 5), false, hv.StateRunning},
		{"stopped, and nobody knows why", in(3, 0), libvirttest.DomainGetState, in(3, 0), false, hv.StatePaused},
		{"off after the job was asked for", in(3, 2), libvirttest.DomainGetJobStats, in(5, 4), false, hv.StateShutdown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := daemonOf(tt.vm)
			d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
				if p == tt.after {
					tt.then.Saved = tt.saved
					d.Domains = []libvirttest.Domain{tt.then}
				}
			}
			_, s := fake(t, d)
			if got := stateOf(t, s, 1); got != tt.want {
				t.Errorf("unexpected state: %v, want %v", got, tt.want)
			}
		})
	}
}

// TestStateUnsupported has drivers without images or jobs: what is left tells the state.
func TestStateUnsupported(t *testing.T) {
	t.Parallel()
	d := daemonOf(in(5, 1), paused2(2, "moving"))
	d.Unsupported = map[libvirttest.Proc]bool{
		libvirttest.DomainHasManagedSave: true, libvirttest.DomainGetJobStats: true,
	}
	srv, s := fake(t, d)
	for range 2 {
		if got := stateOf(t, s, 1); got != hv.StateShutdown {
			t.Errorf("unexpected state: %v", got)
		}
		if got := stateOf(t, s, 2); got != hv.StateMigrating {
			t.Errorf("unexpected state: %v", got)
		}
	}
	if n := srv.Calls(libvirttest.DomainHasManagedSave) + srv.Calls(libvirttest.DomainGetJobStats); n != 2 {
		t.Errorf("what the driver does not have was asked %d times", n)
	}
}

// TestStateRefused has the side that a migration comes to, which does not tell its job.
func TestStateRefused(t *testing.T) {
	t.Parallel()
	d := daemonOf(in(3, 2))
	d.Fail = func(p libvirttest.Proc, _ []libvirttest.Domain) error {
		if p == libvirttest.DomainGetJobStats {
			return libvirttest.Error{Code: libvirttest.CodeOperationInvalid, Message: "only on the source host"}
		}
		return nil
	}
	_, s := fake(t, d)
	if got := stateOf(t, s, 1); got != hv.StateMigrating {
		t.Errorf("unexpected state: %v", got)
	}
}

// TestStateAlone has all other connections stuck: a bulk reading, the statistics, and another's job. The state comes
// nevertheless.
func TestStateAlone(t *testing.T) {
	t.Parallel()
	d := daemonOf(in(3, 1), paused2(2, "sick"))
	stuck := make(chan libvirttest.Proc, 100)
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		hangs := p == libvirttest.ConnectListAllDomains || p == libvirttest.ConnectGetAllStats ||
			p == libvirttest.DomainGetXMLDesc || len(about) == 1 && about[0].Name == "sick"
		if hangs {
			stuck <- p
		}
		return hangs
	}
	srv := libvirttest.Start(t, d)
	b := endless()
	s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), b)
	ctx, cancel := context.WithCancel(t.Context())
	var ends []<-chan error
	for _, m := range methods() {
		if m.name == "State" || m.name == "Host" {
			continue
		}
		ended := make(chan error, 1)
		go func() { ended <- m.call(ctx, s) }()
		ends = append(ends, ended)
		<-stuck
	}
	for c, _ := s.reading.current(); len(c.slots) < inFlight; {
		ended := make(chan error, 1)
		go func() { ended <- s.Definitions(ctx, []string{key(1)}, func(string, hv.Definition, error) {}) }()
		ends = append(ends, ended)
		<-stuck
	}
	sick := make(chan error, 1)
	go func() { _, err := s.State(ctx, key(2)); sick <- err }()
	<-stuck
	if got := stateOf(t, s, 1); got != hv.StatePaused {
		t.Errorf("unexpected state: %v", got)
	}
	cancel()
	for _, ended := range append(ends, sick) {
		if err := <-ended; err == nil {
			t.Errorf("no error of what hangs")
		}
	}
}

// TestStateHang has one that does not answer. The question ends soon without a state, and others are answered, at the
// same time and afterwards.
func TestStateHang(t *testing.T) {
	t.Parallel()
	for _, hangs := range []libvirttest.Proc{
		libvirttest.DomainGetState, libvirttest.DomainHasManagedSave, libvirttest.DomainGetJobStats,
	} {
		sick := paused2(2, "sick")
		d := daemonOf(running(1, "well"), sick)
		d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
			return p == hangs && len(about) == 1 && about[0].Name == "sick"
		}
		_, s := fake(t, d)
		ended := make(chan error, 1)
		go func() { _, err := s.State(patiently(t), key(2)); ended <- err }()
		for range 20 {
			if got := stateOf(t, s, 1); got != hv.StateRunning {
				t.Errorf("unexpected state: %v", got)
			}
		}
		if err := <-ended; !errors.Is(err, errMissed) {
			t.Errorf("%d: unexpected error: %v", hangs, err)
		}
		if got := stateOf(t, s, 1); got != hv.StateRunning {
			t.Errorf("unexpected state: %v", got)
		}
		if _, rests := s.busy.get(key(2), time.Now()); rests != (hangs == libvirttest.DomainGetJobStats) {
			t.Errorf("%d: rests: %t", hangs, rests)
		}
	}
}

// TestStateSuspending asks after Suspended (paused): in time it is being saved, else it is saved, or nothing of the
// kind.
func TestStateSuspending(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, daemonOf(in(3, 3)))
	w := watch(t, s)
	for _, tt := range []struct {
		vm    libvirttest.Domain
		saved bool
		want  hv.OperState
	}{
		{in(3, 3), false, hv.StateSuspending},
		{in(5, 5), true, hv.StateSuspended},
		{in(5, 0), true, hv.StateSuspended}, // the daemon was restarted meanwhile
		{in(3, 1), false, hv.StatePaused},
	} {
		srv.Change(func(d *libvirttest.Daemon) {
			tt.vm.Saved = tt.saved
			d.Domains = []libvirttest.Domain{tt.vm}
		})
		srv.Lifecycle(tt.vm, 3, hv.SuspendedPaused)
		if e := w.next(); e.Kind != hv.Suspended {
			t.Errorf("unexpected event: %v", e)
		}
		if got := stateOf(t, s, 1); got != tt.want {
			t.Errorf("unexpected state: %v, want %v", got, tt.want)
		}
	}
}

// TestStateManyHang has many at once that do not answer, as all do whose disks are on one server that has gone. Others
// are answered in their time nevertheless.
func TestStateManyHang(t *testing.T) {
	t.Parallel()
	const many, well = 2 * inFlight, 100
	d := daemonOf(running(well, "well"))
	for n := range many {
		d.Domains = append(d.Domains, paused2(n, "sick"))
	}
	d.Hang = func(p libvirttest.Proc, about []libvirttest.Domain) bool {
		return p == libvirttest.DomainGetState && len(about) == 1 && about[0].Name == "sick"
	}
	srv := libvirttest.Start(t, d)
	s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), defaultBounds())
	ended := make(chan error, many)
	for n := range many {
		go func() { _, err := s.State(patiently(t), key(n)); ended <- err }()
	}
	eventually(t, "all slots are taken", func() bool { return srv.Calls(libvirttest.DomainGetState) >= inFlight })
	if got := stateOf(t, s, well); got != hv.StateRunning {
		t.Errorf("unexpected state: %v", got)
	}
	for range many {
		if err := <-ended; !errors.Is(err, errMissed) && !errors.Is(err, errLost) {
			t.Errorf("unexpected error: %v", err)
		}
	}
}

// TestStateNotReached cannot have the connection that jobs are asked on. It is not the virtual machine that is to blame.
func TestStateNotReached(t *testing.T) {
	t.Parallel()
	d := daemonOf(in(1, 1))
	hung := make(chan struct{})
	d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
		if p == libvirttest.DomainGetState {
			d.Hold = map[libvirttest.Proc]chan struct{}{libvirttest.ConnectOpen: hung}
		}
	}
	srv := libvirttest.Start(t, d)
	b := defaultBounds()
	b.open = quick().call
	s := sourceOf(t, "qemu:///system?socket="+srv.Socket(), b)
	s.busy.mark(key(1))
	if state, err := s.State(patiently(t), key(1)); !errors.Is(err, errUnreachable) || state != hv.StateUnknown {
		t.Errorf("unexpected outcome: %v, %v", state, err)
	}
	if marked, rests := s.busy.get(key(1), time.Now()); !marked || rests {
		t.Errorf("unexpected outcome: marked %t, rests %t", marked, rests)
	}
}

// TestStateLost loses the connection whenever the job is asked for. What it does is not known then.
func TestStateLost(t *testing.T) {
	t.Parallel()
	d := daemonOf(in(1, 1))
	d.Hangup = map[libvirttest.Proc]bool{libvirttest.DomainGetJobStats: true}
	_, s := fake(t, d)
	s.busy.mark(key(1))
	if state, err := s.State(patiently(t), key(1)); !errors.Is(err, errLost) || state != hv.StateUnknown {
		t.Errorf("unexpected outcome: %v, %v", state, err)
	}
	if marked, rests := s.busy.get(key(1), time.Now()); !marked || rests {
		t.Errorf("unexpected outcome: marked %t, rests %t", marked, rests)
	}
}
