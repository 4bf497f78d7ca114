package freebsd

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kinfo returns the record of a process, as the kernel would write it.
func kinfo(p Process) []byte {
	b := make([]byte, kinfoSize)
	put := func(offset, n int) { binary.LittleEndian.PutUint32(b[offset:], uint32(int32(n))) }
	put(offStructSize, kinfoSize)
	put(offPID, p.PID)
	put(offParent, p.Parent)
	put(offJail, p.Jail)
	put(offThread, p.Thread)
	first, more := p.ThreadName, ""
	if len(first) > lenThreadName-1 {
		first, more = first[:lenThreadName-1], first[lenThreadName-1:]
	}
	copy(b[offThreadName:], first)
	copy(b[offMoreName:], more)
	copy(b[offName:], p.Name)
	b[offState] = byte(p.State)
	binary.LittleEndian.PutUint64(b[offRuntime:], uint64(p.Runtime/time.Microsecond))
	binary.LittleEndian.PutUint64(b[offStart:], uint64(p.Start.Unix()))
	binary.LittleEndian.PutUint64(b[offStart+timevalSize/2:], uint64(p.Start.Nanosecond()/int(time.Microsecond)))
	u := p.Usage
	put(offCopyFaults, int(u.CopyFaults))
	b[offNice] = byte(int8(u.Nice))
	long := func(offset int, n uint64) { binary.LittleEndian.PutUint64(b[offset:], n) }
	long(offSize, uint64(u.Size))
	long(offResident, uint64(u.Resident))
	for offset, d := range map[int]time.Duration{offUser: u.User, offSystem: u.System} {
		long(offset, uint64(d/time.Second))
		long(offset+timevalSize/2, uint64(d%time.Second/time.Microsecond))
	}
	for offset, n := range map[int]uint64{
		offMinorFaults: u.MinorFaults, offMajorFaults: u.MajorFaults, offSwaps: u.Swaps, offBlockReads: u.BlockReads,
		offBlockWrites: u.BlockWrites, offVoluntarySwitches: u.VoluntarySwitches, offInvoluntarySwitches: u.InvoluntarySwitches,
	} {
		long(offset, n)
	}
	return b
}

// with returns a record with a number of another value at the offset.
func with(b []byte, offset int, octets ...byte) []byte {
	copy(b[offset:], octets)
	return b
}

// ofBhyve returns a thread of web01's bhyve.
func ofBhyve(thread int, name string, runtime time.Duration) Process {
	return Process{
		PID: 4242, Parent: 4101, Thread: thread, ThreadName: name, Name: "bhyve", State: running,
		Start: time.Unix(1787216875, 0), Runtime: runtime, Usage: ofRuntime(4471685120, 540000, runtime),
	}
}

// ofRuntime returns what a process of the recorded kernel takes that used so much CPU time: most of it in the kernel.
func ofRuntime(size, resident int64, runtime time.Duration) Usage {
	return Usage{Size: size, Resident: resident, User: runtime / 10 * 3, System: runtime / 10 * 7}
}

// running is the state of a process that is neither stopped nor a zombie (SSLEEP).
const running ProcessState = 3

func TestDecodeProcesses(t *testing.T) {
	t.Parallel()
	var (
		initProcess = Process{
			PID: 1, Thread: 100002, ThreadName: "init", Name: "init", State: running,
			Start: time.Unix(1787216400, 0), Runtime: 90 * time.Millisecond,
			Usage: ofRuntime(11718656, 300, 90*time.Millisecond),
		}
		shell = Process{
			PID: 4101, Parent: 1, Thread: 100410, ThreadName: "sh", Name: "sh", State: running,
			Start: time.Unix(1787216873, 0), Runtime: 12 * time.Millisecond,
			Usage: ofRuntime(13893632, 700, 12*time.Millisecond),
		}
		stopped = ofBhyve(100512, "mevent", 6121*time.Second)
		threads = []Process{
			ofBhyve(100512, "mevent", 12500*time.Millisecond),
			ofBhyve(100613, "blk-4:0-0", 31*time.Second),
			ofBhyve(100614, "blk-4:0-1", 29500*time.Millisecond),
			ofBhyve(100615, "blk-5:0:0-0", 2*time.Second),
			ofBhyve(100616, "vtnet-6:0 tx", 45*time.Second),
			ofBhyve(100617, "rfb", time.Second),
			ofBhyve(100618, "vcpu 0", 3600*time.Second),
			ofBhyve(100619, "vcpu 1", 2400*time.Second),
		}
		jailed = Process{
			PID: math.MaxInt32, Parent: math.MaxInt32, Jail: 7, Thread: math.MaxInt32, ThreadName: "checkpoint thread a",
			Name: "nineteen-octets-lon", State: Zombie, Start: time.Unix(1787216875, 999999000),
			Runtime: math.MaxInt64 / time.Microsecond * time.Microsecond,
		}
	)
	stopped.State = Stopped
	tests := []struct {
		name string
		b    []byte
		want []Process
	}{
		{"nothing", nil, nil},
		{"each process", recorded(t, "native/kern.proc.proc.amd64.bin"), []Process{initProcess, shell, ofBhyve(100512, "mevent", 6121*time.Second)}},
		{"a stopped one", recorded(t, "native/kern.proc.proc.stopped.amd64.bin"), []Process{initProcess, shell, stopped}},
		{"each thread of a process", recorded(t, "native/kern.proc.pid_td.4242.amd64.bin"), threads},
		{"each thread", recorded(t, "native/kern.proc.all.amd64.bin"), append([]Process{initProcess, shell}, threads...)},
		{"the longest names and largest numbers, a zombie in a jail", kinfo(jailed), []Process{jailed}},
		{"a kernel process, before the clock was set", kinfo(Process{Start: time.Unix(-1, 0)}), []Process{{Start: time.Unix(-1, 0)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeProcesses(tt.b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected processes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDecodeProcessesIdle proves that a host whose idle process has used more than a Duration holds is read like any other.
func TestDecodeProcessesIdle(t *testing.T) {
	t.Parallel()
	idle := kinfo(Process{PID: 11, Name: "idle", Start: time.Unix(0, 0)})
	binary.LittleEndian.PutUint64(idle[offRuntime:], math.MaxInt64)
	got, err := DecodeProcesses(idle)
	if err != nil || len(got) != 1 || got[0].Runtime < math.MaxInt64-time.Microsecond {
		t.Errorf("unexpected processes %v, %v", got, err)
	}
}

// TestDecodeProcessesBounds proves that a name that fills its place does not run into what is next to it.
func TestDecodeProcessesBounds(t *testing.T) {
	t.Parallel()
	b := kinfo(Process{Start: time.Unix(0, 0)})
	for _, place := range []struct{ offset, size int }{{offThreadName, lenThreadName}, {offMoreName, lenMoreName}, {offName, lenName}} {
		copy(b[place.offset:], strings.Repeat("x", place.size))
	}
	got, err := DecodeProcesses(b)
	if err != nil {
		t.Fatal(err)
	}
	want := []Process{{
		ThreadName: strings.Repeat("x", lenThreadName+lenMoreName), Name: strings.Repeat("x", lenName), Start: time.Unix(0, 0),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected processes (-want +got):\n%s", diff)
	}
}

func TestDecodeProcessesRefuses(t *testing.T) {
	t.Parallel()
	one := func() []byte { return kinfo(Process{PID: 1, Start: time.Unix(0, 0)}) }
	minus := []byte{0xff, 0xff, 0xff, 0xff}
	tests := []struct {
		name string
		b    []byte
		want string
	}{
		{"no size", one()[:3], "record 0 of kern.proc: 3 octets, which are too few to tell its size"},
		{"a part", one()[:kinfoSize-1], "record 0 of kern.proc: 1087 octets, and not 1088"},
		{"a part after a whole", append(one(), one()[:500]...), "record 1 of kern.proc: 500 octets, and not 1088"},
		{"of 32 bits", with(one(), offStructSize, 0x00, 0x03), "record 0 of kern.proc: a size of 768 octets, and not 1088"},
		{"of another size later", append(one(), with(one(), offStructSize, 0x48)...), "record 1 of kern.proc: a size of 1096 octets, and not 1088"},
		{"of a negative size", with(one(), offStructSize, minus...), "record 0 of kern.proc: a size of -1 octets, and not 1088"},
		{"a negative process", with(one(), offPID, minus...), "record 0 of kern.proc: a process of number -1"},
		{"a negative parent", with(one(), offParent, minus...), "record 0 of kern.proc: a parent of number -1"},
		{"a negative jail", with(one(), offJail, minus...), "record 0 of kern.proc: a jail of number -1"},
		{"a negative thread", with(one(), offThread, minus...), "record 0 of kern.proc: a thread of number -1"},
		{"more CPU time than can be", with(one(), offRuntime+4, minus...), "record 0 of kern.proc: 18446744069414584320 microseconds of CPU time"},
		{"the year 36812", with(one(), offStart+4, 0xff), "record 0 of kern.proc: no time of day: 1095216660480 seconds and 0 microseconds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := DecodeProcesses(tt.b)
			if err == nil {
				t.Fatalf("no error, but %v", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
			if got != nil {
				t.Errorf("processes besides an error: %v", got)
			}
		})
	}
}

// FuzzProcesses decodes records with whatever is in them: what comes out is as many as there are, has no number that cannot be,
// and is what comes out again of a record of it.
func FuzzProcesses(f *testing.F) {
	f.Add(recorded(f, "native/kern.proc.proc.stopped.amd64.bin"))
	f.Add(recorded(f, "native/kern.proc.all.amd64.bin")[:3*kinfoSize+1])
	f.Add(kinfo(Process{PID: 1, Start: time.Unix(0, 0), Usage: busy()}))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := DecodeProcesses(b)
		if err != nil {
			if got != nil {
				t.Errorf("%d processes besides the error %v", len(got), err)
			}
			return
		}
		if len(b) != len(got)*kinfoSize {
			t.Errorf("%d processes of %d octets", len(got), len(b))
		}
		var again []byte
		for i, p := range got {
			if p.PID < 0 || p.Parent < 0 || p.Jail < 0 || p.Thread < 0 || p.Runtime < 0 ||
				p.Usage.Resident < 0 || p.Usage.User < 0 || p.Usage.System < 0 || (p.Usage.Size == 0) != (p.Usage == Usage{}) {
				t.Errorf("a negative number: %+v", p)
			}
			if len(p.ThreadName) > lenThreadName+lenMoreName || strings.Contains(p.ThreadName, "\x00") {
				t.Errorf("a thread %q", p.ThreadName)
			}
			// Only the kernel knows which part of a name goes into which of the two places, if the first is not full.
			got[i].ThreadName = ""
			again = append(again, kinfo(got[i])...)
		}
		back, err := DecodeProcesses(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, back); diff != "" {
			t.Errorf("unexpected processes (-want +got):\n%s", diff)
		}
	})
}
