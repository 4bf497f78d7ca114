package sim

import (
	"time"

	"github.com/vmond/vmond/hv"
)

const (
	// firstPID is the number that the first process has, and pids how many there are: Linux counts up to 4,194,304.
	firstPID = 2000
	pids     = 1<<22 - firstPID

	pageSize = 4096
	// ownResident is what a process has in RAM for itself, ownVirtual what of its address space is not the guest's.
	ownResident = 48 * mebibyte
	ownVirtual  = 2 * gibibyte
	// systemShare is the part of the guest's CPU time that is spent in the kernel.
	systemShare = 8

	// Of so many page faults one copies a page, and for one of so many the disk is waited for.
	perCopy, perMajor = 40, 1000
	// Of so many context switches one is not voluntary.
	perInvoluntary = 30
	// defaultPriority is what ps(1) shows of a process with a nice value of 0, from which the latter is subtracted.
	defaultPriority = 19
)

// process returns what the host counts of the process of v, whose virtual CPUs were busy for so long altogether. What is
// counted follows from that and the seed.
func (w *world) process(v *vm, busy time.Duration) *hv.Process {
	d := w.configured(v)
	h := draw(w.seed, forProcess, v.id)
	memory := max(d.CurMem.Or(0), 0)
	touched := min(count(v.executed(w.now), 1+h%4096)*pageSize, uint64(memory))
	minor := count(busy, 1+h>>8%500)
	switches := count(busy, 1+h>>16%1000)
	nice := pick(h>>48, 0, 0, 0, 0, 5, -5)
	system := busy / systemShare
	return &hv.Process{
		PID:      firstPID + int(v.run%pids),
		Age:      hv.Some(w.now - v.began),
		Resident: hv.Some(ownResident + int64(touched)),
		Virtual:  hv.Some(ownVirtual + max(d.MaxMem.Or(0), memory)),
		// Both together are what the statistics tell.
		UserTime: hv.Some(busy - system), SystemTime: hv.Some(system + busy/overheadShare),
		MajorFaults: hv.Some(minor / perMajor), MinorFaults: hv.Some(minor), CopyFaults: hv.Some(minor / perCopy),
		VoluntarySwitches: hv.Some(switches), InvoluntarySwitches: hv.Some(switches / perInvoluntary),
		Swaps:      hv.Some[uint64](0),
		BlockReads: hv.Some(count(busy, 1+h>>24%50)), BlockWrites: hv.Some(count(busy, 1+h>>32%50)),
		Nice: hv.Some(nice), Priority: hv.Some(defaultPriority - nice),
	}
}
