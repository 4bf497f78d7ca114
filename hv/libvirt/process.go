package libvirt

import (
	"strconv"
	"strings"
	"time"

	"github.com/vmond/vmond/hv"
)

// highestPriority is what ps(1) takes the kernel's priority from to show it under "pri" (procps-ng).
const highestPriority = 39

// A process is the one that runs a virtual machine, as it was found. When it has ended, another may have its PID: the
// two did not begin at the same time.
type process struct {
	pid   int
	start int64 // when it began, in ticks since the boot

	threads threads
}

// process returns the process of that PID, or nil if it cannot be read.
func (f files) process(pid int) *process {
	st, ok := f.stat(pid)
	if !ok {
		return nil
	}
	return &process{pid: pid, start: st.start}
}

// same reports whether both are one process.
func (p *process) same(other *process) bool {
	return p != nil && other != nil && p.pid == other.pid && p.start == other.start
}

// read reads what the kernel counts of the process, or returns nil if it has ended. What tells that is read last: so
// all that was read before is of this process.
func (p *process) read(f files) *hv.Process {
	memory := f.resident(p.pid)
	sum, counted := p.threads.count(f, p.pid)
	age := f.age(p.start)
	st, ok := f.stat(p.pid)
	if !ok || st.start != p.start {
		return nil
	}
	facts := &hv.Process{
		PID: p.pid, Age: age,
		Resident: memory, Virtual: hv.Some(st.virtual),
		UserTime: hv.Some(time.Duration(st.user) * tick), SystemTime: hv.Some(time.Duration(st.system) * tick),
		MajorFaults: hv.Some(uint64(st.major)), MinorFaults: hv.Some(uint64(st.minor)),
		Nice: hv.Some(st.nice), Priority: hv.Some(highestPriority - st.priority),
	}
	if counted {
		facts.VoluntarySwitches, facts.InvoluntarySwitches = hv.Some(sum.voluntary), hv.Some(sum.involuntary)
	}
	return facts
}

// resident reads the memory that a process has in RAM. Its status has the sum that ps(1) shows; what its stat has
// instead may lack up to some pages for each CPU and thread.
func (f files) resident(pid int) hv.Opt[int64] {
	text, _ := f.read("proc", strconv.Itoa(pid), "status")
	return parseStatus(text).resident
}

// A status is the part of /proc/PID/status or /proc/PID/task/TID/status that we read (proc(5)).
type status struct {
	resident               hv.Opt[int64] // octets
	voluntary, involuntary hv.Opt[uint64]
}

// parseStatus reads a status. What makes no sense is absent.
func parseStatus(text string) status {
	var s status
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "VmRSS":
			s.resident = sizeXML{"KiB", strings.TrimSuffix(value, "kB")}.bytes()
		case "voluntary_ctxt_switches":
			s.voluntary = decimal(value)
		case "nonvoluntary_ctxt_switches":
			s.involuntary = decimal(value)
		}
	}
	return s
}

// decimal reads a counter.
func decimal(text string) hv.Opt[uint64] {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return hv.Opt[uint64]{}
	}
	return hv.Some(n)
}
