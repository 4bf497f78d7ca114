package farm

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

const (
	// lengthOffset is where a header has the payload's length (RFC 2741, section 6.1).
	lengthOffset = 16
	// maxPDU is the longest PDU that a subagent sends, and more.
	maxPDU = 1 << 17
	// poll is how long the next request is awaited awake where nothing else is configured.
	poll = 50 * time.Microsecond
)

// A Master is the other end of session 1, which a subagent has opened that serves a farm. It allocates nothing, so that what a
// round trip allocates is the subagent's.
type Master struct {
	conn net.Conn
	in   []byte
}

// NewMaster starts a subagent that serves n virtual machines, and opens a session with it. Both end with the test.
func NewMaster(tb testing.TB, n int) *Master {
	tb.Helper()
	dir, err := os.MkdirTemp("", "farm-") // that of the test may have a name too long for a socket
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "master")
	l, err := net.Listen("unix", socket)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	snapshot := vmmibtest.Farm(n)
	view := vmmib.New(func() *collector.Snapshot { return snapshot }, vmmib.Options{Now: vmmibtest.Now})
	sub, err := agentx.New(agentx.Config{Address: "unix:" + socket, Subtree: vmmib.Root(), Poll: poll}, view.Tree, zap.NewNop())
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- sub.Run(ctx) }()
	conn, err := l.Accept()
	if err != nil {
		cancel()
		<-done
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	m := &Master{conn: conn, in: make([]byte, maxPDU)}
	for range 2 { // Open and Register
		req := m.Read(tb)
		m.Write(tb, agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: 1, Packet: req.Packet}))
	}
	return m
}

// Write sends an encoded PDU, or several.
func (m *Master) Write(tb testing.TB, b []byte) {
	if _, err := m.conn.Write(b); err != nil {
		tb.Fatal(err)
	}
}

// Receive reads one PDU, in the byte order of a subagent on this machine, which is there until the next.
func (m *Master) Receive(tb testing.TB) []byte {
	if _, err := io.ReadFull(m.conn, m.in[:pdu.HeaderSize]); err != nil {
		tb.Fatal(err)
	}
	n := pdu.HeaderSize + int(binary.LittleEndian.Uint32(m.in[lengthOffset:]))
	if n > len(m.in) {
		tb.Fatalf("a PDU of %d octets", n)
	}
	if _, err := io.ReadFull(m.conn, m.in[pdu.HeaderSize:n]); err != nil {
		tb.Fatal(err)
	}
	return m.in[:n]
}

// Read reads one PDU and takes it apart.
func (m *Master) Read(tb testing.TB) agentxtest.PDU {
	p, err := agentxtest.Decode(m.Receive(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
