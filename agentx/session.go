package agentx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/posteo/go-agentx/pdu"
)

const (
	// responseTimeout is how long the master has for a response, and how long it may keep us from writing.
	responseTimeout = 5 * time.Second

	// hangTimeout is how long the master has for other responses while that to a notification is missing. A new session
	// does not help a master that hangs, and one that goes on in the old session answers there. It would send the
	// notification on twice if a new session repeated it. A master that died is found out by the end of the connection,
	// so only one that vanished with its whole host takes that long.
	hangTimeout = time.Minute

	// lastWords is how long is listened for what the master said before it took too long to take what was written.
	lastWords = 10 * time.Millisecond

	// idleTime is after how much silence the master is asked whether it is still there.
	idleTime = 30 * time.Second
)

// session is one connection with one session of the master on it, since net-snmp sends all requests to the newest
// one. It belongs to the serving goroutine.
type session struct {
	ctx  context.Context
	s    *Subagent
	conn net.Conn

	lookout  *lookout
	answered bool // since the last read

	in         []byte
	head, tail int // what of in is read and not used
	out        []byte

	open       bool
	id         uint32
	asked      map[uint32]ask // by packet ID
	ledger     ledger
	busy       bool // with an errand
	registered bool // at least once
	pinging    bool
	heard      time.Time // when the master last sent anything
	flight     flight
	resumed    time.Time // when the master last answered a notification, or passed it over, that was overdue
	leaving    time.Time // when the connection is closed at the latest, zero before the end of ctx
}

func newSession(ctx context.Context, s *Subagent, conn net.Conn) *session {
	s.desk.setConnected(peerOf(conn))
	s.bell.attach(conn)
	return &session{
		ctx: ctx, s: s, conn: conn, lookout: newLookout(conn, s.cfg.Poll),
		in: s.buf, asked: make(map[uint32]ask), heard: time.Now(),
	}
}

// end leaves nothing of the session: what others wait for fails, and what the master did not finish is rolled back.
func (c *session) end() {
	c.s.bell.attach(nil)
	c.lookout.end()
	c.conn.Close()
	c.s.dispatch.end()
	c.s.desk.close()
	for _, a := range c.asked {
		a.done(header{}, errNoSession)
	}
}

// serve opens the session and does what comes up until the session ends, which is an error, or ctx, which is none.
// What was asked of us leaves in one write with what we ask, when nothing that was read is left.
func (c *session) serve() error {
	stop := context.AfterFunc(c.ctx, c.hurry)
	defer stop()
	c.comeRound()
	c.askOpen()
	for {
		if c.s.bell.heard() {
			c.comeRound()
		}
		if c.ctx.Err() != nil {
			return c.leave()
		}
		due, err := c.turn(time.Now())
		if err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
		if err := c.read(due); err != nil {
			return err
		}
		if err := c.consume(); err != nil {
			c.flush() // the connection is at its end, whether the master gets this or not
			return err
		}
	}
}

// comeRound takes from the desk what others have left there.
func (c *session) comeRound() {
	c.ledger.wanted = c.s.comeRound()
	c.s.desk.setOffered(c.ledger.offered())
	if c.registered {
		c.s.desk.setRegistered(c.ledger.registered())
	}
}

// turn does what is due now of our own accord, and returns when the next of it will be.
func (c *session) turn(now time.Time) (due time.Time, err error) {
	if err := c.expire(now); err != nil {
		return due, err
	}
	if c.open && !c.busy {
		e, later, ok := c.ledger.next(now)
		if ok {
			c.askErrand(e)
		}
		due = later
	}
	if c.open {
		c.askNotify() // after the first Register, so that a GET upon the notification finds us
	}
	if c.open && !c.pinging && !now.Before(c.pingAt()) {
		c.askPing()
	}
	if !c.pinging {
		due = earlier(due, c.pingAt())
	}
	for _, a := range c.asked {
		due = earlier(due, c.limit(a))
	}
	return due, nil
}

// pingAt is when the master is asked whether it is still there.
func (c *session) pingAt() time.Time {
	idle := c.heard.Add(idleTime)
	if c.flight.packet == 0 {
		return idle
	}
	return earlier(c.flight.overdue, idle)
}

// earlier returns the earlier of two times, of which each may be zero for none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// flush writes all that is ready. If that fails, what the master said before counts all the same.
func (c *session) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	n, err := c.write()
	c.out = c.out[:0]
	if n < c.flight.end {
		c.s.queue.putBack() // the master got none of it, or half a PDU, which is nothing
	}
	c.flight.end = 0
	if err != nil {
		c.hearOut(err)
	}
	return err
}

// write writes what is ready. It waits for a master that does not take that at once, but not for long.
func (c *session) write() (int, error) {
	n := c.lookout.line.send(c.out)
	if n == len(c.out) {
		return n, nil
	}
	limit := time.Now().Add(responseTimeout)
	if !c.leaving.IsZero() {
		limit = c.leaving
	}
	c.conn.SetWriteDeadline(limit) // if this fails, so does the write
	if c.ctx.Err() != nil && c.leaving.IsZero() {
		c.hurry()
	}
	more, err := c.conn.Write(c.out[n:])
	return n + more, err
}

// hurry leaves a write no more time than there is for taking leave. It is called when ctx is done, and by flush, since
// that may set its longer deadline right after.
func (c *session) hurry() { c.conn.SetWriteDeadline(time.Now().Add(leaveTimeout)) }

// read reads once, unless the bell is rung or due comes first.
func (c *session) read(due time.Time) error {
	if c.answered {
		c.answered = false
		if c.await() {
			return nil
		}
	}
	if c.lookout.follows() {
		due = earlier(due, time.Now().Add(doze)) // who rests is not followed
	}
	c.conn.SetReadDeadline(due) // if this fails, so does the read
	if c.s.bell.waiting() {
		return nil
	}
	err := c.fill()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.lookout.rest()
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the master closed the connection")
	}
	return err
}

// await reads what the master asks right after an answer, and reports whether it did.
func (c *session) await() bool {
	c.makeRoom()
	n := c.lookout.await(c.in[c.tail:], c.s.bell.waiting)
	c.took(n)
	return n > 0
}

// fill reads once.
func (c *session) fill() error {
	c.makeRoom()
	n, err := c.conn.Read(c.in[c.tail:])
	c.took(n)
	return err
}

// makeRoom moves what is there and not used to the front. It is at most a part of one PDU, and there is room for the largest.
func (c *session) makeRoom() {
	copy(c.in, c.in[c.head:c.tail])
	c.head, c.tail = 0, c.tail-c.head
}

// took takes up n octets that were read.
func (c *session) took(n int) {
	c.tail += n
	if n > 0 {
		c.heard = time.Now()
	}
}

// cut takes the next PDU from what was read, if it is there whole.
func (c *session) cut() (h header, payload []byte, ok bool, err error) {
	if c.tail-c.head < pdu.HeaderSize {
		return h, nil, false, nil
	}
	if h, err = decodeHeader(c.in[c.head:c.tail]); err != nil {
		return h, nil, false, err
	}
	size := pdu.HeaderSize + int(h.length)
	if c.tail-c.head < size {
		return h, nil, false, nil
	}
	payload = c.in[c.head+pdu.HeaderSize : c.head+size]
	c.head += size
	return h, payload, true, nil
}

// consume answers all PDUs that are there whole. An error ends the session.
func (c *session) consume() error {
	for {
		h, payload, ok, err := c.cut()
		if err != nil {
			c.enqueue(pdu.TypeClose, closePayload(pdu.ReasonParseError))
			return err
		}
		if !ok {
			return nil
		}
		if err := c.receive(h, payload); err != nil {
			return err
		}
		if len(c.out) < maxPDU {
			continue
		}
		if err := c.flush(); err != nil {
			return err
		}
	}
}

// receive deals with one PDU.
func (c *session) receive(h header, payload []byte) error {
	if h.typ == pdu.TypeResponse {
		return c.settle(h, payload)
	}
	c.out = c.s.dispatch.answer(c.out, h, payload)
	c.answered = true
	if r := c.s.dispatch.reason; c.open && r != 0 {
		return fmt.Errorf("the master closed the session: %s", closeReason(r))
	}
	return nil
}

// hearOut takes the Responses that came before a write failed: a master that died may have accepted a notification, which
// then must not be sent again. The end of what it said is sure to come, but from one that only does not read.
func (c *session) hearOut(err error) {
	c.s.bell.attach(nil) // it would end the reads
	patience := responseTimeout
	if errors.Is(err, os.ErrDeadlineExceeded) {
		patience = lastWords
	}
	c.conn.SetReadDeadline(earlier(time.Now().Add(patience), c.leaving))
	for {
		h, payload, ok, err := c.cut()
		if err != nil {
			return
		}
		if ok && h.typ == pdu.TypeResponse {
			c.settle(h, payload) // whether that would end the session, which has ended, or not
		}
		if ok {
			continue
		}
		if c.fill() != nil {
			return
		}
	}
}
