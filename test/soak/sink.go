package soak

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/lab"
)

// A sink is a manager that receives notifications over TCP, which loses none, and counts instead of keeping them: there are
// so many that snmptrapd, which writes each as a text, would be what the soak measures.
type sink struct {
	listener net.Listener
	open     sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	received uint64 // of VM-MIB
	story    story
	err      error // the first
}

// startSink starts one that ends with the test.
func startSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{listener: l, conns: map[net.Conn]bool{}}
	s.open.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

// line is what an snmpd's configuration says of it.
func (s *sink) line() string { return "trap2sink tcp:" + s.listener.Addr().String() + " " + lab.Public }

func (s *sink) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.open.Go(func() { s.serve(c) })
	}
}

// serve reads what one snmpd sends until it ends.
func (s *sink) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		message, err := readMessage(r)
		if err != nil {
			s.ended(c, err)
			return
		}
		got, err := parseTrap(message)
		s.take(got, err)
	}
}

// ended notes that a connection has ended, which that of a killed snmpd may do in the middle of a message.
func (s *sink) ended(c net.Conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.err == nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) {
		s.err = fmt.Errorf("connection of snmpd to its sink: %w", err)
	}
}

// take counts a notification.
func (s *sink) take(got trap, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if s.err == nil {
			s.err = err
		}
		return
	}
	if got.ours {
		s.received++
	}
	if got.tale != nil {
		s.story.tell(*got.tale)
	}
}

// count returns how many notifications of VM-MIB were received so far.
func (s *sink) count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

// forget has the story of single virtual machines begin anew.
func (s *sink) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.story.forget()
}

// end compares the story with the truth, and returns it. The error says what was received that is no notification.
func (s *sink) end(truth map[hv.UUID]hv.OperState) (story, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.story.ends(truth)
	return s.story, s.err
}

func (s *sink) close() {
	s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.open.Wait()
}
