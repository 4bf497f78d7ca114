package agentx

import (
	"net"
	"syscall"
	"time"
)

// A nowait reads from a connection, and writes to it, what can be read and written at once. It is quicker than the connection,
// which has deadlines to look after, and a goroutine to put to sleep. Of errors it says nothing: the connection will. It belongs
// to one goroutine.
type nowait struct {
	raw             syscall.RawConn // nil where there is no such way
	read, put, wait func(fd uintptr) bool
	buf             []byte
	n               int
	idle            bool // nothing was there to be read
	length          time.Duration
	sleepless       bool // there is no way to sleep
}

// newNowait returns the nowait of conn. Where conn has none, nothing can be read and written at once.
func newNowait(conn net.Conn) *nowait {
	w := &nowait{}
	w.read = func(fd uintptr) bool {
		w.n, w.idle = receiveNow(fd, w.buf)
		return true // nobody shall wait
	}
	w.put = func(fd uintptr) bool {
		w.n = sendNow(fd, w.buf)
		return true
	}
	w.wait = func(fd uintptr) bool {
		w.sleepless = !sleepNow(fd, w.length)
		return true
	}
	if c, ok := conn.(syscall.Conn); ok {
		w.raw, _ = c.SyscallConn()
	}
	return w
}

// receive reads into buf. It returns how much was there, and whether it may be asked again, since there was nothing yet.
func (w *nowait) receive(buf []byte) (n int, again bool) {
	if w.raw == nil || len(buf) == 0 {
		return 0, false
	}
	w.buf, w.n, w.idle = buf, 0, false
	w.raw.Read(w.read)
	w.buf = nil
	return w.n, w.idle
}

// send writes buf and returns how much of it was taken.
func (w *nowait) send(buf []byte) int {
	if w.raw == nil || len(buf) == 0 {
		return 0
	}
	w.buf, w.n = buf, 0
	w.raw.Write(w.put)
	w.buf = nil
	return w.n
}

// sleep returns when there is something to read, and at the latest after that time. It returns false where there is no way to
// sleep.
func (w *nowait) sleep(length time.Duration) bool {
	if w.raw == nil {
		return false
	}
	w.length, w.sleepless = length, false
	w.raw.Read(w.wait)
	return !w.sleepless
}
