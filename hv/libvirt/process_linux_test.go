package libvirt

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestProcessAsPS compares a process that is at rest with what ps(1) says of it.
func TestProcessAsPS(t *testing.T) {
	t.Parallel()
	need(t, "ps")
	cmd := exec.Command("nice", "-n", "3", "sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatalf("failed to start: %v", err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	here := files{"/"}
	var diff string
	eventually(t, "it is at rest, and both say the same", func() bool {
		p := here.process(cmd.Process.Pid)
		if p == nil {
			return false
		}
		got := p.read(here)
		if got == nil || got.VoluntarySwitches.Or(0) == 0 {
			return false
		}
		var age, rss, vsz, minor, major int64
		var priority, nice int
		out, err := exec.Command("ps", "-o", "etimes=,rss=,vsz=,min_flt=,maj_flt=,pri=,nice=", "-p", strconv.Itoa(p.pid)).Output()
		if err != nil {
			t.Fatalf("failed to run ps: %v", err)
		}
		if _, err := fmt.Sscan(string(out), &age, &rss, &vsz, &minor, &major, &priority, &nice); err != nil {
			t.Fatalf("failed to read %q: %v", out, err)
		}
		type facts struct {
			Age, RSS, VSZ, Minor, Major int64
			Priority, Nice              int
		}
		diff = cmp.Diff(facts{age, rss, vsz, minor, major, priority, nice}, facts{
			int64(got.Age.Or(0) / time.Second), got.Resident.Or(0) >> 10, got.Virtual.Or(0) >> 10, int64(got.MinorFaults.Or(0)),
			int64(got.MajorFaults.Or(0)), got.Priority.Or(0), got.Nice.Or(0),
		})
		return diff == "" && nice != 0
	})
}

// BenchmarkProcess reads a process with the threads of this one.
func BenchmarkProcess(b *testing.B) {
	here := files{"/"}
	p := here.process(os.Getpid())
	for b.Loop() {
		if p.read(here) == nil {
			b.Fatal("the process cannot be read")
		}
	}
	tids, _ := here.names("proc", strconv.Itoa(p.pid), "task")
	b.ReportMetric(float64(len(tids)), "threads")
}
