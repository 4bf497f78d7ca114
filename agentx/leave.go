package agentx

import (
	"time"

	"github.com/posteo/go-agentx/pdu"
)

const (
	// leaveTimeout is how long taking leave may take in all. The master finds out anyway.
	leaveTimeout = 500 * time.Millisecond

	// drainTimeout is how much of that is for the notifications that wait. The rest is for Close.
	drainTimeout = 400 * time.Millisecond
)

// leave sends the notifications that wait, as far as there is time, and closes the session. What goes wrong on the way
// out does not matter any more.
func (c *session) leave() error {
	if !c.open {
		return nil
	}
	now := time.Now()
	c.leaving = now.Add(leaveTimeout)
	if c.linger(now.Add(drainTimeout), c.notifying) != nil {
		return nil
	}
	// The Close is to be confirmed, so that the master has read it before the connection ends.
	confirmed := false
	c.ask(pdu.TypeClose, closePayload(pdu.ReasonShutdown), func(header, error) error {
		confirmed = true
		return nil
	})
	c.linger(c.leaving, func() bool { return !confirmed })
	return nil
}

// notifying sends a notification if it can, and reports whether one is without an answer.
func (c *session) notifying() bool {
	c.askNotify()
	return !c.s.queue.empty()
}

// linger writes, reads and answers as long as something is pending, but not beyond limit.
func (c *session) linger(limit time.Time, pending func() bool) error {
	for pending() && time.Now().Before(limit) {
		c.s.bell.heard()
		if err := c.flush(); err != nil {
			return err
		}
		if err := c.read(limit); err != nil {
			return err
		}
		if err := c.consume(); err != nil {
			return err
		}
	}
	return nil
}
