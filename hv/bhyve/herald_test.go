package bhyve

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// logFile is vm-bhyve's log of "web".
const logFile = "/vm/web/vm-bhyve.log"

// TestSourceTells has what a host answers become events, all the way from the octets.
func TestSourceTells(t *testing.T) {
	t.Parallel()
	const (
		web, deb, hand = 200, 300, 400 // the processes
		watcher, again = 150, 201
		loop           = 250
	)
	reboot := func(m *machine) {
		m.ends(web)
		m.writeLog("starting bhyve (run 1)", "bhyve exited with status 0", "restarting")
		m.End(freebsd.Exit{PID: web, Status: freebsd.Exited(0)})
		m.wakes(time.Second)
		m.writeLog("starting bhyve (run 1)", "bhyve exited with status 0", "restarting", "starting bhyve (run 2)")
		m.runs(freebsd.Process{PID: again, Parent: watcher, Name: "bhyve", Start: m.now()}, "bhyve: web")
	}
	tests := []struct {
		name string
		do   func(m *machine)
		want string
	}{
		{"vm-bhyve: crash", func(m *machine) {
			m.ends(web)
			m.writeLog("starting bhyve (run 1)", "bhyve exited with status 134")
			m.End(freebsd.Exit{PID: web, Status: freebsd.Killed(6)})
		}, "stopped (crashed) remains"},
		{"vm-bhyve: crash that the kernel does not tell", func(m *machine) {
			m.ends(web)
			m.ends(watcher)
			m.writeLog("starting bhyve (run 1)", "bhyve exited with status 134", "stopped")
			m.Remove("/vm/web/run.lock")
			m.Announce("!system=DEVFS subsystem=CDEV type=DESTROY cdev=vmm/web")
		}, "stopped (crashed) remains"},
		{"vm-bhyve: crash and restart that the kernel does not tell", func(m *machine) {
			m.ends(web)
			m.wakes(time.Second)
			m.writeLog("starting bhyve (run 1)", "bhyve exited with status 134", "restarting", "starting bhyve (run 2)")
			m.runs(freebsd.Process{PID: again, Parent: watcher, Name: "bhyve", Start: m.now()}, "bhyve: web")
		}, "stopped (crashed) remains, started (booted)"},
		{"vm-bhyve: reboot", reboot, "changed"},
		{"vm-bhyve: reboot of one that was resumed from a saved state, which is there still", func(m *machine) {
			m.write("/vm/web/web.save", "state")
			reboot(m)
		}, "changed"},
		{"vm-bhyve: reboot on a host that has got another name", func(m *machine) {
			m.lock("/vm/web", "hv1.former.example.net")
			reboot(m)
		}, "changed"},
		{"vm-bhyve: shutdown", func(m *machine) {
			m.ends(web)
			m.writeLog("starting bhyve (run 1)", "bhyve exited with status 1")
			m.End(freebsd.Exit{PID: web, Status: freebsd.Exited(1)})
			m.wakes(time.Second)
			m.writeLog("starting bhyve (run 1)", "bhyve exited with status 1", "stopped")
			m.ends(watcher)
			m.Remove("/vm/web/run.lock")
			m.node("hand", "deb")
		}, "stopped (shutdown) remains"},
		{"CBSD: reboot that does not come", func(m *machine) {
			m.ends(deb)
			m.End(freebsd.Exit{PID: deb, Status: freebsd.Exited(0)})
			m.wakes(graceTime)
		}, "stopped (shutdown) remains"},
		{"CBSD: reboot that takes its time", func(m *machine) {
			m.runs(freebsd.Process{PID: loop, Name: "sh"}, "/bin/sh", "/usr/local/cbsd/share/bhyverun.sh", "-c",
				"/usr/jails/jails-system/deb/bhyve.conf", "-e", "1", "-l", "/usr/jails/jails-system/deb/bstart.log")
			m.ends(deb)
			m.End(freebsd.Exit{PID: deb, Status: freebsd.Exited(0)})
			m.wakes(4 * graceTime)
			m.runs(freebsd.Process{PID: again, Name: "bhyve", Start: m.now()}, "bhyve: deb")
		}, "changed"},
		{"plain: crash", func(m *machine) {
			m.ends(hand)
			m.End(freebsd.Exit{PID: hand, Status: freebsd.Exited(4)})
		}, "stopped (crashed) remains"},
		{"plain: crash, and the node is gone", func(m *machine) {
			m.ends(hand)
			m.node("web", "deb")
			m.End(freebsd.Exit{PID: hand, Status: freebsd.Exited(4)})
		}, "stopped (crashed)"},
		{"plain: started twice, and the second fails", func(m *machine) {
			m.runs(freebsd.Process{PID: 500, Name: "bhyve", Start: m.now().Add(time.Second)}, "bhyve", "-c", "1", "hand")
			m.wakes(scanEvery)
			m.ends(500)
			m.End(freebsd.Exit{PID: 500, Status: freebsd.Exited(4)})
		}, ""},
		{"the clock is set while the processes are read", func(m *machine) {
			m.sets(time.Hour)
		}, ""},
		{"plain: pause", func(m *machine) {
			m.runs(freebsd.Process{PID: hand, Name: "bhyve", State: freebsd.Stopped, Start: m.now()}, "bhyve: hand")
		}, "suspended (paused)"},
		{"plain: one more", func(m *machine) {
			m.bhyve(500, 1, "more")
			m.Announce("!system=DEVFS subsystem=CDEV type=CREATE cdev=vmm/more")
		}, "started (booted)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMachine()
				m.vmbhyve()
				m.define("/vm", "web", uuidOf("web"))
				m.lock("/vm/web", "hv1")
				m.writeLog("starting bhyve (run 1)")
				m.runs(freebsd.Process{PID: watcher, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
				m.cbsd()
				m.list(fmt.Sprintf("deb %d 1", deb))
				m.SetSysctl([]byte{0, 0, 0, 0}, generation)
				m.wakes(time.Minute) // so that bhyve is younger than the lock
				for pid, vm := range map[int]string{web: "web", deb: "deb", hand: "hand"} {
					m.runs(freebsd.Process{PID: pid, Name: "bhyve", Start: m.now()}, "bhyve: "+vm)
				}
				m.node("web", "deb", "hand")
				m.set(0)
				s := newSource(m, "bhyve:///", zap.NewNop())
				defer s.Close()
				a := attend(t, s)
				a.hears("connected")
				time.Sleep(settled)
				tt.do(m)
				time.Sleep(2 * scanEvery)
				a.hears(tt.want)
			})
		})
	}
}

// attend watches a source until the test is over.
func attend(t *testing.T, s *Source) *audience {
	t.Helper()
	a := &audience{t: t, over: make(chan struct{})}
	go func() {
		defer close(a.over)
		a.err = s.Watch(t.Context(), a.yield)
	}()
	t.Cleanup(func() {
		<-a.over
		if a.err != nil && !errors.Is(a.err, errClosed) {
			t.Errorf("unexpected error: %v", a.err)
		}
	})
	return a
}

// now returns the machine's time of day.
func (m *machine) now() time.Time {
	clock, err := m.Clock()
	if err != nil {
		panic(err)
	}
	return clock.Now
}

// wakes lets time go by, for the machine too.
func (m *machine) wakes(d time.Duration) {
	synctest.Wait()
	m.Advance(d)
	time.Sleep(d)
	synctest.Wait()
}

// writeLog has vm-bhyve have written these lines after it locked "web": the first at once, the others now.
func (m *machine) writeLog(lines ...string) {
	text := ""
	for i, line := range append([]string{"initialising"}, lines...) {
		at := booted.Add(24 * time.Hour)
		if i > 1 {
			at = m.now()
		}
		text += at.Format(time.RFC3339) + ": " + line + "\n"
	}
	m.write(logFile, text)
}
