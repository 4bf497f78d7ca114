package bhyve

import (
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// set has somebody set the clock by the step: the kernel tells another time of its boot, and of the start of each process.
func (m *machine) set(step time.Duration) {
	for pid, p := range m.processes {
		p.Start = p.Start.Add(step)
		m.processes[pid] = p
	}
	m.publish()
	boot := m.processes[initPID].Start.Add(-initPID * time.Second) // which runs has it started after
	m.SetSysctl(timeval(boot), bootVariable)
	clock, err := m.Clock()
	if err != nil {
		panic(err)
	}
	m.SetClock(freebsd.Clock{Now: clock.Now.Add(step), Up: clock.Up})
}

// sets has the clock be set by these steps, each when the processes are read next.
func (m *machine) sets(steps ...time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps = steps
}

// step sets the clock if it is time to.
func (m *machine) step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.steps) > 0 {
		m.set(m.steps[0])
		m.steps = m.steps[1:]
	}
}

// TestGatherClockSet proves that who runs keeps its key when somebody sets the clock, even if nobody but our memory tells whose it is.
func TestGatherClockSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		step time.Duration
		// knows says that the kernel tells when it was booted.
		knows bool
		web   string
	}{
		{"forward", 3 * time.Hour, true, "vm-bhyve:default/web"},
		{"back", -3 * time.Hour, true, "vm-bhyve:default/web"},
		{"a little", 50 * time.Millisecond, true, "vm-bhyve:default/web"},
		{"not at all", 0, false, "vm-bhyve:default/web"},
		{"forward, and when it was booted cannot be told", 3 * time.Hour, false, "bhyve:web"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := full()
				m.set(0)
				m.ends(100) // without its ancestors and its definition
				if !tt.knows {
					m.SetError(fs.ErrNotExist, "sysctl", bootVariable)
				}
				s, _ := scouting(t, m)
				gathered(t, s)
				m.SetFile("/etc/rc.conf", nil, freebsd.Stat{})
				gathered(t, s)
				time.Sleep(settlingTime)
				gathered(t, s)
				m.set(tt.step)
				if !tt.knows {
					m.SetError(fs.ErrNotExist, "sysctl", bootVariable)
				}
				var got string
				for _, g := range gathered(t, s) {
					if g.Process == 101 {
						got = g.Key
					}
				}
				if got != tt.web {
					t.Errorf("unexpected key %q, want %q", got, tt.web)
				}
			})
		})
	}
}

// TestReadProcessesClockSet proves that when a process was born is not worked out from two clocks.
func TestReadProcessesClockSet(t *testing.T) {
	t.Parallel()
	m := full()
	m.set(0)
	born := func(steps ...time.Duration) map[int]time.Duration {
		m.sets(steps...)
		processes, err := readProcesses(m, processesVariable)
		if err != nil {
			t.Fatal(err)
		}
		all := map[int]time.Duration{}
		for _, p := range processes {
			all[p.PID] = p.Born
		}
		return all
	}
	want := born()
	if want[401] != 401*time.Second {
		t.Errorf("process 401 was born after %v", want[401])
	}
	if diff := cmp.Diff(want, born(time.Hour, 2*time.Hour)); diff != "" {
		t.Errorf("unexpected births (-want +got):\n%s", diff)
	}
}
