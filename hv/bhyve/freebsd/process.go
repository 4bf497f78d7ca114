package freebsd

import "time"

// A ProcessState is what a process is doing (ki_stat, sys/proc.h).
type ProcessState uint8

// The states that matter here: a process that a signal stopped, and one that ended and was not waited for.
const (
	Stopped ProcessState = 4 // SSTOP
	Zombie  ProcessState = 5 // SZOMB
)

// A Process is one record of kern.proc: a process, or one of its threads.
type Process struct {
	PID, Parent int
	// Jail is 0 outside of jails.
	Jail int
	// Thread is the number of the thread, or of any if the record is of a process, and ThreadName its whole name, such as
	// "vcpu 0".
	Thread     int
	ThreadName string
	// Name is the name of the program without its path, cut at 19 octets (ki_comm).
	Name  string
	State ProcessState
	// Start is the time of day at which it was started. The kernel works it out anew each time, from when it was booted, so that it
	// moves whenever somebody sets the clock.
	Start time.Time
	// Born is how long after the host's boot it was started, which does not move. A record does not have it: it is for whoever knows
	// when the host was booted.
	Born time.Duration
	// Runtime is the CPU time that it used: the process, or this thread.
	Runtime time.Duration
	Usage   Usage
}
