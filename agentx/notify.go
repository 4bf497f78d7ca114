package agentx

import (
	"context"
	"fmt"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// Notify gives n to the master to send on, and waits for its Response. Nil means that the master has accepted it,
// not that a manager has received it.
//
// While there is no session, or if it ends before the Response, the error is ErrNoSession; if the master says nothing in
// time, ErrNoResponse; if it says no, a *ResponseError. Those who give up waiting by ctx cannot tell whether n was sent.
func (s *Subagent) Notify(ctx context.Context, n mib.Notification) error {
	err := s.notify(ctx, n)
	if err != nil {
		s.counts.failed.Add(1)
		return err
	}
	s.counts.accepted.Add(1)
	return nil
}

func (s *Subagent) notify(ctx context.Context, n mib.Notification) error {
	if ctx.Err() != nil {
		return fmt.Errorf("agentx: notification %q: %w", n.ID, context.Cause(ctx))
	}
	payload, err := notifyPayload(n)
	if err != nil {
		return err
	}
	payload = s.inContext(payload)
	if len(payload) > maxPDU-pdu.HeaderSize {
		return fmt.Errorf("agentx: notification %q of %d octets, at most %d fit", n.ID, len(payload), maxPDU-pdu.HeaderSize)
	}
	nt := &note{ctx: ctx, payload: payload, done: make(chan error, 1)}
	if !s.desk.leave(nt) {
		return ErrNoSession
	}
	s.bell.ring()
	select {
	case err := <-nt.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("agentx: notification %q: %w", n.ID, context.Cause(ctx))
	}
}

// inContext puts the context before a payload, if it is not the default one (RFC 2741, section 6.1.1).
func (s *Subagent) inContext(payload []byte) []byte {
	if s.cfg.Context == "" {
		return payload
	}
	return append(appendOctets(nil, ownOrder, s.cfg.Context), payload...)
}
