package libvirt

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vmond/vmond/hv"
)

// files are the host's own files that tell what libvirt does not. Their root is "/"; tests have another.
type files struct{ root string }

// read returns the text of a file without the space around it, or false if it cannot be read.
func (f files) read(path ...string) (string, bool) {
	text, err := os.ReadFile(f.path(path...))
	return strings.TrimSpace(string(text)), err == nil
}

// path returns the path of a file below the root.
func (f files) path(path ...string) string {
	return filepath.Join(append([]string{f.root}, path...)...)
}

// A boot is when the host was booted, and what tells that boot from all others.
type boot struct {
	at   hv.Opt[time.Time]
	life string
}

// boot reads when the host was booted (proc(5): uptime, sys/kernel/random/boot_id). What cannot be read is absent.
func (f files) boot(now func() time.Time) boot {
	var b boot
	if up, ok := f.uptime(); ok {
		b.at = hv.Some(now().Add(-up))
	}
	b.life, _ = f.read("proc/sys/kernel/random/boot_id")
	return b
}

// uptime returns the time since the host was booted.
func (f files) uptime() (time.Duration, bool) {
	text, ok := f.read("proc/uptime")
	if !ok {
		return 0, false
	}
	first, _, _ := strings.Cut(text, " ")
	up, err := time.ParseDuration(first + "s")
	return up, err == nil && up >= 0
}

const (
	// tick is the unit in which Linux counts a process's start: there are 100 in a second (USER_HZ, proc(5)).
	tick = time.Second / 100
	// maxTicks are as many as a time.Duration holds: 292 years.
	maxTicks = int64(math.MaxInt64 / tick)
)

// startField is the position of a process's start in /proc/PID/stat, counted from 0 after the name in parentheses,
// which may hold anything.
const startField = 19

// started returns when the process began: as a distance from now, so that no step of the wall clock moves it. The clock is read
// beside the uptime: what is between the two would make the process older.
func (f files) started(pid int, now func() time.Time) hv.Opt[time.Time] {
	text, ok := f.read("proc", strconv.Itoa(pid), "stat")
	if !ok {
		return hv.Opt[time.Time]{}
	}
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= startField {
		return hv.Opt[time.Time]{}
	}
	n, err := strconv.ParseInt(fields[startField], 10, 64)
	up, ok := f.uptime()
	if err != nil || n < 0 || n > maxTicks || !ok {
		return hv.Opt[time.Time]{}
	}
	age := up - time.Duration(n)*tick
	return hv.Some(now().Add(-max(age, 0)))
}
