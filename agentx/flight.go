package agentx

import (
	"errors"
	"fmt"
	"time"

	"github.com/posteo/go-agentx/pdu"
)

// maxPassedOver is how often the master may leave one notification unanswered in a session that is well. It is then
// given up: it would hold up all others for ever.
const maxPassedOver = 3

// flight is the notification that was sent in this session and that the master has not answered.
type flight struct {
	packet  uint32 // 0 for none
	overdue time.Time
	end     int // of its PDU in what is to be written, 0 once it is written
}

// askNotify sends the next notification. It does nothing while one is in flight, so that the order is kept and never
// more than one is in doubt, nor while the master owes the answer to a Ping: it may hang.
func (c *session) askNotify() {
	if c.flight.packet != 0 || c.pinging {
		return
	}
	n := c.s.queue.take()
	if n == nil {
		return
	}
	packet := c.ask(pdu.TypeNotify, n.payload, func(_ header, err error) error {
		c.landed()
		if !inDoubt(err) {
			c.s.land(err)
		}
		return nil
	})
	c.flight = flight{packet: packet, overdue: time.Now().Add(responseTimeout), end: len(c.out)}
}

// landed is the end of a flight. If that was late, the master goes on after it hung: what else it owes is on its way behind.
func (c *session) landed() {
	if now := time.Now(); !now.Before(c.flight.overdue) {
		c.resumed = now
	}
	c.flight = flight{}
}

// inDoubt reports whether a notification must be sent again: the session ended before the answer, or the master
// has forgotten the session and with it whatever came in it (RFC 2741, section 7.1). Any other error is about the
// notification itself, and would be the same the next time: it is no notification to this master (parseError,
// processingError), or not in a context that it knows (unsupportedContext).
func inDoubt(err error) bool {
	refused, ok := errors.AsType[*ResponseError](err)
	return errors.Is(err, errNoSession) || ok && refused.Status == pdu.ErrorNotOpen
}

// passOver is called when the master has answered a Ping. If a notification is in flight, the master has read it before
// that, and has dropped it, as net-snmp does without a word with what it cannot use. It is sent again, a few times.
func (c *session) passOver() {
	if c.flight.packet == 0 {
		return
	}
	delete(c.asked, c.flight.packet)
	c.landed()
	if n := c.s.queue.passOver(); n >= maxPassedOver {
		c.s.land(fmt.Errorf("%w to %s, sent %d times", ErrNoResponse, requestName(pdu.TypeNotify), n))
	}
}

// land ends the way of the notification in flight with what the master said.
func (s *Subagent) land(err error) {
	n := s.queue.land(err)
	if err != nil {
		s.desk.setError(err)
		s.lines.unaccepted(n.id, err)
	}
	n.tell(err)
	s.tellDrops()
}

// abandon is the end of all that waits.
func (s *Subagent) abandon() {
	left := s.queue.end()
	s.tellDrops()
	if len(left) > 0 {
		s.lines.left(len(left))
	}
	for _, n := range left {
		n.tell(ErrEnded)
	}
}

// tellDrops logs the begin and the end of a spell of drops. It is not Notify that does, which must not wait for a log.
func (s *Subagent) tellDrops() {
	began, dropped := s.queue.spell()
	if began {
		s.lines.dropping(s.cfg.Queue)
	}
	if dropped > 0 {
		s.lines.drained(dropped)
	}
}
