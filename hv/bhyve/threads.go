package bhyve

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// threadsVariable has a record for each thread of a process (kern_proc.c).
const threadsVariable = "kern.proc.pid_td"

// errReplaced is the error of a process that is not the one that was seen.
var errReplaced = errors.New("the process is another one by now")

// readThreads reads the threads of a process that a look saw. Its error is [freebsd.ErrNoProcess] if it has ended.
func readThreads(sys freebsd.Kernel, p freebsd.Process) ([]freebsd.Process, error) {
	threads, err := readProcesses(sys, threadsVariable, p.PID)
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", p.PID, err)
	}
	for _, t := range threads {
		if incarnationOf(t) != incarnationOf(p) {
			return nil, errReplaced
		}
	}
	return threads, nil
}

// vcpus returns the threads of virtual CPUs by their number, which bhyve puts in their names.
func vcpus(threads []freebsd.Process) map[int]freebsd.Process {
	byID := map[int]freebsd.Process{}
	for _, t := range threads {
		digits, ok := strings.CutPrefix(t.ThreadName, "vcpu ")
		id, err := strconv.ParseUint(digits, 10, 16)
		if ok && err == nil {
			byID[int(id)] = t
		}
	}
	return byID
}

// consumed returns the CPU time that a process used. The kernel's sum for the process was read before the threads, so that their
// own sum may be ahead of it; but theirs has none of the threads that have ended.
func consumed(p freebsd.Process, threads []freebsd.Process) spent {
	s := spent{cpus: map[int]time.Duration{}}
	for _, t := range threads {
		s.total += t.Runtime
	}
	s.total = max(s.total, p.Runtime)
	for id, t := range vcpus(threads) {
		s.cpus[id] = t.Runtime
	}
	return s
}

// cpuStats returns the counters of the virtual CPUs that have, or had, a thread.
func cpuStats(used spent) []hv.CPUStats {
	var stats []hv.CPUStats
	for _, id := range slices.Sorted(maps.Keys(used.cpus)) {
		stats = append(stats, hv.CPUStats{ID: id, Time: hv.Some(used.cpus[id])})
	}
	return stats
}
