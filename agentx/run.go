package agentx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"time"
)

const (
	// dialTimeout bounds one attempt to connect. A master that was away for longer than the first packet of a TCP
	// connection can wait is found by the next attempt, so it is no longer than maxDelay.
	dialTimeout = time.Second

	// settledAfter is how long a session must have lived for the next attempt to be made as if for the first time.
	settledAfter = 10 * time.Second
)

// Run connects to the master, serves it, and connects again whenever that ends, until ctx is done. Then it sends what it
// can of the notifications that wait, takes leave of the master, for both of which it has leaveTimeout, and returns nil.
// What then is left of the notifications is told ErrEnded. A second Run while one is running panics.
func (s *Subagent) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		panic("agentx: Run while running")
	}
	defer s.running.Store(false)
	stop := context.AfterFunc(ctx, s.bell.ring)
	defer stop()
	s.queue.begin()
	defer s.abandon()

	var b backoff
	for ctx.Err() == nil {
		began := time.Now()
		registered, err := s.attempt(ctx)
		if err == nil || ctx.Err() != nil {
			break
		}
		s.desk.setError(err)
		s.lines.ended(err, registered)
		if time.Since(began) >= settledAfter {
			b.reset()
		}
		// Delays count from one beginning to the next, so time lost in an attempt does not come on top.
		s.pause(ctx, time.Until(began.Add(b.next())))
	}
	return nil
}

// attempt is one connection from its beginning to its end. It says whether the master had registered us. It
// returns nil if ctx has ended it.
func (s *Subagent) attempt(ctx context.Context) (registered bool, err error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	c := newSession(ctx, s, conn)
	defer c.end()
	s.lines.connected(conn.RemoteAddr())
	err = c.serve()
	return c.registered, err
}

func (s *Subagent) dialMaster(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, s.network, s.address)
	if s.network == "unix" && errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: %s", err, permissionAdvice(s.address))
	}
	return conn, err
}

// comeRound looks at what others have left, and returns what is wanted at the master, the offers last.
func (s *Subagent) comeRound() []claim {
	s.tellDrops()
	wanted, offers := s.desk.comeRound()
	s.dispatch.view.offering(offers)
	wanted = slices.Clip(wanted)
	for _, o := range offers {
		wanted = append(wanted, claim{region: o.subtree, offered: true})
	}
	return wanted
}

// pause waits, and comes round when the bell is rung.
func (s *Subagent) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			return
		case <-ctx.Done():
			return
		case <-s.bell.rung:
			s.comeRound()
		}
	}
}
