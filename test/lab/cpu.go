package lab

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	// userTime and systemTime are the places of these fields in a stat file behind the name of the program, which ends
	// with the last bracket (proc(5)): they are the fields 14 and 15, and that after the name is the third.
	userTime   = 14 - 3
	systemTime = 15 - 3
	// clockTick is what they count in: USER_HZ is 100 on every Linux that Go runs on.
	clockTick = 10 * time.Millisecond
)

// CPU returns how long the process has used a CPU so far, counted in hundredths of a second.
func (p *Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	used, err := parseCPU(text)
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// parseCPU reads a stat file of a process (proc(5)).
func parseCPU(stat []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(stat, ')')
	fields := bytes.Fields(stat[end+1:])
	if end < 0 || len(fields) <= systemTime {
		return 0, fmt.Errorf("stat of a process is %q", stat)
	}
	var ticks int64
	for _, i := range []int{userTime, systemTime} {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("stat of a process is %q: %w", stat, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
