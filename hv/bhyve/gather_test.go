package bhyve

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// gathered returns what the scout finds, in short.
func gathered(t *testing.T, s *scout) []whole {
	t.Helper()
	got, err := s.gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return wholes(got.guests)
}

// full returns a host with all three managers, libvirt, and a virtual machine of each.
func full() *machine {
	m := newMachine()
	m.vmbhyve("tank")
	m.define("/vm", "web", uuidOf("web"))
	m.define("/tank", "db", uuidOf("db"))
	m.lock("/vm/web", "hv1")
	m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
	m.bhyve(101, 100, "web")
	m.cbsd()
	m.list("deb 201 1", "win 0 0")
	m.runs(freebsd.Process{PID: 200, Parent: 1, Name: "lockf"}, "/usr/bin/lockf", "-s", "-t0", "/usr/jails/tmp/bhyveload.deb.lock", "env", "deb")
	m.bhyve(201, 200, "deb")
	m.bhyve(301, 1, "virt")
	m.libvirt("virt", 301)
	m.bhyve(401, 1, "hand")
	return m
}

// ofFull is what there is on it.
func ofFull() []whole {
	return []whole{
		{Key: "bhyve:hand", Process: 401, Node: true},
		{Key: "cbsd:deb", Process: 201, Node: true},
		{Key: "cbsd:win"},
		{Key: "vm-bhyve:default/web", Process: 101, Node: true},
		{Key: "vm-bhyve:tank/db"},
	}
}

func TestGatherAll(t *testing.T) {
	t.Parallel()
	s, logged := scouting(t, full())
	for range 3 {
		if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
			t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff([]told(nil), logged()); diff != "" {
		t.Errorf("unexpected log (-want +got):\n%s", diff)
	}
}

// A host without any of it has nothing to tell, and nothing to complain about.
func TestGatherNothing(t *testing.T) {
	t.Parallel()
	s, logged := scouting(t, newMachine())
	if diff := cmp.Diff([]whole{}, gathered(t, s)); diff != "" {
		t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]told(nil), logged()); diff != "" {
		t.Errorf("unexpected log (-want +got):\n%s", diff)
	}
}

func TestGatherFacts(t *testing.T) {
	t.Parallel()
	m := full()
	m.define("/vm", "auto", "")
	m.define("/tank", "auto", "nonsense")
	s, _ := scouting(t, m)
	got, err := s.gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := (freebsd.Clock{Now: booted.Add(24 * time.Hour), Up: 24 * time.Hour}); got.clock != want {
		t.Errorf("unexpected clock %v, want %v", got.clock, want)
	}
	type fact struct {
		UUID   string
		Auto   hv.Answer
		Titled bool
		Status cbsd.Status
		Lock   string
	}
	facts := map[string]fact{}
	for _, g := range got.guests {
		f := fact{UUID: g.uuid.String(), Auto: g.autoStart, Titled: g.titled}
		if g.cbsd != nil {
			f.Status = g.cbsd.Status
		}
		if g.vm != nil {
			f.Lock = g.vm.Lock
		}
		if g.stale || g.foreign || g.watcher {
			t.Errorf("%s: unexpected marks %v %v %v", g.key, g.stale, g.foreign, g.watcher)
		}
		facts[g.key] = f
	}
	none := hv.UUID{}.String()
	want := map[string]fact{
		"bhyve:hand":            {UUID: none, Auto: hv.No, Titled: true},
		"cbsd:deb":              {UUID: uuidOf("deb"), Auto: hv.Yes, Titled: true, Status: cbsd.On},
		"cbsd:win":              {UUID: uuidOf("win"), Auto: hv.Yes},
		"vm-bhyve:default/auto": {UUID: none, Auto: hv.Yes},
		"vm-bhyve:default/web":  {UUID: uuidOf("web"), Auto: hv.No, Titled: true, Lock: "hv1"},
		"vm-bhyve:tank/auto":    {UUID: none, Auto: hv.No},
		"vm-bhyve:tank/db":      {UUID: uuidOf("db"), Auto: hv.No},
	}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Errorf("unexpected facts (-want +got):\n%s", diff)
	}
}

// Without processes nothing is known, and that is an error of the look.
func TestGatherFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		breaks func(m *machine)
	}{
		{"processes", func(m *machine) { m.SetError(fs.ErrPermission, "sysctl", processesVariable) }},
		{"records of another size", func(m *machine) { m.SetSysctl([]byte("short"), processesVariable) }},
		{"clock", func(m *machine) { m.SetError(fs.ErrPermission, "clock") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := full()
			s, _ := scouting(t, m)
			gathered(t, s)
			tt.breaks(m)
			if got, err := s.gather(t.Context()); err == nil {
				t.Errorf("unexpected scene %v", wholes(got.guests))
			}
		})
	}
}

// Who asks is let go at once, whatever hangs.
func TestGatherContext(t *testing.T) {
	t.Parallel()
	for _, hangs := range []string{"kern.proc.proc", "/dev/vmm", "/vm", "/tank", "/etc", "/var/run/libvirt", "/usr/local/cbsd"} {
		t.Run(hangs, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := full()
				release := m.hang(hangs)
				defer release()
				s, logged := scouting(t, m)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				if _, err := s.gather(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("unexpected error %v", err)
				}
				if took := time.Since(began); took != time.Second {
					t.Errorf("it took %v", took)
				}
				if _, err := s.gather(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("unexpected error %v", err)
				}
				if lines := logged(); lines != nil {
					t.Errorf("unexpected log of who gave up: %+v", lines)
				}
			})
		})
	}
}
