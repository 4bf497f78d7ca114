package bhyve

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestExitsReused gives the number of a process that ended to the next one, before anybody looks. The end of that is told too.
func TestExitsReused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLab(t)
		s.put(plain(runs(s.process(pid))))
		a := s.watch()
		a.hears("connected")
		time.Sleep(settled)
		s.sys.SetSysctl(nil, "kern.proc.args", pid) // there is one of that number again
		s.put(plain(runs(s.process(pid))))
		if !s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(4)}) {
			t.Error("nobody is told of the first")
		}
		s.sys.SetSysctl(nil, "kern.proc.args", pid)
		a.hears("stopped (crashed) remains, started (booted)")
		time.Sleep(settled)
		s.drop(plainOne)
		if !s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(1)}) {
			t.Error("nobody is told of the second")
		}
		a.hears("stopped (shutdown)")
	})
}
