package agentx

import (
	"net"
	"sync"
	"time"
)

// bell calls the serving goroutine from whatever it waits for: a read, or the time of the next attempt. It may be rung
// by anyone at any time; rings that come before the goroutine has heard are one.
type bell struct {
	rung chan struct{}

	mu   sync.Mutex
	conn net.Conn
}

func newBell() *bell { return &bell{rung: make(chan struct{}, 1)} }

// attach names the connection that the goroutine reads from, or nil if it reads from none.
func (b *bell) attach(conn net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conn = conn
}

// ring first leaves its mark and then ends the read. The goroutine goes the other way round: it sets the deadline of
// its read, then looks for the mark. So one of the two sees the other.
func (b *bell) ring() {
	select {
	case b.rung <- struct{}{}:
	default:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil {
		b.conn.SetReadDeadline(time.Unix(1, 0)) // long ago; fails only if the connection is closed
	}
}

// heard reports whether the bell was rung since it was last heard.
func (b *bell) heard() bool {
	select {
	case <-b.rung:
		return true
	default:
		return false
	}
}

// waiting reports whether heard would be true.
func (b *bell) waiting() bool { return len(b.rung) > 0 }
