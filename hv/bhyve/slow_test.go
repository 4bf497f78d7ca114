package bhyve

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A slowed is a machine that takes its time to answer what is asked of one program or beneath one directory.
type slowed struct {
	*machine
	takes map[string]time.Duration
}

func (s *slowed) Run(ctx context.Context, c freebsd.Command) ([]byte, error) {
	if !pause(ctx, s.takes[c.Argv[0]]) {
		return nil, ctx.Err()
	}
	return s.machine.Run(ctx, c)
}

func (s *slowed) ReadDir(path string) ([]string, error) {
	time.Sleep(s.takes[path])
	return s.machine.ReadDir(path)
}

// passes lets time go by in small steps, for the machine too.
func (m *machine) passes(d time.Duration) {
	const step = 100 * time.Millisecond
	for range d / step {
		m.wakes(step)
	}
}

// TestSlowManagers proves that what a manager has written down is waited for where it decides what is told, whenever in the course of a
// slow answer it happens: what is told once cannot be taken back.
func TestSlowManagers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		takes map[string]time.Duration
		set   func(m *machine)
		do    func(m *machine)
		// want is what is told, one of these: it depends on what is seen in between.
		want []string
	}{
		{
			"defined and started in a slow datastore", map[string]time.Duration{"/vm": 1900 * time.Millisecond},
			func(m *machine) {
				m.vmbhyve()
				m.define("/vm", "web", uuidOf("web"))
				m.SetDir("/vm", ".config", "web")
			},
			func(m *machine) {
				m.define("/vm", "new", uuidOf("new"))
				m.lock("/vm/new", "hv1")
				m.SetDir("/vm/new", "new.conf", "run.lock")
				m.SetDir("/vm", ".config", "new", "web")
				m.runs(freebsd.Process{PID: 100, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "new")
				m.bhyve(101, 100, "new")
			},
			[]string{"defined (added), started (booted)", "defined (added), changed, started (booted)"},
		},
		{
			"the last of a datastore is destroyed, and mount is slow", map[string]time.Duration{"/sbin/mount": 300 * time.Millisecond},
			func(m *machine) {
				m.vmbhyve()
				m.mounted(rootMount)
				m.define("/vm", "web", uuidOf("web"))
				m.SetDir("/vm", ".config", "web")
			},
			func(m *machine) { m.SetDir("/vm", ".config") },
			[]string{"undefined (removed)"},
		},
		{
			"a slow CBSD kills it that does not stop", map[string]time.Duration{"/usr/local/cbsd/misc/sqlcli": 1500 * time.Millisecond},
			func(m *machine) {
				m.cbsd()
				m.list("deb 300 1")
				m.runs(freebsd.Process{PID: 200, Parent: 1, Name: "lockf"}, "/usr/bin/lockf", "/usr/jails/tmp/bhyveload.deb.lock", "deb")
				m.bhyve(300, 200, "deb")
			},
			func(m *machine) {
				m.answers(cbsdDatabase, "jname,jid,status,astart,maintenance,state_time,data", "jails WHERE emulator='bhyve'",
					"deb|300|3|1|Stopping_VM|0|/usr/jails/jails-data/deb-data\n")
				m.ends(300)
				m.node()
				m.End(freebsd.Exit{PID: 300, Status: freebsd.Killed(sigkill)})
			},
			[]string{"stopped (destroyed) remains", "shutdown (host), stopped (destroyed) remains"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for phase := time.Duration(0); phase < scanEvery; phase += 900 * time.Millisecond {
				synctest.Test(t, func(t *testing.T) {
					m := newMachine()
					m.SetSysctl([]byte{0, 0, 0, 0}, generation)
					tt.set(m)
					s := newSource(&slowed{m, tt.takes}, "bhyve:///", zap.NewNop())
					defer time.Sleep(defaultBounds().programs) // in the bubble, for what is under way
					defer s.Close()
					a := attend(t, s)
					m.passes(3*scanEvery + phase)
					a.hears("connected")
					tt.do(m)
					m.passes(2 * mountsAge)
					if got := a.heard(); !slices.Contains(tt.want, got) {
						t.Errorf("unexpected events %q after %v, want one of %q", got, phase, tt.want)
					}
				})
			}
		})
	}
}
