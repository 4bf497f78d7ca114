//go:build linux

package guests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// A process is what ps and /proc tell of the QEMU of a virtual machine.
type process struct {
	// ps has the columns of psColumns.
	ps map[string]float64
	// user and system are the CPU times in seconds.
	user, system float64
	// threads has the switches of each thread by its number.
	threads map[string]switches
}

// The switches of a thread (proc(5): voluntary_ctxt_switches, nonvoluntary_ctxt_switches).
type switches struct{ voluntary, involuntary float64 }

// psColumns are the columns of ps(1) that the document has as well.
var psColumns = []string{"rss", "vsz", "pri", "nice", "etimes", "min_flt", "maj_flt", "pcpu", "pmem"}

// The fields of /proc/PID/stat after the name, from 0.
const statUser, statSystem = 14 - 3, 15 - 3

// look looks at the QEMU of a virtual machine.
func look(t *testing.T, g *lab.Guests, name string) process {
	t.Helper()
	pid := strconv.Itoa(g.QEMU(t, name))
	out, err := exec.Command("ps", "--no-headers", "-o", strings.Join(psColumns, ","), "-p", pid).Output()
	if err != nil {
		t.Fatalf("ps of %s: %v", name, err)
	}
	fields := strings.Fields(string(out))
	if len(fields) != len(psColumns) {
		t.Fatalf("ps of %s says %q", name, out)
	}
	p := process{ps: map[string]float64{}, threads: map[string]switches{}}
	for i, column := range psColumns {
		p.ps[column] = parse(t, fields[i])
	}
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields = strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	p.user, p.system = parse(t, fields[statUser])/clockTicks, parse(t, fields[statSystem])/clockTicks
	tasks, err := os.ReadDir(filepath.Join("/proc", pid, "task"))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		status, err := os.ReadFile(filepath.Join("/proc", pid, "task", task.Name(), "status"))
		if err != nil {
			continue // it has ended
		}
		lines := colons(string(status))
		p.threads[task.Name()] = switches{
			parse(t, lines["voluntary_ctxt_switches"]), parse(t, lines["nonvoluntary_ctxt_switches"]),
		}
	}
	return p
}

// switched returns the switches of all threads that there are.
func (p process) switched() switches {
	var all switches
	for _, s := range p.threads {
		all.voluntary += s.voluntary
		all.involuntary += s.involuntary
	}
	return all
}

// lost reports whether a thread of before is gone in after: vmond goes on counting what it had.
func lost(before, after process) bool {
	for id := range before.threads {
		if _, there := after.threads[id]; !there {
			return true
		}
	}
	return false
}

func parse(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
