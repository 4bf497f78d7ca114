package bhyve

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A madeUp is a FreeBSD host that a test makes up, and a Source that reads it.
type madeUp struct {
	*Source
	host *freebsd.Recording

	processes []freebsd.Process
}

// hostUp is how long the host has been up.
const hostUp = 50 * time.Hour

// makeUp returns a host of 8 CPUs on which nothing runs.
func makeUp(t *testing.T) *madeUp {
	t.Helper()
	h := freebsd.NewRecording()
	h.SetClock(freebsd.Clock{Now: noon(), Up: hostUp})
	h.SetSysctl([]byte("14.3-RELEASE-p2\x00"), releaseVariable)
	h.SetSysctl(binary.LittleEndian.AppendUint32(nil, 8), hostCPUsVariable)
	h.SetStat(bootMessages, freebsd.Stat{Modified: noon().Add(-hostUp)})
	m := &madeUp{Source: newSource(h, "bhyve:///", zap.NewNop()), host: h}
	m.populate()
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return m
}

// anHourAgo is when the processes were started.
func anHourAgo() time.Time { return noon().Add(-time.Hour) }

// start has a bhyve run with these arguments and threads of virtual CPUs that have used so much, and one that has used a second.
func (m *madeUp) start(pid int, args []string, used ...time.Duration) {
	p := freebsd.Process{PID: pid, Parent: initPID, Thread: pid + 100_000, Name: bhyveProgram, Start: anHourAgo()}
	m.processes = append(m.processes, p)
	m.title(pid, args...)
	m.use(pid, used...)
}

// watch has vm-bhyve's shell be there that starts bhyve again.
func (m *madeUp) watch(pid int, vm string) {
	m.processes = append(m.processes, freebsd.Process{PID: pid, Parent: initPID, Thread: pid + 100_000, Name: shProgram, Start: anHourAgo()})
	m.title(pid, "/bin/sh", "/usr/local/sbin/vm", "_run", vm)
	m.populate()
}

// title has a process show other arguments.
func (m *madeUp) title(pid int, args ...string) {
	m.host.SetSysctl(argsOctets(args...), argsVariable, pid)
}

// use has a process have used so much CPU time.
func (m *madeUp) use(pid int, used ...time.Duration) {
	at := slices.IndexFunc(m.processes, func(p freebsd.Process) bool { return p.PID == pid })
	p := &m.processes[at]
	p.Runtime = time.Second
	main := *p
	main.ThreadName = "mevent"
	threads := []freebsd.Process{main}
	for id, d := range used {
		t := *p
		t.Thread, t.ThreadName, t.Runtime = p.Thread+1+id, "vcpu "+strconv.Itoa(id), d
		threads = append(threads, t)
	}
	for _, d := range used {
		p.Runtime += d
	}
	m.host.SetSysctl(records(threads...), threadsVariable, pid)
	m.populate()
}

// end has a process end.
func (m *madeUp) end(pid int) {
	m.processes = slices.DeleteFunc(m.processes, func(p freebsd.Process) bool { return p.PID == pid })
	m.populate()
	m.vanish(pid)
}

// vanish has a process end that the list of all still has.
func (m *madeUp) vanish(pid int) {
	m.host.SetError(freebsd.ErrNoProcess, "sysctl", argsVariable, strconv.Itoa(pid))
	m.host.SetError(freebsd.ErrNoProcess, "sysctl", threadsVariable, strconv.Itoa(pid))
}

// populate sets the list of all processes.
func (m *madeUp) populate() { m.host.SetSysctl(records(m.processes...), processesVariable) }

// definitionOf reads the definition of one virtual machine.
func (m *madeUp) definitionOf(t *testing.T, key string) (hv.Definition, error) {
	t.Helper()
	return answerAbout(t, key, m.Definitions)
}

// statisticsOf reads the statistics of one virtual machine. When they were read is left out.
func (m *madeUp) statisticsOf(t *testing.T, key string) (hv.Statistics, error) {
	t.Helper()
	stats, err := answerAbout(t, key, m.Statistics)
	stats.At = time.Time{}
	return stats, err
}

// answerAbout asks about one virtual machine.
func answerAbout[T any](
	t *testing.T, key string, read func(context.Context, []string, func(string, T, error)) error,
) (value T, err error) {
	t.Helper()
	calls := 0
	failed := read(t.Context(), []string{key}, func(k string, v T, e error) {
		calls++
		value, err = v, e
		if k != key {
			t.Errorf("asked about %q, and told of %q", key, k)
		}
	})
	if failed != nil || calls != 1 {
		t.Fatalf("%d answers about %q, and %v", calls, key, failed)
	}
	return value, err
}

// argsOctets returns a command line as the kernel has it.
func argsOctets(args ...string) []byte {
	var b []byte
	for _, arg := range args {
		b = append(append(b, arg...), 0)
	}
	return b
}

// records returns records of kern.proc (struct kinfo_proc of sys/user.h).
func records(processes ...freebsd.Process) []byte {
	const size, sleeps = 1088, 3
	var all []byte
	for _, p := range processes {
		b := make([]byte, size)
		order := binary.LittleEndian
		order.PutUint32(b[0:], size)
		order.PutUint32(b[72:], uint32(p.PID))
		order.PutUint32(b[76:], uint32(p.Parent))
		order.PutUint64(b[328:], uint64(p.Runtime/time.Microsecond))
		order.PutUint64(b[336:], uint64(p.Start.Unix()))
		b[388] = byte(max(p.State, sleeps))
		copy(b[394:394+16], p.ThreadName)
		copy(b[447:447+19], p.Name)
		order.PutUint32(b[592:], uint32(p.Jail))
		order.PutUint32(b[600:], uint32(p.Thread))
		u := p.Usage
		order.PutUint32(b[324:], uint32(u.CopyFaults))
		b[389] = byte(int8(u.Nice))
		for at, n := range map[int]uint64{
			256: uint64(u.Size), 264: uint64(u.Resident), 608: uint64(u.User / time.Second), 624: uint64(u.System / time.Second),
			672: u.MinorFaults, 680: u.MajorFaults, 688: u.Swaps, 696: u.BlockReads, 704: u.BlockWrites,
			736: u.VoluntarySwitches, 744: u.InvoluntarySwitches,
		} {
			order.PutUint64(b[at:], n)
		}
		all = append(all, b...)
	}
	return all
}
