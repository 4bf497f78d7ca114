package agentx

import (
	"syscall"
	"unsafe"
)

// The calls are raw ones: the scheduler hears nothing of them, which costs more than calls that never wait.

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
