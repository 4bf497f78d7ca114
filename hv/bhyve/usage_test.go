package bhyve

import (
	"encoding/binary"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// taken is what a process takes, each number another.
func taken() freebsd.Usage {
	return freebsd.Usage{
		Size: 4 << 30, Resident: 1000, User: 10 * time.Second, System: 20 * time.Second, MinorFaults: 1, MajorFaults: 2, CopyFaults: 3,
		Swaps: 4, BlockReads: 5, BlockWrites: 6, VoluntarySwitches: 7, InvoluntarySwitches: 8, Nice: -9,
	}
}

// wantProcess is the process 4242 as it is to be told, an hour after its start, on a host of pages of that size.
func wantProcess(pageSize int64) *hv.Process {
	return &hv.Process{
		PID: 4242, Age: hv.Some(time.Hour), Resident: hv.Some(1000 * pageSize), Virtual: hv.Some[int64](4 << 30),
		UserTime: hv.Some(10 * time.Second), SystemTime: hv.Some(20 * time.Second),
		MinorFaults: hv.Some[uint64](1), MajorFaults: hv.Some[uint64](2), CopyFaults: hv.Some[uint64](3),
		Swaps: hv.Some[uint64](4), BlockReads: hv.Some[uint64](5), BlockWrites: hv.Some[uint64](6),
		VoluntarySwitches: hv.Some[uint64](7), InvoluntarySwitches: hv.Some[uint64](8), Nice: hv.Some(-9),
	}
}

// TestStatisticsProcess proves what is told of the process: what the kernel counts of all of it, and not of one of its threads, and what
// cannot be told is absent.
func TestStatisticsProcess(t *testing.T) {
	t.Parallel()
	without := func(leave func(*hv.Process)) *hv.Process {
		p := wantProcess(4096)
		leave(p)
		return p
	}
	pages := func(size uint32) func(*madeUp) {
		return func(m *madeUp) { m.host.SetSysctl(binary.LittleEndian.AppendUint32(nil, size), pageSizeVariable) }
	}
	noAge := func(p *hv.Process) { p.Age = hv.Opt[time.Duration]{} }
	noResident := func(p *hv.Process) { p.Resident = hv.Opt[int64]{} }
	tests := []struct {
		name string
		do   func(*madeUp)
		want *hv.Process
	}{
		{"all", func(*madeUp) {}, wantProcess(4096)},
		{"pages of 16 KiB", pages(16384), wantProcess(16384)},
		{"pages that are none", pages(1 << 20), without(noResident)},
		{"an unknown size of pages", func(m *madeUp) { m.host.SetError(fs.ErrPermission, "sysctl", pageSizeVariable) }, without(noResident)},
		{"an odd size of pages", func(m *madeUp) { m.host.SetSysctl([]byte{1}, pageSizeVariable) }, without(noResident)},
		{"an unknown boot", func(m *madeUp) { m.host.SetError(fs.ErrPermission, "sysctl", bootVariable) }, without(noAge)},
		{"a record that does not tell", func(m *madeUp) {
			m.processes[0].Usage.Size = 0
			m.populate()
		}, &hv.Process{PID: 4242, Age: hv.Some(time.Hour)}},
		{"one that has ended", func(m *madeUp) { m.end(4242) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			pages(4096)(m)
			m.host.SetSysctl(timeval(noon().Add(-hostUp)), bootVariable)
			m.start(4242, []string{"bhyve: guest"}, 9*time.Second)
			m.processes[0].Usage = taken() // of its threads the kernel tells another
			m.populate()
			if _, err := m.statisticsOf(t, plainVM); err != nil {
				t.Fatal(err)
			}
			tt.do(m)
			got, err := m.statisticsOf(t, plainVM)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Process); diff != "" {
				t.Errorf("unexpected process (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUsageClock proves that without a clock there is no age.
func TestUsageClock(t *testing.T) {
	t.Parallel()
	h := freebsd.NewRecording()
	h.SetError(fs.ErrPermission, "clock")
	e := &environment{pageSize: func() int64 { return 0 }, uptime: func() hv.Opt[time.Duration] { return readUptime(h) }}
	if diff := cmp.Diff(&hv.Process{PID: 1}, e.usage(&freebsd.Process{PID: 1})); diff != "" {
		t.Errorf("unexpected process (-want +got):\n%s", diff)
	}
}

// TestHostMemory proves that the host's memory is what the kernel has, and absent where it does not tell.
func TestHostMemory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		octets []byte
		want   hv.Opt[int64]
	}{
		{"64 GiB", binary.LittleEndian.AppendUint64(nil, 68630966272), hv.Some[int64](68630966272)},
		{"none", make([]byte, 8), hv.Opt[int64]{}},
		{"more than can be", binary.LittleEndian.AppendUint64(nil, 1<<63), hv.Opt[int64]{}},
		{"a number of 32 bits", make([]byte, 4), hv.Opt[int64]{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.host.SetSysctl(tt.octets, memoryVariable)
			h, err := m.Host(t.Context())
			if err != nil || h.Memory != tt.want {
				t.Errorf("memory %v, %v; want %v", h.Memory, err, tt.want)
			}
		})
	}
}
