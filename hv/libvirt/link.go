package libvirt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lv "github.com/digitalocean/go-libvirt"
)

// retries is how often a request is made anew because the connection ended under it: mostly because a neighbour's
// request was given up.
const retries = 3

// A link is a connection for one purpose that is opened when it is first needed, and again after it was lost.
type link struct {
	*opener
	purpose string

	turn chan struct{} // holds an element while somebody opens

	mu     sync.Mutex
	conn   *conn
	era    int // in which conn was opened
	closed bool
}

func newLink(purpose string, o *opener) *link {
	return &link{opener: o, purpose: purpose, turn: make(chan struct{}, 1)}
}

// do makes one request and returns its error. Requests that fail because of somebody else are made again.
func (k *link) do(ctx context.Context, what string, bound time.Duration, f func(c *conn, l *lv.Libvirt) error) error {
	for attempt := 0; ; attempt++ {
		c, err := k.get(ctx)
		if err != nil {
			return err
		}
		err = c.do(ctx, what, bound, func(l *lv.Libvirt) error { return f(c, l) })
		if !errors.Is(err, errLost) || attempt >= retries {
			return err
		}
	}
}

// get returns the connection, and opens it if there is none, unless the daemon is to be left alone for now.
func (k *link) get(ctx context.Context) (*conn, error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w to %q: %w", errUnreachable, k.target.text, missed(ctx))
	}
	if c, err := k.current(); c != nil || err != nil {
		return c, err
	}
	c, err := k.open(ctx, k.purpose, nil)
	if err != nil {
		return nil, fmt.Errorf("%w to %q: %w", errUnreachable, k.target.text, err)
	}
	return k.put(c)
}

// current returns the connection if there is one that has not ended.
func (k *link) current() (*conn, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, ErrClosed
	}
	if k.conn == nil {
		return nil, nil
	}
	over, reason := k.conn.wire.over()
	if !over {
		return k.conn, nil
	}
	k.conn = nil
	if !errors.Is(reason, context.Canceled) {
		k.journal.lost(k.purpose, k.era, reason)
	}
	return nil, nil
}

// put makes c the connection, unless the link was closed meanwhile.
func (k *link) put(c *conn) (*conn, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		c.wire.Close()
		return nil, ErrClosed
	}
	k.conn = c
	k.era = k.journal.connected(k.purpose)
	return c, nil
}

// close closes the connection for good.
func (k *link) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.conn != nil {
		k.conn.wire.Close()
	}
}
