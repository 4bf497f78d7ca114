package agentx

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// TestNeighboursRun proves that all others in the process go on while the master asks one thing after the other, at once or
// so late that each is awaited asleep, and that the process takes leave in the midst of it. How long they had to wait is logged:
// that of the notifications has the pace of the master in it.
func TestNeighboursRun(t *testing.T) {
	const enough = 3 // of anything that goes on
	for _, tt := range []struct {
		cpus     int
		pace     time.Duration
		requests int
	}{{1, 0, 20_000}, {2, 0, 20_000}, {1, 3 * time.Millisecond, 200}, {2, 3 * time.Millisecond, 200}} {
		t.Run(fmt.Sprintf("%d_cpus_every_%v", tt.cpus, tt.pace), func(t *testing.T) {
			a := neighbours(t, tt.cpus, tt.pace, tt.requests)
			t.Logf("%+v", a)
			if a.Ticks < enough || a.Collections < enough || a.Accepted < enough {
				t.Errorf("something stood still in %d requests: %+v", tt.requests, a)
			}
			if limit := uint64(tt.requests / 2); a.Unticked > limit {
				t.Errorf("%d of %d requests were answered between two ticks of %v", a.Unticked, tt.requests, tick)
			}
		})
	}
}

// neighbours starts a child with so many processors, asks it for something again and again, and has it end after so many requests,
// while it is asked for more.
func neighbours(t *testing.T, cpus int, pace time.Duration, requests int) (a account) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=unix:"+path, fmt.Sprintf("GOMAXPROCS=%d", cpus))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if answered := askOn(t, conn, pace, requests, func() { stdin.Close() }); answered < requests {
		t.Errorf("%d of %d requests were answered", answered, requests)
	}
	if err := json.NewDecoder(stdout).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// askOn is a master that asks for something whenever it was answered, at that pace, until the subagent ends the session. It calls
// enough after so many answers, and returns how many there were in all.
func askOn(t *testing.T, conn net.Conn, pace time.Duration, requests int, enough func()) (answered int) {
	t.Helper()
	const session = 1
	ask := agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeGet, Session: session, Ranges: []agentxtest.Range{after("1.1.0")}})
	for {
		b := make([]byte, pdu.HeaderSize)
		if _, err := io.ReadFull(conn, b); err != nil {
			return answered
		}
		rest := make([]byte, binary.LittleEndian.Uint32(b[16:]))
		if _, err := io.ReadFull(conn, rest); err != nil {
			return answered
		}
		p, err := agentxtest.Decode(append(b, rest...))
		if err != nil {
			t.Fatal(err)
		}
		if p.Type != pdu.TypeResponse {
			conn.Write(agentxtest.Encode(agentxtest.PDU{
				Type: pdu.TypeResponse, Session: session, Transaction: p.Transaction, Packet: p.Packet,
			}))
		}
		switch p.Type {
		case pdu.TypeRegister:
			conn.Write(ask)
		case pdu.TypeResponse:
			if answered++; answered == requests {
				enough()
			}
			if pace > 0 {
				<-time.After(pace)
			}
			conn.Write(ask)
		}
	}
}
