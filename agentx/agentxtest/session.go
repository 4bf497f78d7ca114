package agentxtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"

	"github.com/posteo/go-agentx/pdu"
)

// firstPacket is the packet ID of the first request of a session. It is far from those that subagents begin with, but a
// subagent must not mind if they are the same.
const firstPacket = 1000

// Session is one connection of a subagent, with a session on it once it has asked for one.
type Session struct {
	m       *Master
	conn    net.Conn
	out     chan []byte
	done    chan struct{} // closed by Drop
	dropped sync.Once

	// Under the lock of the master:
	history
	ended, stalled bool // ended: nothing more can be read
	regions        []string
	last           uint32 // packet ID
	responses      map[uint32][]PDU
	inOrder        []PDU
}

func newSession(m *Master, conn net.Conn) *Session {
	return &Session{
		m:         m,
		conn:      conn,
		out:       make(chan []byte, 1024),
		done:      make(chan struct{}),
		last:      firstPacket,
		history:   newHistory(),
		responses: make(map[uint32][]PDU),
	}
}

// ID is the session ID, 0 before the session is open.
func (s *Session) ID() uint32 {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.id
}

// Drop closes the connection.
func (s *Session) Drop() {
	s.dropped.Do(func() { close(s.done) })
	s.conn.Close()
}

// Reset closes a TCP connection so that the subagent gets an error and no end of file.
func (s *Session) Reset() {
	s.conn.(*net.TCPConn).SetLinger(0)
	s.Drop()
}

// Stall makes the master stop reading after the PDU that it is reading, until Resume.
func (s *Session) Stall() { s.m.change(func() { s.stalled = true }) }

// Resume ends Stall.
func (s *Session) Resume() { s.m.change(func() { s.stalled = false }) }

// AwaitEnd waits until the subagent has closed the connection.
func (s *Session) AwaitEnd() {
	s.m.t.Helper()
	s.m.await("end of the connection", func() bool { return s.ended })
}

// AwaitCapabilities waits until the session advertises n capabilities, and returns their names.
func (s *Session) AwaitCapabilities(n int) (names []string) {
	s.m.t.Helper()
	s.m.await(fmt.Sprintf("%d capabilities", n), func() bool {
		names = slices.Clone(s.capabilities)
		return len(names) == n
	})
	return names
}

// AwaitRegions waits until the session has n regions, and returns their names.
func (s *Session) AwaitRegions(n int) (names []string) {
	s.m.t.Helper()
	s.m.await(fmt.Sprintf("%d regions", n), func() bool {
		names = slices.Clone(s.regions)
		return len(names) == n
	})
	return names
}

// Prepare fills in what is 0 of the IDs of p, and of its flags the byte order of the session, and expects a
// Response to it.
func (s *Session) Prepare(p PDU) PDU {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if p.Session == 0 {
		p.Session = s.id
	}
	if p.Packet == 0 {
		s.last++
		p.Packet = s.last
	}
	if p.Transaction == 0 {
		p.Transaction = p.Packet
	}
	p.Flags |= s.order
	s.ask(p)
	return p
}

// Expect expects a Response to p as it is, which was sent, or will be, by Write. It takes the place of what was prepared
// with the same packet ID and is not answered.
func (s *Session) Expect(p PDU) { s.m.change(func() { s.replace(p) }) }

// Write sends octets as they are, in one write.
func (s *Session) Write(b []byte) {
	select {
	case s.out <- b:
	case <-s.done:
	}
}

// Send sends PDUs in one write, each as Prepare makes it, and returns them so.
func (s *Session) Send(pdus ...PDU) []PDU {
	var b []byte
	for i := range pdus {
		pdus[i] = s.Prepare(pdus[i])
		b = append(b, Encode(pdus[i])...)
		s.m.change(func() { s.vouch(pdus[i]) })
	}
	s.Write(b)
	return pdus
}

// Respond sends the Response to p, a PDU of the subagent that the master was made to ignore.
func (s *Session) Respond(p PDU, status pdu.Error) {
	r := response(p)
	r.Status = status
	s.Write(Encode(r))
}

// Do sends a PDU and waits for the Response.
func (s *Session) Do(p PDU) PDU {
	s.m.t.Helper()
	return s.Response(s.Send(p)[0])
}

// Response waits for the next Response to p, which was sent before.
func (s *Session) Response(p PDU) (r PDU) {
	s.m.t.Helper()
	s.m.await(fmt.Sprintf("response to %v %d", p.Type, p.Packet), func() bool {
		got := s.responses[p.Packet]
		if len(got) == 0 {
			return false
		}
		r, s.responses[p.Packet] = got[0], got[1:]
		return true
	})
	return r
}

// Order returns the packet IDs of all Responses so far, as they came.
func (s *Session) Order() (packets []uint32) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for _, p := range s.inOrder {
		packets = append(packets, p.Packet)
	}
	return packets
}

// read takes what the subagent sends until the connection ends.
func (s *Session) read() {
	defer s.m.change(func() { s.ended = true })
	defer s.Drop()
	for {
		s.waitWhileStalled()
		b, err := readPDU(s.conn)
		if errors.Is(err, io.ErrUnexpectedEOF) && !s.isDropped() {
			s.m.t.Errorf("master: subagent breaks RFC 2741: the connection ends in the midst of a PDU")
		}
		if err != nil {
			return
		}
		p, err := Decode(b)
		if err == nil && len(b) > maxPDU {
			err = fmt.Errorf("PDU of %d octets", len(b))
		}
		if err != nil {
			s.breaks(err, b)
			continue
		}
		s.receive(p, b)
	}
}

// breaks fails the test because of octets that came.
func (s *Session) breaks(err error, b []byte) {
	s.m.t.Errorf("master: subagent breaks RFC 2741: %v\n% x", err, b)
}

func (s *Session) isDropped() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *Session) waitWhileStalled() {
	for {
		s.m.mu.Lock()
		stalled, changed := s.stalled, s.m.changed
		s.m.mu.Unlock()
		if !stalled {
			return
		}
		select {
		case <-changed:
		case <-s.done:
			return
		}
	}
}

// readPDU reads one PDU. An error in its header shows when that is decoded.
func readPDU(r io.Reader) ([]byte, error) {
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if pdu.Flags(b[2])&pdu.FlagNetworkByteOrder != 0 {
		order = binary.BigEndian
	}
	payload := make([]byte, min(order.Uint32(b[16:]), 16*maxPDU))
	_, err := io.ReadFull(r, payload)
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF // after the header, and so in the midst of a PDU
	}
	return append(b, payload...), err
}

func (s *Session) write() {
	for {
		select {
		case b := <-s.out:
			if _, err := s.conn.Write(b); err != nil {
				return
			}
		case <-s.done:
			return
		}
	}
}

// receive deals with one PDU of the subagent, which came as those octets. What is wrong with it is told before anybody who waits
// for it goes on.
func (s *Session) receive(p PDU, b []byte) {
	s.m.change(func() {
		if err := s.take(p); err != nil {
			s.breaks(err, b)
		}
	})
}

// take deals with one PDU under the lock.
func (s *Session) take(p PDU) error {
	if p.Type == pdu.TypeResponse {
		return s.takeResponse(p)
	}
	s.m.received = append(s.m.received, p)
	if slices.Contains(s.m.unwanted, p.Type) {
		s.m.t.Errorf("master: %v, which the test forbids", p.Type)
	}
	if err := s.checkRequest(p); err != nil {
		return err
	}
	if err := CheckRequest(p); err != nil {
		return err
	}
	// What the test sends when it sees the change must come after the answer.
	if answer, ok := s.answer(p); ok {
		s.Write(Encode(answer))
	}
	return nil
}

func (s *Session) takeResponse(p PDU) error {
	err := s.checkResponse(p)
	if s.knows(p.Packet) {
		s.responses[p.Packet] = append(s.responses[p.Packet], p)
		s.inOrder = append(s.inOrder, p)
	}
	return err
}
