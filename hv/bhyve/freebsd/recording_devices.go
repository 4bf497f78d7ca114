package freebsd

import (
	"context"
	"io"
	"io/fs"
	"maps"
)

// Devices opens a stream of what Announce is given. It ends with ctx.
func (r *Recording) Devices(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.answers[ask(askDevices)]; a.err != nil {
		return nil, a.err
	}
	d := &recordedDevices{of: r, wake: make(chan struct{})}
	d.stop = context.AfterFunc(ctx, func() { d.end(ctx.Err()) })
	r.readers[d] = true
	return d, nil
}

// Announce gives a line to all streams of devices that are open, and says whether there is one.
func (r *Recording) Announce(line string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for d := range r.readers {
		d.lines = append(d.lines, line+"\n")
		d.signal()
	}
	return len(r.readers) > 0
}

// DropDevices ends all streams of devices, as devd does to those that read too slowly or when it is restarted.
func (r *Recording) DropDevices() {
	r.mu.Lock()
	readers := maps.Clone(r.readers)
	r.mu.Unlock()
	for d := range readers {
		d.end(io.EOF)
	}
}

// recordedDevices is a stream of devices of a Recording. What is in it is held by the recording's mu.
type recordedDevices struct {
	of    *Recording
	lines []string
	// err is why there are no more, or nil.
	err error
	// wake is closed when there is something new, and then replaced.
	wake chan struct{}
	stop func() bool
}

// Read returns one line, or as much of it as p holds.
func (d *recordedDevices) Read(p []byte) (int, error) {
	for {
		n, wake, err := d.take(p)
		if n > 0 || err != nil {
			return n, err
		}
		<-wake
	}
}

// take copies a line to p, or else returns what is closed when there is one.
func (d *recordedDevices) take(p []byte) (int, <-chan struct{}, error) {
	d.of.mu.Lock()
	defer d.of.mu.Unlock()
	if len(d.lines) == 0 {
		return 0, d.wake, d.err
	}
	n := copy(p, d.lines[0])
	d.lines = d.lines[1:]
	return n, nil, nil
}

// Close ends the stream. A second call does nothing.
func (d *recordedDevices) Close() error {
	d.stop()
	d.end(fs.ErrClosed)
	return nil
}

// end has the stream end with err once its lines are read.
func (d *recordedDevices) end(err error) {
	d.of.mu.Lock()
	defer d.of.mu.Unlock()
	if d.err != nil {
		return
	}
	d.err = err
	delete(d.of.readers, d)
	d.signal()
}

// signal wakes who reads. The caller holds mu.
func (d *recordedDevices) signal() {
	close(d.wake)
	d.wake = make(chan struct{})
}
