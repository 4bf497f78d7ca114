package freebsd

// A WaitStatus is how a process ended, as wait(2) has it.
type WaitStatus uint32

// The parts of a WaitStatus (sys/wait.h).
const (
	signalMask = 0x7f
	exitShift  = 8
	exitMask   = 0xff
)

// Exited returns the status of a process that ended by itself with the code, from 0 to 255.
func Exited(code int) WaitStatus { return WaitStatus(code&exitMask) << exitShift }

// Killed returns the status of a process that the signal ended.
func Killed(signal int) WaitStatus { return WaitStatus(signal & signalMask) }

// Signal returns the signal that ended the process, or 0 if none did.
func (s WaitStatus) Signal() int { return int(s & signalMask) }

// Code returns what the process ended with by itself. It is 0 if a signal ended it.
func (s WaitStatus) Code() int {
	if s.Signal() != 0 {
		return 0
	}
	return int(s>>exitShift) & exitMask
}
