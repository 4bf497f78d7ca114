package agentx

import (
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// readRequests are requests of ten ranges each, as a manager sends who knows how.
func readRequests() map[string]agentxtest.PDU {
	columns := []agentxtest.Range{
		after("1.1.0"), after("1.2.0"), after("4.1.2.1"), after("4.1.2.7"), after("4.1.3.1"),
		after("4.1.5.2"), after("9.1.0"), after("9.2.0"), after("9.4.0"), after("9.9.0"),
	}
	return map[string]agentxtest.PDU{
		"Get":     {Type: pdu.TypeGet, Session: 1, Ranges: columns},
		"GetNext": {Type: pdu.TypeGetNext, Session: 1, Ranges: columns},
		"GetBulk": {Type: pdu.TypeGetBulk, Session: 1, NonRepeaters: 2, MaxRepetitions: 10, Ranges: columns},
		"Foreign": {Type: pdu.TypeGet, Session: 1, Flags: pdu.FlagNonDefaultContext, Context: "x", Ranges: columns},
		"NotOpen": {Type: pdu.TypeGet, Session: 2, Ranges: columns},
	}
}

// testDispatcher serves a test tree in session 1.
func testDispatcher(tree mib.Tree) *dispatcher {
	d := newDispatcher(func() mib.Tree { return tree }, "", new(counters), zap.NewNop())
	d.begin(1)
	return d
}

// cut takes an encoded PDU apart.
func cut(t testing.TB, b []byte) (header, []byte) {
	t.Helper()
	h, err := decodeHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	return h, b[pdu.HeaderSize:]
}

func TestAnswersAllocateNothing(t *testing.T) {
	tree := testTree()
	for name, req := range readRequests() {
		t.Run(name, func(t *testing.T) {
			d := testDispatcher(&tree)
			h, payload := cut(t, agentxtest.Encode(req))
			var out []byte
			got := testing.AllocsPerRun(1000, func() { out = d.answer(out[:0], h, payload) })
			if got != 0 {
				t.Errorf("unexpected allocations for one answer: %v", got)
			}
			resp, err := agentxtest.Decode(out)
			if err != nil {
				t.Fatal(err)
			}
			if err := agentxtest.CheckResponse(req, resp); err != nil {
				t.Error(err)
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	tree := testTree()
	for _, name := range []string{"Get", "GetNext", "GetBulk"} {
		b.Run(name, func(b *testing.B) {
			d := testDispatcher(&tree)
			h, payload := cut(b, agentxtest.Encode(readRequests()[name]))
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				out = d.answer(out[:0], h, payload)
			}
		})
	}
}

// loop is the master's end of a session over a unix socket. It allocates nothing, so what is measured is the subagent.
type loop struct {
	rig  *rig
	conn net.Conn
	in   []byte
}

// newLoop starts a subagent, after a change to it, and opens session 1 with it.
func newLoop(tb testing.TB, change ...func(*Subagent)) *loop {
	tb.Helper()
	l, err := net.Listen("unix", filepath.Join(tb.TempDir(), "s"))
	if err != nil {
		tb.Fatal(err)
	}
	r := prepare(tb, nil)
	r.sub.network, r.sub.address = "unix", l.Addr().String()
	tree := testTree()
	r.sub.dispatch.tree = func() mib.Tree { return &tree }
	for _, c := range change {
		c(r.sub)
	}
	r.run(tb)
	conn, err := l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		conn.Close()
		l.Close()
	})
	p := &loop{rig: r, conn: conn, in: make([]byte, maxPDU)}
	for range 2 { // Open and Register
		req, err := agentxtest.Decode(p.read(tb))
		if err != nil {
			tb.Fatal(err)
		}
		p.write(tb, agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: 1, Packet: req.Packet}))
	}
	return p
}

func (p *loop) write(tb testing.TB, b []byte) {
	if _, err := p.conn.Write(b); err != nil {
		tb.Fatal(err)
	}
}

// read reads one PDU, which is there until the next.
func (p *loop) read(tb testing.TB) []byte {
	if _, err := io.ReadFull(p.conn, p.in[:pdu.HeaderSize]); err != nil {
		tb.Fatal(err)
	}
	n := pdu.HeaderSize + int(littleEndian.uint32(p.in[lengthOffset:]))
	if _, err := io.ReadFull(p.conn, p.in[pdu.HeaderSize:n]); err != nil {
		tb.Fatal(err)
	}
	return p.in[:n]
}

func TestRoundTripsAllocateNothing(t *testing.T) {
	p := newLoop(t)
	for name, req := range readRequests() {
		b := agentxtest.Encode(req)
		got := testing.AllocsPerRun(1000, func() {
			p.write(t, b)
			p.read(t)
		})
		if got != 0 {
			t.Errorf("unexpected allocations for one %s: %v", name, got)
		}
	}
}

// BenchmarkRoundTrip is a request over a unix socket and the answer back, through all layers.
func BenchmarkRoundTrip(b *testing.B) {
	p := newLoop(b)
	for _, name := range []string{"Get", "GetNext", "GetBulk"} {
		b.Run(name, func(b *testing.B) {
			req := agentxtest.Encode(readRequests()[name])
			b.ReportAllocs()
			for b.Loop() {
				p.write(b, req)
				p.read(b)
			}
		})
	}
}
