package libvirt

import (
	"context"
	"errors"
	"fmt"
	"sync"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// Watch hands on the events of a connection of its own, so that a request which is given up elsewhere costs no event.
// The first is Connected, after everything is subscribed to. All come in the order in which libvirt sends them.
//
// QEMU's driver tells Started (booted) also of a virtual machine that was started paused; there, it is handed on as
// Changed, and another event tells the state.
//
// The error says that events may have been lost: the daemon has ended, does not answer any more, or the Source was
// closed.
func (s *Source) Watch(ctx context.Context, yield func(hv.Event)) error {
	select {
	case <-s.ended:
		return ErrClosed
	default:
	}
	called := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var rest sync.WaitGroup
	defer rest.Wait()
	defer cancel(nil)
	rest.Go(func() {
		select {
		case <-s.ended:
			cancel(ErrClosed)
		case <-ctx.Done():
		}
	})
	err := s.watch(ctx, yield)
	switch {
	case called.Err() != nil:
		return nil
	case errors.Is(context.Cause(ctx), ErrClosed):
		return ErrClosed
	}
	return fmt.Errorf("watching %q: %w", s.target.text, err)
}

// watching is the purpose of the connection.
const watching = "watching"

// watch hands on the events of one connection until that ends.
func (s *Source) watch(ctx context.Context, yield func(hv.Event)) error {
	v := newVigil(s.target, &s.busy)
	c, err := s.opener.open(ctx, watching, v.hear)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreachable, err)
	}
	era := s.journal.connected(watching)
	var pulsing sync.WaitGroup
	defer pulsing.Wait()
	defer c.wire.Close()
	defer context.AfterFunc(ctx, func() { c.wire.Close() })()
	for _, sub := range subscriptions() {
		// An old daemon refuses an event that it does not know as an internal error. The others come nevertheless.
		err := s.subscribe(ctx, c, sub.event)
		if err != nil && (sub.event == lv.DomainEventIDLifecycle || !refused(err)) {
			return err
		}
	}
	pulse := make(chan error, 1)
	pulsing.Go(func() { pulse <- v.pulse(c, s.bounds.heartbeat) })
	s.vigils.add(v)
	defer s.vigils.remove(v)
	yield(hv.Event{Kind: hv.Connected})
	for {
		select {
		case <-v.queue.ready:
			v.hand(ctx, yield)
		case err := <-pulse:
			v.hand(ctx, yield) // what had come until then is true nevertheless
			if ctx.Err() == nil {
				s.journal.lost(watching, era, err)
			}
			return err
		}
	}
}

// subscribe asks for an event. Go-libvirt is not told that anybody listens: its own streams would bring each kind of
// event on a way of its own, so that no order between them could be known, nor whether all have come.
func (s *Source) subscribe(ctx context.Context, c *conn, event lv.DomainEventID) error {
	what := fmt.Sprintf("ConnectDomainEventCallbackRegisterAny(%d)", event)
	return c.do(ctx, what, s.bounds.call, func(l *lv.Libvirt) error {
		_, err := l.ConnectDomainEventCallbackRegisterAny(int32(event), nil)
		return err
	})
}
