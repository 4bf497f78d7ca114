//go:build linux

package faults

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// few are enough virtual machines where only the master is at fault.
const few = 5

// TestMasterEnds proves that all is served again, as it was, within 2 s of the return of an snmpd that was ended or killed:
// one that comes back at once, and one that was away for a while.
func TestMasterEnds(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pause := range []time.Duration{0, away} {
			t.Run(fmt.Sprintf("%v for %v", sig, pause), func(t *testing.T) {
				t.Parallel()
				s := lab.StartSnmpd(t)
				v, before := startServed(t, s, few)
				left := time.Now()
				s.Signal(sig)
				<-s.Done()
				if pause > 0 {
					checkAlone(t, v, few, left)
				}
				s.Again(t)
				t.Logf("served again after %v", awaitServed(t, hastyClient(t, s)))
				checkAsBefore(t, s, before)
				h := v.Health(t)
				if m := h.Master; !m.Registered || !m.Since.After(left.Round(0)) || m.Error != "" {
					t.Errorf("health says of the master that is back %+v", m)
				}
			})
		}
	}
}

const (
	// stopped is how long an snmpd hangs.
	stopped = 10 * time.Second
	// reading is how old what is served may be: vmond reads each second, and the machine may be busy.
	reading = 3 * time.Second
)

// TestMasterHangs proves that an snmpd that stops for 10 s is served at once when it goes on, in the session that it had:
// what it answers then is of now, and what grows has grown by the time that it stood still.
func TestMasterHangs(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	v, before := startServed(t, s, few)
	since := v.Health(t).Master.Since
	upTime := hvUpTime(t, s)

	s.Signal(syscall.SIGSTOP)
	began := time.Now()
	used := v.CPU(t)
	<-time.After(stopped)
	used = v.CPU(t) - used
	if err := shows(t, v, few); err != nil {
		t.Error(err)
	}
	lasted := time.Since(began)
	s.Signal(syscall.SIGCONT)

	t.Logf("served again after %v, vmond used a CPU for %v", awaitServed(t, hastyClient(t, s)), used)
	if used > stopped/idle {
		t.Errorf("vmond used a CPU for %v of %v with a master that hangs, want at most %v", used, stopped, stopped/idle)
	}
	if grew := hvUpTime(t, s) - upTime; grew < lasted-reading {
		t.Errorf("vmHvUpTime grew by %v in %v", grew, lasted)
	}
	checkAsBefore(t, s, before)
	if m := v.Health(t).Master; !m.Registered || !m.Since.Equal(since) {
		t.Errorf("the session since %v was not kept: %+v", since, m)
	}
}

// hvUpTime returns how long the hypervisor runs, as it is served.
func hvUpTime(t *testing.T, s *lab.Snmpd) time.Duration {
	t.Helper()
	v := s.Get(t, served.HvUpTime)[0].Value
	if v.Type() != mib.TypeTimeTicks {
		t.Fatalf("vmHvUpTime is %v", v)
	}
	return time.Duration(v.Uint()) * 10 * time.Millisecond
}
