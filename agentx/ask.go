package agentx

import (
	"errors"
	"fmt"
	"time"

	"github.com/posteo/go-agentx/pdu"
)

// ask is a request of ours that the master has not answered yet.
type ask struct {
	typ pdu.Type
	at  time.Time
	// done is told the outcome once: the header of the Response, or ErrNoResponse, errNoSession or a *ResponseError.
	// An error that it returns ends the session.
	done func(h header, err error) error
}

// enqueue adds a PDU of ours to what is to be written, and returns its packet ID, which no other has.
func (c *session) enqueue(typ pdu.Type, payload []byte) uint32 {
	c.s.packet++
	h := header{typ: typ, session: c.id, packet: c.s.packet}
	if c.s.cfg.Context != "" {
		h.flags = pdu.FlagNonDefaultContext
	}
	if !h.hasContext() {
		h.flags = 0
	}
	from := len(c.out)
	c.out = append(h.append(c.out), payload...)
	setLength(c.out[from:], ownOrder)
	return c.s.packet
}

func (c *session) ask(typ pdu.Type, payload []byte, done func(header, error) error) (packet uint32) {
	packet = c.enqueue(typ, payload)
	c.asked[packet] = ask{typ: typ, at: time.Now(), done: done}
	return packet
}

// settle matches a Response of the master to what was asked. One that cannot be parsed, or that nobody waits for (any
// more), is dropped (RFC 2741, section 7.2.2).
func (c *session) settle(h header, payload []byte) error {
	a, ok := c.asked[h.packet]
	if !ok {
		return nil
	}
	r, ok := decodeResponse(h.order(), payload)
	if !ok {
		return nil
	}
	delete(c.asked, h.packet)
	if r.status == pdu.ErrorNone {
		return a.done(h, nil)
	}
	err := &ResponseError{Request: requestName(a.typ), Status: r.status, Index: r.index}
	if result := a.done(h, err); result != nil {
		return result
	}
	if r.status == pdu.ErrorNotOpen {
		return err // whatever it was: the master does not know the session
	}
	return nil
}

// limit is when a is given up, or zero for never: the Response to a notification is taken however late it comes.
func (c *session) limit(a ask) time.Time {
	if a.typ == pdu.TypeNotify {
		return time.Time{}
	}
	since := a.at
	if c.resumed.After(since) {
		since = c.resumed
	}
	return since.Add(c.patience())
}

// patience is how long the master has for a response.
func (c *session) patience() time.Duration {
	if c.flight.packet != 0 {
		return hangTimeout
	}
	return responseTimeout
}

// expire gives up what the master has not answered in time.
func (c *session) expire(now time.Time) error {
	for packet, a := range c.asked {
		if limit := c.limit(a); limit.IsZero() || now.Before(limit) {
			continue
		}
		delete(c.asked, packet)
		late := fmt.Errorf("%w to %s within %v", ErrNoResponse, requestName(a.typ), c.patience())
		if err := a.done(header{}, late); err != nil {
			return err
		}
	}
	return nil
}

// askOpen asks for a session. Its number is in the header of the Response. What the master asks in it may be in the same
// read, but behind.
func (c *session) askOpen() {
	c.ask(pdu.TypeOpen, openPayload(c.s.cfg.Description), func(h header, err error) error {
		if err != nil {
			return err
		}
		c.open, c.id = true, h.session
		if c.s.cfg.Opened != nil {
			c.s.cfg.Opened()
		}
		c.s.dispatch.begin(h.session)
		c.s.counts.sessions.Add(1)
		return nil
	})
}

// askErrand asks the master to keep, or to forget, one thing. What it refuses is tried again later: another
// subagent may have the region now, a hung older process of ours for example, and lose it.
func (c *session) askErrand(e errand) {
	c.busy = true
	payload := c.s.inContext(e.payload(c.s.cfg.Priority))
	c.ask(e.typ, payload, func(_ header, err error) error {
		c.busy = false
		if errors.Is(err, ErrNoResponse) || errors.Is(err, errNoSession) {
			return err
		}
		if err != nil && !alreadyGone(e, err) {
			c.refused(e, err)
			return nil
		}
		c.ledger.accept(e)
		c.checkRegistered()
		return nil
	})
}

// refused takes note of an errand that the master does not do. That of an offer may fail without being an error.
func (c *session) refused(e errand, err error) {
	c.ledger.refuse(e, time.Now())
	if e.claim.offered {
		c.s.lines.unoffered(e.claim.region, err)
		return
	}
	c.s.desk.setError(err)
	c.s.lines.refused(e, err)
}

// alreadyGone reports whether err says that the master does not have what e would have it forget.
func alreadyGone(e errand, err error) bool {
	var r *ResponseError
	return e.removes() && errors.As(err, &r) &&
		(r.Status == pdu.ErrorUnknownRegistration || r.Status == pdu.ErrorUnknownAgentCaps)
}

// checkRegistered takes note of it when the master has all regions, and of the offers that it has.
func (c *session) checkRegistered() {
	c.s.desk.setOffered(c.ledger.offered())
	registered := c.ledger.registered()
	c.s.desk.setRegistered(registered)
	if registered && !c.registered {
		c.registered = true
		c.s.lines.registered(c.id)
	}
}

// askPing asks the master whether it is still there (RFC 2741, section 7.1.11).
func (c *session) askPing() {
	c.pinging = true
	c.ask(pdu.TypePing, c.s.inContext(nil), func(_ header, err error) error {
		c.pinging = false
		if err == nil {
			c.passOver()
		}
		return err
	})
}
