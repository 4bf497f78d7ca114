package libvirt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	lv "github.com/digitalocean/go-libvirt"
)

// inFlight is how many requests a connection has under way at most. The daemon stops reading from one that has 5
// (max_client_requests of libvirtd.conf), and with them our heartbeat.
const inFlight = 4

// A conn is one connection to a daemon, from its opening to its end. It is never opened again: go-libvirt's objects do
// not survive that.
type conn struct {
	lv   *lv.Libvirt
	wire *wire
	near near

	slots chan struct{} // holds one element for each request under way

	mu    sync.Mutex
	lacks map[string]bool // the requests that the driver does not have
	cpus  int             // the number of the host's CPUs, or 0 before it was asked
}

// open connects to the daemon and opens the URI there. Both end soon after ctx is done. The events of the connection go
// to events, or nowhere if that is nil.
func open(ctx context.Context, t target, events tap) (*conn, error) {
	s, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	w := newWire(s, events)
	c := &conn{
		lv: lv.NewWithDialer(w), wire: w, near: nearOf(s),
		slots: make(chan struct{}, inFlight), lacks: map[string]bool{},
	}
	stop := context.AfterFunc(ctx, func() { w.end(missed(ctx)) })
	err = guard(func() error { return c.lv.ConnectToURI(lv.ConnectURI(t.open)) })
	close(w.opened)
	if !stop() {
		return nil, fmt.Errorf("opening %q: %w", t.open, missed(ctx))
	}
	if err == nil {
		return c, nil
	}
	if over, reason := w.over(); over && !errors.Is(reason, errGivenUp) {
		err = fmt.Errorf("the daemon hung up: %w", reason)
	}
	w.Close()
	return nil, fmt.Errorf("opening %q: %w", t.open, err)
}

// do makes one request, which f sends. Its error is errMissed if ctx or the bound ended it; then the connection is
// closed, because there is no other way to end a request. The bound is of the request alone: the wait for its turn ends
// when those before it have reached theirs.
func (c *conn) do(ctx context.Context, what string, bound time.Duration, f func(l *lv.Libvirt) error) error {
	if c.lacking(what) {
		return fmt.Errorf("%s: %w", what, errUnsupported)
	}
	if err := c.take(ctx, what); err != nil {
		return err
	}
	defer func() { <-c.slots }()
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { c.wire.end(fmt.Errorf("%s: %w", what, missed(ctx))) })
	err := guard(func() error { return f(c.lv) })
	if !stop() {
		return fmt.Errorf("%s: %w", what, missed(ctx))
	}
	if errors.Is(err, lv.ErrInterrupted) || errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("%s: %w", what, errLost)
	}
	if over, _ := c.wire.over(); over && err != nil {
		return fmt.Errorf("%s: %w", what, errLost)
	}
	err = translate(what, err)
	if errors.Is(err, errUnsupported) {
		c.lack(what)
	}
	return err
}

// take waits for a free slot. The deadline of ctx closes nothing here: nothing of ours is under way.
func (c *conn) take(ctx context.Context, what string) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-c.wire.ended:
		return fmt.Errorf("%s: %w", what, errLost)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, missed(ctx))
	}
}

// missed says whether a context that is done ran out of time, or was called off.
func missed(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return errMissed
}

// lacking reports whether the driver was found not to have the request.
func (c *conn) lacking(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lacks[what]
}

// lack remembers that the driver does not have the request, so that it is not made again on this connection.
func (c *conn) lack(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lacks[what] = true
}

// hostCPUs returns the number of the host's CPUs as it was told on this connection, or 0.
func (c *conn) hostCPUs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cpus
}

// setHostCPUs remembers it.
func (c *conn) setHostCPUs(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cpus = n
}

// guard runs f and turns a panic, which go-libvirt's decoder may raise at an answer that makes no sense, into an error.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("answer that makes no sense: %v", r)
		}
	}()
	return f()
}
