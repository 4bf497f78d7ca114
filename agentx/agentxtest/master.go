package agentxtest

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/posteo/go-agentx/pdu"
)

// patience is how long a test waits for what must come. It is never waited out but in a test that fails.
const patience = time.Minute

// Master is an AgentX master. All its methods may be called at any time; those that wait fail the test if
// what they wait for does not come.
type Master struct {
	t       testing.TB
	network string
	address string

	goroutines sync.WaitGroup

	mu       sync.Mutex
	changed  chan struct{} // closed, and made anew, whenever something below has changed
	up       bool
	listener net.Listener
	lastID   uint32
	unwanted []pdu.Type
	sessions []*Session
	handed   int // how many of them Session, Opened and Accepted have returned
	received []PDU
	awaited  map[pdu.Type]int // how many of each type Await has returned
	rules    map[pdu.Type][]rule
}

// rule is what becomes of the next PDUs of a type: an answer with an error, or none.
type rule struct {
	times  int
	status pdu.Error // 0 for no answer
}

// New starts a master on a unix socket in a directory of the test.
func New(t testing.TB) *Master {
	t.Helper()
	dir, err := os.MkdirTemp("", "agentx-") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return Listen(t, "unix:"+filepath.Join(dir, "master"))
}

// Listen starts a master at an address such as unix:/path or tcp:127.0.0.1:0, whose port the system then chooses.
func Listen(t testing.TB, address string) *Master {
	t.Helper()
	m := NewPipe(t)
	m.network, m.address, _ = strings.Cut(address, ":")
	m.Start()
	return m
}

// NewPipe starts a master that is reached by Dial only, so that it can live in a bubble of testing/synctest.
func NewPipe(t testing.TB) *Master {
	m := &Master{
		t:       t,
		up:      true,
		changed: make(chan struct{}),
		awaited: make(map[pdu.Type]int),
		rules:   make(map[pdu.Type][]rule),
	}
	t.Cleanup(func() {
		m.Stop()
		m.goroutines.Wait()
	})
	return m
}

// Address is where the master listens, as agentx.ParseAddress reads it.
func (m *Master) Address() string { return m.network + ":" + m.address }

// Dial connects to the master through a pipe. While it is stopped, the error is that of a socket without a listener.
func (m *Master) Dial(context.Context) (net.Conn, error) {
	m.mu.Lock()
	up := m.up
	m.mu.Unlock()
	if !up {
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: syscall.ECONNREFUSED}
	}
	ours, theirs := net.Pipe()
	m.accept(ours)
	return theirs, nil
}

// Start makes the master listen, again after Stop. A socket that was left behind is in nobody's way.
func (m *Master) Start() {
	m.t.Helper()
	if m.network == "" {
		m.change(func() { m.up = true })
		return
	}
	if m.network == "unix" {
		os.Remove(m.address)
	}
	l, err := net.Listen(m.network, m.address)
	if err != nil {
		m.t.Fatal(err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // a killed master leaves its socket, too
	}
	m.change(func() {
		m.up = true
		m.listener = l
		m.address = l.Addr().String()
	})
	m.goroutines.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				m.t.Errorf("master: accept: %v", err)
				return
			}
			m.accept(conn)
		}
	})
}

// Stop ends all sessions without a word and listens no more, as a master that is killed. The path of a unix socket
// stays. Stopping twice is no error.
func (m *Master) Stop() {
	m.mu.Lock()
	m.up = false
	l, sessions := m.listener, m.sessions
	m.listener = nil
	m.mu.Unlock()
	if l != nil {
		l.Close()
	}
	for _, s := range sessions {
		s.Drop()
	}
}

// Refuse makes the master answer the next PDUs of a type with an error.
func (m *Master) Refuse(t pdu.Type, status pdu.Error, times int) {
	m.change(func() { m.rules[t] = append(m.rules[t], rule{times: times, status: status}) })
}

// Ignore makes the master leave the next PDUs of a type unanswered.
func (m *Master) Ignore(t pdu.Type, times int) {
	m.change(func() { m.rules[t] = append(m.rules[t], rule{times: times}) })
}

// NextID makes id the ID of the session that is opened next, and those after it count on from there.
func (m *Master) NextID(id uint32) { m.change(func() { m.lastID = id - 1 }) }

// Forbid makes the master fail the test when a PDU of one of the types comes, be it as RFC 2741 wants it or not.
func (m *Master) Forbid(types ...pdu.Type) {
	m.change(func() { m.unwanted = append(m.unwanted, types...) })
}

// Session waits for the next session with a region, and returns it.
func (m *Master) Session() *Session {
	m.t.Helper()
	return m.next("session with a region", func(s *Session) bool { return len(s.regions) > 0 })
}

// Opened waits for the next session, be there a region in it or not, and returns it.
func (m *Master) Opened() *Session {
	m.t.Helper()
	return m.next("session", func(s *Session) bool { return s.open })
}

// Accepted waits for the next connection, be there a session or not, and returns it.
func (m *Master) Accepted() *Session {
	m.t.Helper()
	return m.next("connection", func(*Session) bool { return true })
}

func (m *Master) next(what string, ready func(*Session) bool) *Session {
	m.t.Helper()
	var found *Session
	m.await(what, func() bool {
		for i := m.handed; i < len(m.sessions) && found == nil; i++ {
			if ready(m.sessions[i]) {
				found = m.sessions[i]
				m.handed = i + 1
			}
		}
		return found != nil
	})
	return found
}

// Await waits for the next PDU of a type from any subagent, and returns it. Each is returned once.
func (m *Master) Await(t pdu.Type) PDU {
	m.t.Helper()
	var found PDU
	m.await(t.String(), func() bool {
		seen := 0
		for _, p := range m.received {
			if p.Type != t {
				continue
			}
			seen++
			if seen > m.awaited[t] {
				m.awaited[t]++
				found = p
				return true
			}
		}
		return false
	})
	return found
}

// Count returns how many PDUs of a type have come so far.
func (m *Master) Count(t pdu.Type) int { return len(m.All(t)) }

// All returns the PDUs of a type that have come so far.
func (m *Master) All(t pdu.Type) (pdus []PDU) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.received {
		if p.Type == t {
			pdus = append(pdus, p)
		}
	}
	return pdus
}

func (m *Master) accept(conn net.Conn) {
	s := newSession(m, conn)
	m.change(func() {
		if !m.up {
			conn.Close()
		}
		m.sessions = append(m.sessions, s)
	})
	m.goroutines.Go(s.read)
	m.goroutines.Go(s.write)
}

// change does something under the lock and wakes all who wait for something.
func (m *Master) change(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
	close(m.changed)
	m.changed = make(chan struct{})
}

// await waits until ready, which is called under the lock.
func (m *Master) await(what string, ready func() bool) {
	m.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		m.mu.Lock()
		ok, changed := ready(), m.changed
		m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			m.t.Fatalf("master: no %s within %v", what, patience)
		}
	}
}
