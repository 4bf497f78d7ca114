package bhyve

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A shifting is a machine on which something happens while a scene is taken: just before the nth question about one thing.
type shifting struct {
	*machine
	about string
	nth   int
	then  func()
}

func (s *shifting) Sysctl(name string, args ...int) ([]byte, error) {
	s.happen(name)
	return s.machine.Sysctl(name, args...)
}

func (s *shifting) ReadDir(path string) ([]string, error) {
	s.happen(path)
	return s.machine.ReadDir(path)
}

func (s *shifting) happen(about string) {
	if about == s.about && s.times(about) == s.nth-1 {
		s.then()
	}
}

// A marked is a guest that its manager has as running.
type marked struct {
	Key      string
	Process  int
	Lock, On bool
	Watcher  bool
}

func marks(guests []guest) []marked {
	var all []marked
	for _, g := range guests {
		m := marked{Key: g.key, Watcher: g.watcher}
		if g.process != nil {
			m.Process = g.process.PID
		}
		m.Lock = g.vm != nil && g.vm.IsLocked()
		m.On = g.cbsd != nil && mark(g) != ""
		all = append(all, m)
	}
	return all
}

// A virtual machine that is started or ends while a scene is taken is not half of one and half of the other: what its manager has
// written down is of the same time as the processes, or it has a process.
func TestSettle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		is   func(m *machine)
		// before the nth question about it then happens.
		about string
		nth   int
		then  func(m *machine)
		want  []marked
		// reads is how often the processes were read.
		reads int
	}{
		{
			name:  "nothing is marked",
			is:    func(*machine) {},
			want:  []marked{{Key: "vm-bhyve:default/web"}},
			reads: 1,
		},
		{
			name: "it runs",
			is: func(m *machine) {
				m.lock("/vm/web", "hv1")
				m.bhyve(101, 1, "web")
			},
			want:  []marked{{Key: "vm-bhyve:default/web", Process: 101, Lock: true}},
			reads: 1,
		},
		{
			name: "it is started again by its watcher",
			is: func(m *machine) {
				m.lock("/vm/web", "hv1")
				m.runs(freebsd.Process{PID: 99, Parent: 1, Name: "sh"}, "/bin/sh", "/etc/rc")
				m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
			},
			want:  []marked{{Key: "vm-bhyve:default/web", Lock: true, Watcher: true}},
			reads: 2,
		},
		{
			name: "the watcher is another's",
			is: func(m *machine) {
				m.lock("/vm/web", "hv1")
				m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web2")
			},
			want:  []marked{{Key: "vm-bhyve:default/web", Lock: true}},
			reads: 4,
		},
		{
			name: "it is started again by CBSD's shell",
			is: func(m *machine) {
				m.cbsd()
				m.list("deb 201 1")
				m.runs(freebsd.Process{PID: 200, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/cbsd/share/bhyverun.sh", "-c",
					"/usr/jails/jails-system/deb/bhyve.conf", "-e", "1", "-l", "/usr/jails/jails-system/deb/bstart.log")
			},
			want:  []marked{{Key: "cbsd:deb", On: true, Watcher: true}, {Key: "vm-bhyve:default/web"}},
			reads: 2,
		},
		{
			name: "the watcher is in a jail",
			is: func(m *machine) {
				m.lock("/vm/web", "hv1")
				m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh", Jail: 7}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
			},
			want:  []marked{{Key: "vm-bhyve:default/web", Lock: true}},
			reads: 4,
		},
		{
			name:  "the host crashed",
			is:    func(m *machine) { m.lock("/vm/web", "hv1") },
			want:  []marked{{Key: "vm-bhyve:default/web", Lock: true}},
			reads: 4,
		},
		{
			name:  "another host has it",
			is:    func(m *machine) { m.lock("/vm/web", "hv2") },
			want:  []marked{{Key: "vm-bhyve:default/web", Lock: true}},
			reads: 1,
		},
		{
			name:  "it is started after the processes were read",
			is:    func(*machine) {},
			about: "/vm/web", nth: 1,
			then: func(m *machine) {
				m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
				m.lock("/vm/web", "hv1")
				m.bhyve(101, 100, "web")
			},
			want:  []marked{{Key: "vm-bhyve:default/web", Lock: true, Watcher: true}},
			reads: 2,
		},
		{
			name: "it ends after its lock was read: that is no crash",
			is: func(m *machine) {
				m.lock("/vm/web", "hv1")
				m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
			},
			about: processesVariable, nth: 2,
			then: func(m *machine) {
				m.ends(100)
				m.Remove("/vm/web/run.lock")
			},
			want:  []marked{{Key: "vm-bhyve:default/web"}},
			reads: 3,
		},
		{
			name: "CBSD believes that it runs",
			is: func(m *machine) {
				m.cbsd()
				m.list("deb 201 1")
			},
			want:  []marked{{Key: "cbsd:deb", On: true}, {Key: "vm-bhyve:default/web"}},
			reads: 4,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			m.vmbhyve()
			m.define("/vm", "web", uuidOf("web"))
			tt.is(m)
			log, _ := observed()
			sys := &shifting{machine: m, about: tt.about, nth: tt.nth, then: func() { tt.then(m) }}
			s := newScout(t.Context(), sys, newTroubles(log), defaultBounds())
			got, err := s.gather(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, marks(got.guests)); diff != "" {
				t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
			}
			if n := m.times(processesVariable); n != tt.reads {
				t.Errorf("the processes were read %d times, want %d", n, tt.reads)
			}
		})
	}
}

// What was found twice is not doubted again at every look, unless it is marked anew.
func TestSettled(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.vmbhyve()
	m.define("/vm", "web", uuidOf("web"))
	m.lock("/vm/web", "hv1")
	s, _ := scouting(t, m)
	for _, want := range []int{4, 6, 8} {
		gathered(t, s)
		if n := m.times(processesVariable); n != want {
			t.Errorf("the processes were read %d times, want %d", n, want)
		}
	}
	m.Advance(time.Second)
	m.lock("/vm/web", "hv1")
	gathered(t, s)
	if n := m.times(processesVariable); n != 12 {
		t.Errorf("the processes were read %d times, want 12", n)
	}
}
