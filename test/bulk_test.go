package test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

const (
	farm = 10_000 // virtual machines
	bulk = 50     // repetitions

	lengthOffset = 16 // of the payload's length in a header (RFC 2741, section 6.1)
)

// A master is the other end of a session that serves a farm. It allocates nothing, so that what a round trip allocates
// is the subagent's.
type master struct {
	conn net.Conn
	in   []byte
}

// newMaster starts a subagent and opens a session with it.
func newMaster(tb testing.TB) *master {
	tb.Helper()
	socket := filepath.Join(tb.TempDir(), "master")
	l, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	snapshot := vmmibtest.Farm(farm)
	view := vmmib.New(func() *collector.Snapshot { return snapshot }, vmmib.Options{Now: vmmibtest.Now})
	sub, err := agentx.New(agentx.Config{Address: "unix:" + socket, Subtree: vmmib.Root()}, view.Tree, zap.NewNop())
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- sub.Run(ctx) }()
	conn, err := l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	m := &master{conn: conn, in: make([]byte, 1<<16)}
	for range 2 { // Open and Register
		req := m.read(tb)
		m.write(tb, agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: 1, Packet: req.Packet}))
	}
	return m
}

func (m *master) write(tb testing.TB, b []byte) {
	if _, err := m.conn.Write(b); err != nil {
		tb.Fatal(err)
	}
}

// receive reads one PDU, which is there until the next.
func (m *master) receive(tb testing.TB) []byte {
	if _, err := io.ReadFull(m.conn, m.in[:pdu.HeaderSize]); err != nil {
		tb.Fatal(err)
	}
	n := pdu.HeaderSize + int(binary.LittleEndian.Uint32(m.in[lengthOffset:]))
	if _, err := io.ReadFull(m.conn, m.in[pdu.HeaderSize:n]); err != nil {
		tb.Fatal(err)
	}
	return m.in[:n]
}

// read reads one PDU and takes it apart.
func (m *master) read(tb testing.TB) agentxtest.PDU {
	p, err := agentxtest.Decode(m.receive(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// bulkRequest asks for 50 instances from the middle of a column on.
func bulkRequest() agentxtest.PDU {
	return agentxtest.PDU{
		Type: pdu.TypeGetBulk, Session: 1, MaxRepetitions: bulk,
		Ranges: []agentxtest.Range{{
			Start: mib.MustOID("1.3.6.1.2.1.236.1.4.1.2.5000"), End: mib.MustOID("1.3.6.1.2.1.237"),
		}},
	}
}

// TestBulkOverAFarm proves that a GetBulk of 50 among 10,000 virtual machines is answered right, and allocates nothing
// on its way through all rooms.
func TestBulkOverAFarm(t *testing.T) {
	m := newMaster(t)
	req := bulkRequest()
	b := agentxtest.Encode(req)
	m.write(t, b)
	resp := m.read(t)
	if err := agentxtest.CheckResponse(req, resp); err != nil {
		t.Error(err)
	}
	if len(resp.Varbinds) != bulk {
		t.Fatalf("unexpected number of varbinds: want %d, got %d", bulk, len(resp.Varbinds))
	}
	for i, v := range resp.Varbinds {
		if want := mib.MustOID("1.3.6.1.2.1.236.1.4.1.2").Append(uint32(5001 + i)); v.Name.Compare(want) != 0 {
			t.Errorf("unexpected name of varbind %d: want %s, got %s", i+1, want, v.Name)
		}
	}
	if got := testing.AllocsPerRun(1000, func() { m.write(t, b); m.receive(t) }); got != 0 {
		t.Errorf("unexpected allocations for one GetBulk: %v", got)
	}
}

// BenchmarkBulkOverAFarm is one GetBulk of 50 over a unix socket, through all rooms.
func BenchmarkBulkOverAFarm(b *testing.B) {
	m := newMaster(b)
	req := agentxtest.Encode(bulkRequest())
	b.ReportAllocs()
	for b.Loop() {
		m.write(b, req)
		m.receive(b)
	}
}
