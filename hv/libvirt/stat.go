package libvirt

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// tick is the unit in which Linux counts a process's start and times: there are 100 in a second (USER_HZ, proc(5)).
	tick = time.Second / 100
	// maxTicks are as many as a time.Duration holds: 292 years.
	maxTicks = int64(math.MaxInt64 / tick)
)

// The positions in /proc/PID/stat, counted from 0 after the name in parentheses, which may hold anything.
const (
	fieldMinorFaults = 7
	fieldMajorFaults = 9
	fieldUserTime    = 11
	fieldSystemTime  = 12
	fieldPriority    = 15
	fieldNice        = 16
	fieldStart       = 19
	fieldVirtual     = 20
)

// A stat is the part of /proc/PID/stat that we read: it is of the process with all its threads (proc(5)).
type stat struct {
	minor, major   int64 // page faults
	user, system   int64 // CPU time, in ticks
	priority, nice int   // of the first thread
	start          int64 // when it began, in ticks since the boot
	virtual        int64 // the size of the address space in octets
}

// stat reads what the kernel says of a process.
func (f files) stat(pid int) (stat, bool) {
	text, ok := f.read("proc", strconv.Itoa(pid), "stat")
	if !ok {
		return stat{}, false
	}
	return parseStat(text)
}

// parseStat reads a stat whole, or not at all.
func parseStat(text string) (stat, bool) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= fieldVirtual {
		return stat{}, false
	}
	valid := true
	count := func(field int, most int64) int64 {
		n, err := strconv.ParseInt(fields[field], 10, 64)
		valid = valid && err == nil && n >= 0 && n <= most
		return n
	}
	level := func(field int) int {
		n, err := strconv.ParseInt(fields[field], 10, 16)
		valid = valid && err == nil
		return int(n)
	}
	st := stat{
		minor: count(fieldMinorFaults, math.MaxInt64), major: count(fieldMajorFaults, math.MaxInt64),
		user: count(fieldUserTime, maxTicks), system: count(fieldSystemTime, maxTicks),
		priority: level(fieldPriority), nice: level(fieldNice),
		start: count(fieldStart, maxTicks), virtual: count(fieldVirtual, math.MaxInt64),
	}
	return st, valid
}
