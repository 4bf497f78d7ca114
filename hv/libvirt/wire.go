package libvirt

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// openGrace is how long a stream that ends while the connection is being opened waits for the end of the opening.
const openGrace = 50 * time.Millisecond

// errGivenUp is why a wire ended that we closed without saying more.
var errGivenUp = errors.New("closed")

// A wire is a stream that knows when, and why, it ended. Closing it is the only way to end a request in go-libvirt.
type wire struct {
	stream
	frames *frames

	once   sync.Once
	reason error         // set before ended is closed
	ended  chan struct{} // closed when the stream is of no more use
	opened chan struct{} // closed when go-libvirt has finished opening, well or not
}

// newWire returns a wire whose events go to t; without one they are dropped.
func newWire(s stream, t tap) *wire {
	return &wire{stream: s, frames: newFrames(s, t), ended: make(chan struct{}), opened: make(chan struct{})}
}

// Read reads for go-libvirt's one reader. Whatever ended the stream, that reader is told its end: it would go on for
// ever after an error that calls itself temporary.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.frames.Read(p)
	if err == nil {
		return n, nil
	}
	w.end(err)
	// go-libvirt writes a field once it is open that it reads once it is closed, without a lock (its issue 167). The
	// two must not meet. The wait is bounded because an opening that fails waits for us in turn.
	grace := time.NewTimer(openGrace)
	defer grace.Stop()
	select {
	case <-w.opened:
	case <-grace.C:
	}
	return 0, io.EOF
}

// Write writes for go-libvirt. A stream that cannot be written to has ended, though the reader may not know it yet.
func (w *wire) Write(p []byte) (int, error) {
	n, err := w.stream.Write(p)
	if err != nil {
		w.end(err)
	}
	return n, err
}

// Close ends the stream at once, without a word to the other side, which might not listen. A second call does nothing.
func (w *wire) Close() error {
	w.end(errGivenUp)
	return nil
}

// end closes the stream for that reason. Only the first reason counts.
func (w *wire) end(reason error) {
	w.once.Do(func() {
		w.reason = reason
		w.cut() // there is nothing to be done about an error
		close(w.ended)
	})
}

// over reports whether the stream has ended, and why.
func (w *wire) over() (bool, error) {
	select {
	case <-w.ended:
		return true, w.reason
	default:
		return false, nil
	}
}

// Dial hands the wire to go-libvirt, which asks for it once.
func (w *wire) Dial() (net.Conn, error) { return w, nil }
