package libvirttest

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// The protocol's header: six fields of 4 octets after the length.
const (
	lengthField  = 4
	headerLength = 24
	maxLength    = 32 << 20

	program = 0x20008086
	version = 1

	typeCall    = 0
	typeReply   = 1
	typeMessage = 2

	statusOK    = 0
	statusError = 1
)

// A Server is a running daemon. All its methods may be called from several goroutines.
type Server struct {
	listener net.Listener
	serving  sync.WaitGroup

	mu       sync.Mutex
	daemon   Daemon
	conns    map[*client]bool
	calls    map[Proc]int
	busiest  int           // the most requests that were under way on one connection
	released chan struct{} // closed to let go of all requests that hang
}

// A client is one connection.
type client struct {
	net.Conn
	pieces   int             // of how many octets; 0 is without a bound
	underway int             // guarded by Server.mu
	events   map[int32]int32 // callback by event, guarded by Server.mu

	sending sync.Mutex
	late    []lateEvent // guarded by sending
}

// Start starts a daemon on a unix socket. It ends with the test.
func Start(t testing.TB, d Daemon) *Server {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "libvirt-sock-ro"))
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	s := Serve(l, d)
	t.Cleanup(s.Close)
	return s
}

// Serve starts a daemon on a listener, which it closes in the end.
func Serve(l net.Listener, d Daemon) *Server {
	s := &Server{
		listener: l, daemon: d, conns: map[*client]bool{}, calls: map[Proc]int{}, released: make(chan struct{}),
	}
	s.serving.Go(s.accept)
	return s
}

// Socket returns the path of the socket.
func (s *Server) Socket() string { return s.listener.Addr().String() }

// Close ends all connections and the daemon. A second call does nothing.
func (s *Server) Close() {
	s.listener.Close()
	s.Hangup()
	s.Release()
	s.serving.Wait()
}

// Hangup ends all connections. New ones are accepted.
func (s *Server) Hangup() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// Release lets go of all requests that hang. Those that come later may hang again.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.released)
	s.released = make(chan struct{})
}

// Change changes what the daemon is.
func (s *Server) Change(f func(d *Daemon)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.daemon)
}

// Calls returns how often a procedure was called.
func (s *Server) Calls(p Proc) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[p]
}

// Busiest returns the most requests that were under way on one connection at a time.
func (s *Server) Busiest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busiest
}

// Conns returns the number of connections that are open.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// accept serves whoever connects.
func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		cl := &client{Conn: c, pieces: s.daemon.Pieces, events: map[int32]int32{}}
		s.conns[cl] = true
		s.mu.Unlock()
		s.serving.Go(func() {
			defer s.forget(cl)
			s.serve(cl)
		})
	}
}

// forget closes the connection.
func (s *Server) forget(c *client) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// serve reads the requests of one connection, and answers each from a goroutine of its own, as a real daemon's workers
// do.
func (s *Server) serve(c *client) {
	var workers sync.WaitGroup
	defer workers.Wait()
	ended := make(chan struct{})
	defer close(ended)
	for {
		r, err := readRequest(c)
		if err != nil {
			return
		}
		s.begin(c, r.proc)
		workers.Go(func() {
			reply := s.answer(c, r, ended)
			s.end(c) // first: the client may ask again before reply returns
			if keep, cut := s.cut(r.proc, len(reply)); cut {
				c.reply(reply[:keep])
				c.Close()
				return
			}
			c.reply(reply)
		})
	}
}

// cut returns how many octets of an answer of that length are sent, if it is cut off.
func (s *Server) cut(p Proc, length int) (keep int, cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep, cut = s.daemon.Cut[p]
	return min(keep, length), cut
}

func (s *Server) begin(c *client, p Proc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[p]++
	c.underway++
	s.busiest = max(s.busiest, c.underway)
}

func (s *Server) end(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.underway--
}

// A request is a call as it came.
type request struct {
	proc   Proc
	serial uint32
	body   []byte
}

// readRequest reads the next call.
func readRequest(r io.Reader) (request, error) {
	var head [lengthField + headerLength]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return request{}, err
	}
	field := func(i int) uint32 { return binary.BigEndian.Uint32(head[i*lengthField:]) }
	size := field(0)
	if size < lengthField+headerLength || size > maxLength {
		return request{}, fmt.Errorf("packet of %d octets", size)
	}
	if field(1) != program || field(2) != version || field(4) != typeCall {
		return request{}, errors.New("packet that is no call of the remote program")
	}
	req := request{proc: Proc(field(3)), serial: field(5), body: make([]byte, size-lengthField-headerLength)}
	_, err := io.ReadFull(r, req.body)
	return req, err
}

// packet makes a packet.
func packet(p Proc, kind, serial, status uint32, body []byte) []byte {
	var e encoder
	for _, v := range []uint32{uint32(lengthField + headerLength + len(body)), program, version, uint32(p), kind, serial, status} {
		e.uint32(v)
	}
	return append(e, body...)
}

// write sends a packet whole, though it may come in pieces. c.sending is held.
func (c *client) write(b []byte) {
	for piece := range slices.Chunk(b, cmp.Or(c.pieces, maxLength)) {
		c.Write(piece) // a client that has gone needs no answer
	}
}

// answer carries out one call and returns the packet that answers it. It is empty if nobody is to be answered.
func (s *Server) answer(c *client, r request, ended <-chan struct{}) []byte {
	args := &decoder{rest: r.body}
	s.mu.Lock()
	reply, err := s.daemon.call(r.proc, args, c)
	released, raw, held := s.released, s.daemon.Raw[r.proc], s.daemon.Hold[r.proc]
	if body, ok := s.daemon.Body[r.proc]; ok {
		reply = body
	}
	if s.daemon.After != nil {
		s.daemon.After(r.proc, &s.daemon)
	}
	s.mu.Unlock()
	if errors.Is(err, errHang) {
		select {
		case <-released:
			err = Error{Code: CodeInternal, Message: "released"}
		case <-ended:
			return nil
		}
	}
	if held != nil {
		select {
		case <-held:
		case <-ended:
			return nil
		}
	}
	switch {
	case errors.Is(err, errHangup):
		c.Close()
		return nil
	case raw != nil:
		return raw
	case err != nil:
		return packet(r.proc, typeReply, r.serial, statusError, failure(err))
	}
	return packet(r.proc, typeReply, r.serial, statusOK, reply)
}

// failure returns the body of an answer that is an error.
func failure(err error) []byte {
	e := Error{Code: CodeInternal, Message: err.Error()}
	errors.As(err, &e)
	var b encoder
	b.uint32(e.Code)
	b.uint32(0) // the part of libvirt
	b.uint32(1) // there is a message
	b.string(e.Message)
	b.uint32(0) // the level
	return b
}
