//go:build !386 && !arm && !mips && !mipsle

package agentx

import (
	"syscall"
	"time"
	"unsafe"
)

// The calls are raw ones: the scheduler hears nothing of them, which costs more than calls that never wait. They are made where
// Linux has 64 bits: with 32 it has other calls and other times for some of that.

// receiveNow reads what is there (recv(2)). It returns no octets after an error and at the end of the stream, and idle if there
// is nothing yet.
func receiveNow(fd uintptr, buf []byte) (n int, idle bool) {
	got, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
		syscall.MSG_DONTWAIT, 0, 0)
	switch errno {
	case 0:
		return int(got), false
	case syscall.EAGAIN, syscall.EINTR:
		return 0, true
	}
	return 0, false
}

// sendNow writes what is taken at once (send(2)). It returns 0 after an error.
func sendNow(fd uintptr, buf []byte) int {
	put, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(put)
}

// A pollfd is what poll(2) is asked about one descriptor.
type pollfd struct {
	fd      int32
	events  int16
	revents int16
}

// pollIn asks whether there is something to read.
const pollIn = 1

// sleepNow returns when there is something to read, after that time, or upon a signal (ppoll(2)), such as the runtime's to one
// that keeps its processor when the memory is to be tidied up, or for more than 10 ms. It returns false if it could not sleep,
// as where a filter of system calls forbids it.
func sleepNow(fd uintptr, length time.Duration) bool {
	about := pollfd{fd: int32(fd), events: pollIn}
	timeout := syscall.NsecToTimespec(int64(length))
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&about)), 1, uintptr(unsafe.Pointer(&timeout)), 0, 0, 0)
	return errno == 0 || errno == syscall.EINTR
}
