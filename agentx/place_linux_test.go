//go:build !386 && !arm && !mips && !mipsle

package agentx

import (
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// members returns the CPUs of a set.
func members(set *cpuSet) []int {
	var all []int
	for cpu := range maxCPUs {
		if set[cpu/word]&(1<<(cpu%word)) != 0 {
			all = append(all, cpu)
		}
	}
	return all
}

// mine returns the CPUs of the calling thread.
func mine(t *testing.T) []int {
	t.Helper()
	var set cpuSet
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &set); err != nil {
		t.Fatal(err)
	}
	return members(&set)
}

// placeOf returns the place where the test itself is the master.
func placeOf(t *testing.T) *threadPlace {
	t.Helper()
	ours, _ := pair(t, "unix", t.TempDir()+"/s")
	p, err := openPlace(peerOf(ours))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}

// TestPlace proves that the thread stays where it shall, and that the goroutine stays on it, and that both are free afterwards.
func TestPlace(t *testing.T) {
	t.Parallel()
	p := placeOf(t)
	cpu, err := p.master()
	if err != nil {
		t.Fatal(err)
	}
	before := mine(t)
	if err := p.stay(cpu); err != nil {
		t.Fatal(err)
	}
	thread := syscall.Gettid()
	for range 100 {
		runtime.Gosched()
	}
	if got := syscall.Gettid(); got != thread {
		t.Errorf("the goroutine went from the thread %d to %d", thread, got)
	}
	if diff := cmp.Diff([]int{cpu}, mine(t)); diff != "" {
		t.Errorf("unexpected CPUs of the thread that stays (-want +got):\n%s", diff)
	}
	for _, other := range before {
		if err := p.stay(other); err != nil {
			t.Errorf("stay on %d: %v", other, err)
		}
		if diff := cmp.Diff([]int{other}, mine(t)); diff != "" {
			t.Errorf("unexpected CPUs of the thread that went on (-want +got):\n%s", diff)
		}
	}
	p.leave()
	p.leave()
	if diff := cmp.Diff(before, mine(t)); diff != "" {
		t.Errorf("unexpected CPUs of the thread that left (-want +got):\n%s", diff)
	}
}

// TestPlaceElsewhere proves that a thread that shall not run somewhere does not go there, and stays nowhere.
func TestPlaceElsewhere(t *testing.T) {
	t.Parallel()
	p := placeOf(t)
	before := mine(t)
	if err := p.stay(before[0]); err != nil {
		t.Fatal(err)
	}
	if err := p.stay(maxCPUs - 1); err == nil || !strings.Contains(err.Error(), "not for us") {
		t.Errorf("unexpected error of a CPU that there is not: %v", err)
	}
	if diff := cmp.Diff(before, mine(t)); diff != "" {
		t.Errorf("unexpected CPUs of the thread (-want +got):\n%s", diff)
	}
}

// TestPlaceRefused proves that a goroutine is free again whose thread the kernel lets go nowhere, as under a filter of system calls.
func TestPlaceRefused(t *testing.T) {
	t.Parallel()
	p := placeOf(t)
	before := mine(t)
	runtime.LockOSThread() // as stay does the first time, when it learns of CPUs
	p.stays = true
	p.before[(maxCPUs-1)/word] = 1 << ((maxCPUs - 1) % word) // which there is not
	if err := p.stay(maxCPUs - 1); err != syscall.EINVAL {
		t.Errorf("unexpected error: %v", err)
	}
	if diff := cmp.Diff(before, mine(t)); diff != "" {
		t.Errorf("unexpected CPUs of the thread (-want +got):\n%s", diff)
	}
	stack := make([]byte, 1024)
	if text := string(stack[:runtime.Stack(stack, false)]); strings.Contains(text, "locked to thread") {
		t.Errorf("the goroutine is not free:\n%s", text)
	}
}

// TestPlaceUnknown proves that only another process that can be known is followed.
func TestPlaceUnknown(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	overTCP, _ := pair(t, "tcp", "127.0.0.1:0")
	ourselves, _ := pair(t, "unix", t.TempDir()+"/s")
	for name, conn := range map[string]net.Conn{"a pipe": a, "tcp": overTCP, "ourselves": ourselves} {
		if p := newPlace(conn); p != nil {
			t.Errorf("%s: a place", name)
		}
	}
}

// TestPlaceMasterGone proves that a master that has ended is nowhere.
func TestPlaceMasterGone(t *testing.T) {
	t.Parallel()
	p := placeOf(t)
	p.close()
	if cpu, err := p.master(); err == nil || cpu != nowhere {
		t.Errorf("unexpected CPU %d, %v", cpu, err)
	}
}

func TestProcessorOf(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	between := strings.Repeat(" 1", processorField-1)
	tests := []struct {
		name, stat string
		want       int
		err        string
	}{
		{"there", "7 (snmpd) S" + between + " 12 0 0\n", 12, ""},
		{"the last", "7 (snmpd) S" + between + " 12", 12, ""},
		{"a bracket in the name", "7 (a) 1 (b) S" + between + " 3 0\n", 3, ""},
		{"too few", "7 (snmpd) S" + between, nowhere, "stat of a process is"},
		{"no number", "7 (snmpd) S" + between + " x 0\n", nowhere, `the CPU "x"`},
		{"negative", "7 (snmpd) S" + between + " -1 0\n", nowhere, `the CPU "-1"`},
		{"too large", "7 (snmpd) S" + between + " 8192 0\n", nowhere, `the CPU "8192"`},
		{"nothing", "", nowhere, "stat of a process is"},
	}
	for _, tt := range tests {
		got, err := processorOf([]byte(tt.stat))
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: unexpected CPU %d, %v, want %d, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
	if cpu, err := processorOf(own); err != nil || cpu < 0 {
		t.Errorf("unexpected CPU of the test: %d, %v", cpu, err)
	}
}

// TestProcessorOfAllocatesNothing is about what is done in the midst of a walk.
func TestProcessorOfAllocatesNothing(t *testing.T) {
	p := placeOf(t)
	if n := testing.AllocsPerRun(100, func() { p.master() }); n != 0 {
		t.Errorf("%v allocations a look", n)
	}
}

func FuzzProcessorOf(f *testing.F) {
	f.Add([]byte("7 (snmpd) S" + strings.Repeat(" 1", processorField-1) + " 12 0 0\n"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		cpu, err := processorOf(stat)
		if err == nil && (cpu < 0 || cpu >= maxCPUs) || err != nil && cpu != nowhere {
			t.Errorf("unexpected CPU %d, %v", cpu, err)
		}
	})
}
