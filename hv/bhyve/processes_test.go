package bhyve

import (
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A runningShort is a running in short.
type runningShort struct {
	PID    int
	VM     string
	Titled bool
	Loads  bool
	Origin origin
}

// counts takes a census, and returns what runs by number.
func counts(t *testing.T, c *census) ([]runningShort, error) {
	t.Helper()
	p, err := c.population()
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.running(p)
	short := []runningShort{}
	for _, r := range all {
		short = append(short, runningShort{PID: r.PID, VM: r.vm, Titled: r.titled, Loads: r.loads(), Origin: r.origin})
	}
	slices.SortFunc(short, func(a, b runningShort) int { return a.PID - b.PID })
	return short, err
}

func TestCensus(t *testing.T) {
	t.Parallel()
	sh := func(pid, parent int, args ...string) func(*machine) {
		return func(m *machine) { m.runs(freebsd.Process{PID: pid, Parent: parent, Name: "sh"}, args...) }
	}
	program := func(pid, parent int, name string, args ...string) func(*machine) {
		return func(m *machine) { m.runs(freebsd.Process{PID: pid, Parent: parent, Name: name}, args...) }
	}
	tests := []struct {
		name string
		are  []func(*machine)
		want []runningShort
	}{
		{"none", nil, []runningShort{}},
		{
			"with its title",
			[]func(*machine){program(10, 1, "bhyve", "bhyve: web01")},
			[]runningShort{{PID: 10, VM: "web01", Titled: true}},
		},
		{
			"before its title",
			[]func(*machine){program(10, 1, "bhyve", "bhyve", "-m", "1G", "-l", "com1,stdio", "web01")},
			[]runningShort{{PID: 10, VM: "web01"}},
		},
		{
			"a title is only bhyve's",
			[]func(*machine){program(10, 1, "bhyveload", "bhyveload", "-m", "1G", "web01"), program(11, 1, "grub-bhyve", "grub-bhyve", "-r", "hd0", "db")},
			[]runningShort{{PID: 10, VM: "web01", Loads: true}, {PID: 11, VM: "db", Loads: true}},
		},
		{
			"others do not matter",
			[]func(*machine){
				program(10, 1, "bhyvectl", "bhyvectl", "--vm=web01"), program(11, 1, "vi", "vi", "bhyve: web01"),
				program(12, 1, "bhyve-vm", "bhyve: web01"),
			},
			[]runningShort{},
		},
		{
			"one that does not say whose it is",
			[]func(*machine){program(10, 1, "bhyve", "bhyve", "-k"), program(11, 1, "bhyve"), program(12, 1, "bhyve", "bhyve: ")},
			[]runningShort{},
		},
		{
			"in a jail, stopped, and ended",
			[]func(*machine){
				func(m *machine) {
					m.runs(freebsd.Process{PID: 10, Parent: 1, Name: "bhyve", Jail: 3}, "bhyve: jailed")
					m.runs(freebsd.Process{PID: 11, Parent: 1, Name: "bhyve", State: freebsd.Stopped}, "bhyve: stopped")
					m.runs(freebsd.Process{PID: 12, Parent: 1, Name: "bhyve", State: freebsd.Zombie}, "bhyve: ended")
				},
			},
			[]runningShort{{PID: 10, VM: "jailed", Titled: true}, {PID: 11, VM: "stopped", Titled: true}},
		},
		{
			"vm-bhyve's",
			[]func(*machine){
				sh(10, 1, "/bin/sh", "/usr/local/sbin/vm", "_run", "web"), program(11, 10, "bhyve", "bhyve: web"),
				sh(20, 1, "/bin/sh", "/usr/local/sbin/vm", "_run", "-tf", "db", ""), sh(21, 20, "/bin/sh", "-c", "x"),
				program(22, 21, "bhyveload", "bhyveload", "db"),
				program(30, 1, "vm", "/usr/local/sbin/vm", "_run", "win"), program(31, 30, "bhyve", "bhyve", "win"),
			},
			[]runningShort{
				{PID: 11, VM: "web", Titled: true, Origin: fromVMBhyve},
				{PID: 22, VM: "db", Loads: true, Origin: fromVMBhyve},
				{PID: 31, VM: "win", Origin: fromVMBhyve},
			},
		},
		{
			"not vm-bhyve's",
			[]func(*machine){
				sh(10, 1, "/bin/sh", "/usr/local/sbin/vm", "_run", "other"), program(11, 10, "bhyve", "bhyve: web"),
				sh(20, 1, "/bin/sh", "/root/start", "_run", "db"), program(21, 20, "bhyve", "bhyve: db"),
				sh(30, 1, "_run", "win"), program(31, 30, "bhyve", "bhyve: win"),
				sh(40, 1, "/bin/sh", "/usr/local/sbin/vm", "_run"), program(41, 40, "bhyve", "bhyve: vm"),
				sh(50, 1, "/bin/sh", "/usr/local/sbin/vm", "_run", "other", "iso"), program(51, 50, "bhyve", "bhyve: iso"),
			},
			[]runningShort{
				{PID: 11, VM: "web", Titled: true}, {PID: 21, VM: "db", Titled: true}, {PID: 31, VM: "win", Titled: true},
				{PID: 41, VM: "vm", Titled: true}, {PID: 51, VM: "iso", Titled: true},
			},
		},
		{
			"CBSD's",
			[]func(*machine){
				program(10, 1, "lockf", "/usr/bin/lockf", "-s", "-t0", "/usr/jails/tmp/bhyveload.deb.lock", "env", "deb"),
				program(11, 10, "bhyve", "bhyve: deb"),
				program(20, 1, "cbsd", "/usr/local/bin/cbsd", "/usr/local/cbsd/share/bhyverun.sh"), sh(21, 20, "sh", "-c", "x"),
				program(22, 21, "bhyveload", "bhyveload", "fb"),
				program(30, 1, "lockf", "/usr/bin/lockf", "/tmp/mine.lock", "bhyve", "mine"), program(31, 30, "bhyve", "bhyve: mine"),
			},
			[]runningShort{
				{PID: 11, VM: "deb", Titled: true, Origin: fromCBSD},
				{PID: 22, VM: "fb", Loads: true, Origin: fromCBSD},
				{PID: 31, VM: "mine", Titled: true},
			},
		},
		{
			"libvirt's",
			[]func(*machine){
				program(10, 1, "libvirtd", "libvirtd"), program(11, 10, "bhyveload", "bhyveload", "a"),
				program(20, 1, "virtbhyved", "virtbhyved"), program(21, 20, "bhyve", "bhyve", "b"),
			},
			[]runningShort{{PID: 11, VM: "a", Loads: true, Origin: fromLibvirt}, {PID: 21, VM: "b", Origin: fromLibvirt}},
		},
		{
			"ancestors in a circle",
			[]func(*machine){sh(10, 11, "sh"), sh(11, 10, "sh"), program(12, 11, "bhyve", "bhyve: a"), program(13, 13, "bhyve", "bhyve: b")},
			[]runningShort{{PID: 12, VM: "a", Titled: true}, {PID: 13, VM: "b", Titled: true}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			for _, is := range tt.are {
				is(m)
			}
			got, err := counts(t, newCensus(m))
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected processes (-want +got):\n%s", diff)
			}
		})
	}
}

// A title is asked for once, a command line that is none until it is; another process under its number is asked anew.
func TestCensusAsksOnce(t *testing.T) {
	t.Parallel()
	m := newMachine()
	c := newCensus(m)
	m.runs(freebsd.Process{PID: 10, Parent: 1, Name: "bhyve"}, "bhyve", "-m", "1G", "web")
	steps := []struct {
		name string
		then func()
		want []runningShort
		asks int
	}{
		{"before its title", func() {}, []runningShort{{PID: 10, VM: "web"}}, 1},
		{"still", func() {}, []runningShort{{PID: 10, VM: "web"}}, 2},
		{
			"the title is set", func() { m.runs(freebsd.Process{PID: 10, Parent: 1, Name: "bhyve"}, "bhyve: web") },
			[]runningShort{{PID: 10, VM: "web", Titled: true}}, 3,
		},
		{"and known", func() {}, []runningShort{{PID: 10, VM: "web", Titled: true}}, 3},
		{
			"though it is hidden", func() { m.SetError(fs.ErrPermission, "sysctl", argsVariable, "10") },
			[]runningShort{{PID: 10, VM: "web", Titled: true}}, 3,
		},
		{
			"another one", func() { m.runs(freebsd.Process{PID: 10, Parent: 1, Name: "bhyve", Start: booted}, "bhyve: db") },
			[]runningShort{{PID: 10, VM: "db", Titled: true}}, 4,
		},
		{"none", func() { m.ends(10) }, []runningShort{}, 4},
	}
	for _, s := range steps {
		s.then()
		got, err := counts(t, c)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		if diff := cmp.Diff(s.want, got); diff != "" {
			t.Errorf("%s: unexpected processes (-want +got):\n%s", s.name, diff)
		}
		if n := m.times(argsVariable + " 10"); n != s.asks {
			t.Errorf("%s: it was asked %d times, want %d", s.name, n, s.asks)
		}
	}
	if len(c.titled) > 0 || len(c.origins) > 0 {
		t.Errorf("%d titles and %d origins are kept of what is no more", len(c.titled), len(c.origins))
	}
}

// Who started a process is remembered when the parent is gone, and asked again if it could not be told.
func TestCensusOrigin(t *testing.T) {
	t.Parallel()
	m := newMachine()
	c := newCensus(m)
	lockf := freebsd.Process{PID: 10, Parent: 1, Name: "lockf"}
	m.runs(lockf, "lockf", "/usr/jails/tmp/bhyveload.deb.lock")
	m.runs(freebsd.Process{PID: 11, Parent: 10, Name: "bhyve"}, "bhyve: deb")
	steps := []struct {
		name string
		then func()
		want origin
	}{
		{"hidden", func() { m.SetError(fs.ErrPermission, "sysctl", argsVariable, "10") }, unknownOrigin},
		{"the parent is not there", func() { m.ends(10) }, unknownOrigin},
		{"it is", func() { m.runs(lockf, "lockf", "/usr/jails/tmp/bhyveload.deb.lock") }, fromCBSD},
		{"it ends", func() {
			m.ends(10)
			m.runs(freebsd.Process{PID: 11, Parent: 1, Name: "bhyve"}, "bhyve: deb")
		}, fromCBSD},
	}
	for _, s := range steps {
		s.then()
		got, err := counts(t, c)
		want := []runningShort{{PID: 11, VM: "deb", Titled: true, Origin: s.want}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: unexpected processes, error %v (-want +got):\n%s", s.name, err, diff)
		}
	}
}

// What cannot be asked is an error that says how many there are, and takes nothing from the rest. What is gone is none.
func TestCensusHidden(t *testing.T) {
	t.Parallel()
	m := newMachine()
	for pid := 10; pid < 14; pid++ {
		m.runs(freebsd.Process{PID: pid, Parent: 1, Name: "bhyve"}, fmt.Sprintf("bhyve: vm%d", pid))
	}
	m.SetError(fs.ErrPermission, "sysctl", argsVariable, "10")
	m.SetError(fs.ErrPermission, "sysctl", argsVariable, "11")
	m.SetError(freebsd.ErrNoProcess, "sysctl", argsVariable, "12")
	got, err := counts(t, newCensus(m))
	if diff := cmp.Diff([]runningShort{{PID: 13, VM: "vm13", Titled: true}}, got); diff != "" {
		t.Errorf("unexpected processes (-want +got):\n%s", diff)
	}
	const want = `2 processes of bhyve cannot be told apart: read "kern.proc.args" of process 10: permission denied`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("unexpected error (-want +got):\n%s", diff)
	}
}
