package bhyve

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A run.lock with nothing in it, as `hostname > run.lock` leaves it on a full disk, is one of this host: the guest may reboot, and its
// end is told.
func TestLockWithoutName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const watcher, first, second = 150, 151, 152
		m := newMachine()
		m.vmbhyve()
		m.define("/vm", "web", uuidOf("web"))
		m.write("/vm/web/run.lock", "")
		m.SetSysctl([]byte{0, 0, 0, 0}, generation)
		m.runs(freebsd.Process{PID: watcher, Parent: 1, Name: "sh"}, "/bin/sh", "/usr/local/sbin/vm", "_run", "web")
		m.bhyve(first, watcher, "web")
		s := newSource(m, "bhyve:///", zap.NewNop())
		defer s.Close()
		a := attend(t, s)
		m.wakes(time.Minute)
		a.hears("connected")
		m.ends(first)
		m.End(freebsd.Exit{PID: first, Status: freebsd.Exited(0)})
		m.wakes(time.Second)
		m.runs(freebsd.Process{PID: second, Parent: watcher, Name: "bhyve", Start: m.now()}, "bhyve: web")
		m.wakes(4 * scanEvery)
		a.hears("changed")
		m.ends(second)
		m.ends(watcher)
		m.End(freebsd.Exit{PID: second, Status: freebsd.Exited(1)})
		m.Remove("/vm/web/run.lock")
		m.wakes(4 * scanEvery)
		a.hears("stopped (shutdown) remains")
	})
}
