package lab

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
)

// A Memory is how much memory a process has, in bytes.
type Memory struct {
	// Resident is what it has now, and Peak the most that it has had since it was started: the kernel notes that itself, so
	// that nothing is missed between two looks.
	Resident, Peak int64
	// Anonymous is what of Resident is its own. The rest are pages of files, such as the program, which the kernel takes back
	// when it needs them.
	Anonymous int64
}

// Memory returns what the process has now. It asks the kernel, and not the process.
func (p *Process) Memory(t testing.TB) Memory {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseMemory(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parseMemory reads the status file of a process (proc_pid_status(5)). One that has ended has none of the lines.
func parseMemory(status []byte) (Memory, error) {
	const kibi = 1 << 10
	var m Memory
	for name, field := range map[string]*int64{"VmRSS": &m.Resident, "VmHWM": &m.Peak, "RssAnon": &m.Anonymous} {
		_, rest, ok := bytes.Cut(append([]byte("\n"), status...), []byte("\n"+name+":"))
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		number, isKB := bytes.CutSuffix(line, []byte(" kB"))
		n, err := strconv.ParseUint(string(bytes.TrimSpace(number)), 10, 32)
		if !ok || !isKB || err != nil {
			return Memory{}, fmt.Errorf("the status of a process has %s %q", name, line)
		}
		*field = int64(n) * kibi
	}
	return m, nil
}
