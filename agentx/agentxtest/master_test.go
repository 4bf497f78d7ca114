package agentxtest

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

// recorder is a test that notes its errors instead of failing.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.errors, "\n")
}

// peer is a subagent in the hand of a test, that may break every rule.
type peer struct {
	t    *testing.T
	conn net.Conn
}

func (p peer) send(pdus ...PDU) {
	p.t.Helper()
	for _, r := range pdus {
		if _, err := p.conn.Write(Encode(r)); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p peer) receive() PDU {
	p.t.Helper()
	b, err := readPDU(p.conn)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := Decode(b)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p peer) ask(r PDU) PDU {
	p.t.Helper()
	p.send(r)
	return p.receive()
}

// meet starts a master and connects a peer to it.
func meet(t *testing.T) (*recorder, *Master, peer) {
	t.Helper()
	r := &recorder{TB: t}
	m := New(r)
	network, address, _ := strings.Cut(m.Address(), ":")
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return r, m, peer{t: t, conn: conn}
}

var open = PDU{Type: pdu.TypeOpen, Packet: 1, Description: "peer"}

func region(packet uint32) PDU {
	return PDU{Type: pdu.TypeRegister, Session: 1, Packet: packet, Priority: 127, Subtree: oid("1.2.3")}
}

// TestMasterAnswers goes through a session that breaks no rule.
func TestMasterAnswers(t *testing.T) {
	t.Parallel()
	r, m, p := meet(t)
	if got := p.ask(open); got.Session != 1 || got.Status != 0 {
		t.Fatalf("unexpected answer to Open: %+v", got)
	}
	caps := PDU{Type: pdu.TypeAddAgentCaps, Session: 1, ID: oid("1.2")}
	tests := []struct {
		req  PDU
		want pdu.Error
	}{
		{region(0), 0},
		{region(0), pdu.ErrorDuplicateRegistration},
		{PDU{Type: pdu.TypeUnregister, Session: 1, Priority: 127, Subtree: oid("1.2.3")}, 0},
		{PDU{Type: pdu.TypeUnregister, Session: 1, Priority: 127, Subtree: oid("1.2.3")}, pdu.ErrorUnknownRegistration},
		{caps, 0},
		{PDU{Type: pdu.TypeRemoveAgentCaps, Session: 1, ID: oid("1.2")}, 0},
		{PDU{Type: pdu.TypeRemoveAgentCaps, Session: 1, ID: oid("1.2")}, pdu.ErrorUnknownAgentCaps},
		{PDU{Type: pdu.TypePing, Session: 1}, 0},
		{PDU{Type: pdu.TypeClose, Session: 1, Reason: pdu.ReasonShutdown}, 0},
	}
	for i, tt := range tests {
		tt.req.Packet = uint32(i + 2)
		if got := p.ask(tt.req); got.Status != tt.want || got.Packet != tt.req.Packet {
			t.Errorf("unexpected answer to %v: status %v packet %d, want %v %d", tt.req.Type, got.Status, got.Packet, tt.want, tt.req.Packet)
		}
	}
	if got := m.Await(pdu.TypeOpen); got.Description != "peer" {
		t.Errorf("unexpected Open: %+v", got)
	}
	if got := m.Count(pdu.TypeRegister); got != 2 {
		t.Errorf("unexpected number of Registers: %d", got)
	}
	if got := r.all(); got != "" {
		t.Errorf("unexpected errors: %s", got)
	}
}

// TestMasterIsStrict breaks a rule with the last PDU of each session.
func TestMasterIsStrict(t *testing.T) {
	t.Parallel()
	ping := func(session, packet uint32) PDU { return PDU{Type: pdu.TypePing, Session: session, Packet: packet} }
	tests := []struct {
		name string
		send []PDU
		want string
	}{
		{"register_before_open", []PDU{region(1)}, "before a session is open"},
		{"second_open", []PDU{open, {Type: pdu.TypeOpen, Packet: 2}}, "second Open"},
		{"another_session", []PDU{open, ping(2, 2)}, "with session 2, want 1"},
		{"packet_id_used_before", []PDU{open, ping(1, 1)}, "packet ID 1, which was used before"},
		{"request_after_close", []PDU{open, {Type: pdu.TypeClose, Session: 1, Packet: 2, Reason: pdu.ReasonOther}, ping(1, 3)}, "after Close"},
		{"priority_0", []PDU{open, {Type: pdu.TypeRegister, Session: 1, Packet: 2, Subtree: oid("1.2")}}, "priority 0"},
		{"get_from_a_subagent", []PDU{open, {Type: pdu.TypeGet, Session: 1, Packet: 2}}, "from a subagent"},
		{"unregister_of_nothing", []PDU{open, {Type: pdu.TypeUnregister, Session: 1, Packet: 2, Priority: 127, Subtree: oid("1.2")}}, "not registered so"},
		{"response_to_nothing", []PDU{open, {Type: pdu.TypeResponse, Session: 1, Packet: 7}}, "packet 7, which was not sent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, m, p := meet(t)
			p.send(tt.send...)
			p.conn.Close()
			m.Accepted().AwaitEnd()
			if got := r.all(); strings.Count(got, "breaks RFC 2741") != 1 || !strings.Contains(got, tt.want) {
				t.Errorf("unexpected errors: %q, want one with %q", got, tt.want)
			}
		})
	}
}

// TestMasterWantsWholePDUs has the peer hang up in the midst of one.
func TestMasterWantsWholePDUs(t *testing.T) {
	t.Parallel()
	whole := Encode(PDU{Type: pdu.TypeClose, Session: 1, Packet: 2, Reason: pdu.ReasonOther})
	tests := []struct {
		name string
		size int
		want int // errors
	}{
		{"at_the_end_of_a_pdu", 0, 0},
		{"in_a_header", headerSize - 1, 1},
		{"behind_a_header", headerSize, 1},
		{"in_a_payload", len(whole) - 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, m, p := meet(t)
			p.ask(open)
			if _, err := p.conn.Write(whole[:tt.size]); err != nil {
				t.Fatal(err)
			}
			p.conn.Close()
			m.Accepted().AwaitEnd()
			if got := r.all(); strings.Count(got, "ends in the midst of a PDU") != tt.want {
				t.Errorf("unexpected errors: %q, want %d", got, tt.want)
			}
		})
	}
}

func TestMasterForbids(t *testing.T) {
	t.Parallel()
	r, m, p := meet(t)
	m.Forbid(pdu.TypePing, pdu.TypeIndexAllocate)
	m.NextID(4294967295)
	if got := p.ask(open); got.Session != 4294967295 {
		t.Errorf("unexpected session: %d", got.Session)
	}
	p.ask(PDU{Type: pdu.TypeClose, Session: 4294967295, Packet: 2, Reason: pdu.ReasonOther})
	if got := r.all(); got != "" {
		t.Errorf("unexpected errors: %s", got)
	}
	r, m, p = meet(t)
	m.Forbid(pdu.TypePing, pdu.TypeIndexAllocate)
	p.ask(open)
	p.ask(PDU{Type: pdu.TypePing, Session: 1, Packet: 2})
	if got, want := r.all(), "master: TypePing, which the test forbids"; got != want {
		t.Errorf("unexpected errors: %q, want %q", got, want)
	}
}

// TestMasterChecksAnswers lets the master ask, and the peer answer badly.
func TestMasterChecksAnswers(t *testing.T) {
	t.Parallel()
	r, m, p := meet(t)
	p.ask(open)
	p.ask(region(2))
	s := m.Session()
	if got := s.ID(); got != 1 {
		t.Errorf("unexpected session: %d", got)
	}
	req := s.Send(PDU{Type: pdu.TypeGet, Ranges: []Range{{Start: oid("1.2.3.4")}}})[0]
	got := p.receive()
	if diff := cmp.Diff(req, got); diff != "" {
		t.Errorf("unexpected request (-want +got):\n%s", diff)
	}
	answer := PDU{Type: pdu.TypeResponse, Session: got.Session, Transaction: got.Transaction, Packet: got.Packet}
	p.send(answer)
	s.Response(req)
	if got := r.all(); !strings.Contains(got, "0 varbinds for 1 ranges") {
		t.Errorf("unexpected errors: %q", got)
	}
}

func TestMasterRules(t *testing.T) {
	t.Parallel()
	r, m, p := meet(t)
	m.Refuse(pdu.TypeOpen, pdu.ErrorOpenFailed, 2)
	m.Ignore(pdu.TypePing, 1)
	for packet := range uint32(2) {
		if got := p.ask(PDU{Type: pdu.TypeOpen, Packet: 100 + packet}); got.Status != pdu.ErrorOpenFailed {
			t.Errorf("unexpected status: %v", got.Status)
		}
	}
	p.ask(open)
	p.send(PDU{Type: pdu.TypePing, Session: 1, Packet: 2})
	if got := p.ask(PDU{Type: pdu.TypePing, Session: 1, Packet: 3}); got.Packet != 3 {
		t.Errorf("unexpected answer to packet %d, want 3", got.Packet)
	}
	if got := len(m.All(pdu.TypePing)); got != 2 {
		t.Errorf("unexpected number of Pings: %d, want 2", got)
	}
	m.Opened().Respond(m.Await(pdu.TypePing), pdu.ErrorNotOpen)
	if got := p.receive(); got.Packet != 2 || got.Status != pdu.ErrorNotOpen {
		t.Errorf("unexpected late answer to packet %d: %v, want 2: %v", got.Packet, got.Status, pdu.ErrorNotOpen)
	}
	if got := r.all(); got != "" {
		t.Errorf("unexpected errors: %s", got)
	}
}

// TestSetTreeWatchesItsAssignments uses them out of their order.
func TestSetTreeWatchesItsAssignments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		use  func(a mib.Assignment)
	}{
		{"second_commit", func(a mib.Assignment) { a.Commit(); a.Commit() }},
		{"undo_without_commit", func(a mib.Assignment) { a.Undo() }},
		{"second_undo", func(a mib.Assignment) { a.Commit(); a.Undo(); a.Undo() }},
		{"second_release", func(a mib.Assignment) { a.Release(); a.Release() }},
		{"commit_after_release", func(a mib.Assignment) { a.Release(); a.Commit() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := NewSetTree(Tree{Instances: []mib.Varbind{integer("1.1")}}, "1.1")
			a, err := tree.Test(oid("1.1"), mib.Integer(2))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if recover() == nil {
					t.Error("that did not panic")
				}
			}()
			tt.use(a)
		})
	}
}

func TestSetTree(t *testing.T) {
	t.Parallel()
	tree := NewSetTree(Tree{Instances: []mib.Varbind{integer("1.1"), integer("1.2")}}, "1.1")
	a, err := tree.Test(oid("1.1"), mib.Integer(2))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Commit(); err != nil || !tree.Get(oid("1.1")).Equal(mib.Integer(2)) {
		t.Errorf("unexpected value after Commit: %v, error %v", tree.Get(oid("1.1")), err)
	}
	if err := a.Undo(); err != nil || !tree.Get(oid("1.1")).Equal(mib.Integer(1)) {
		t.Errorf("unexpected value after Undo: %v, error %v", tree.Get(oid("1.1")), err)
	}
	if got := tree.Held(); got != 1 {
		t.Errorf("unexpected number of assignments: %d", got)
	}
	a.Release()
	if got := tree.Held(); got != 0 {
		t.Errorf("unexpected number of assignments: %d", got)
	}
	want := []string{"test 1.1", "commit 1.1", "undo 1.1", "release 1.1"}
	if diff := cmp.Diff(want, tree.Steps()); diff != "" {
		t.Errorf("unexpected steps (-want +got):\n%s", diff)
	}
	for name, want := range map[string]error{"1.2": mib.NotWritable, "1.3": mib.NoCreation} {
		if _, err := tree.Test(oid(name), mib.Integer(1)); err != want {
			t.Errorf("unexpected error for %s: %v, want %v", name, err, want)
		}
	}
}
