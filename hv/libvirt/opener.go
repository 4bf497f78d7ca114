package libvirt

import (
	"context"
	"errors"
	"time"
)

// An opener opens all connections of a Source.
type opener struct {
	target  target
	bound   time.Duration // of one opening
	journal *journal
	backoff *backoff
}

// open opens a connection for that purpose, whose events go to events, unless the daemon is to be left alone for now:
// then the error is that of the last attempt.
func (o *opener) open(ctx context.Context, purpose string, events tap) (*conn, error) {
	if err := o.backoff.refused(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.bound)
	defer cancel()
	began := time.Now()
	c, err := open(ctx, o.target, events)
	if err == nil {
		o.backoff.connected()
		return c, nil
	}
	if !errors.Is(err, context.Canceled) {
		o.backoff.failed(began, err)
		o.journal.failed(purpose, err)
	}
	return nil, err
}
