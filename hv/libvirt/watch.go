package libvirt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// Watch hands on the events of a connection of its own, so that a request which is given up elsewhere costs no event.
// The first is Connected, after everything is subscribed to. Lifecycle events come in the order in which libvirt sends
// them; those of kind Changed may overtake them.
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
	opening, cancel := context.WithTimeout(ctx, s.bounds.open)
	defer cancel()
	c, err := open(opening, s.target)
	if err != nil {
		if ctx.Err() == nil {
			s.journal.failed(watching, err)
		}
		return fmt.Errorf("%w: %w", errUnreachable, err)
	}
	era := s.journal.connected(watching)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer c.wire.Close() // ends the streams, and with them the readers
	defer context.AfterFunc(ctx, func() { c.wire.Close() })()
	messages := make(chan any)
	for _, id := range subscriptions() {
		events, err := s.subscribe(ctx, c, id)
		if errors.Is(err, errUnsupported) && id != lv.DomainEventIDLifecycle {
			continue
		}
		if err != nil {
			return err
		}
		readers.Go(func() { forward(events, messages, c.wire.ended) })
	}
	pulse := make(chan error, 1)
	readers.Go(func() { pulse <- s.heartbeat(c) })
	yield(hv.Event{Kind: hv.Connected})
	for {
		select {
		case m := <-messages:
			s.hand(m, yield)
		case err := <-pulse:
			if ctx.Err() == nil {
				s.journal.lost(watching, era, err)
			}
			return err
		}
	}
}

// subscribe asks for the events of one kind.
func (s *Source) subscribe(ctx context.Context, c *conn, id lv.DomainEventID) (events <-chan any, err error) {
	what := fmt.Sprintf("ConnectDomainEventCallbackRegisterAny(%d)", id)
	err = c.do(ctx, what, s.bounds.call, func(l *lv.Libvirt) (err error) {
		// The stream ends with the connection. Ended by its context it would make a request, which might hang.
		events, err = l.SubscribeEvents(context.Background(), id, nil)
		return err
	})
	return events, err
}

// forward hands on what comes until the stream is closed. It goes on reading when nobody listens any more: go-libvirt
// waits until each event is taken. Once one was not handed on, none is that came after it.
func forward(events <-chan any, messages chan<- any, ended <-chan struct{}) {
	deaf := false
	for m := range events {
		if deaf {
			continue
		}
		select {
		case messages <- m:
		case <-ended:
			deaf = true
		}
	}
}

// heartbeat asks the daemon now and then for something that it has at hand, until the connection ends, and returns why
// it did.
func (s *Source) heartbeat(c *conn) error {
	beat := time.NewTicker(s.bounds.heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
		case <-c.wire.ended:
			_, reason := c.wire.over()
			return fmt.Errorf("%w: %w", errLost, reason)
		}
		err := c.do(context.Background(), "heartbeat", s.bounds.heartbeat, func(l *lv.Libvirt) error {
			_, err := l.ConnectGetLibVersion()
			return err
		})
		if err != nil {
			return err
		}
	}
}

// hand hands on one message.
func (s *Source) hand(message any, yield func(hv.Event)) {
	e, ok := eventOf(message)
	if !ok {
		return
	}
	if _, busy := message.(*lv.DomainEventCallbackMigrationIterationMsg); busy {
		s.busy.mark(e.Key)
	}
	yield(e)
}
