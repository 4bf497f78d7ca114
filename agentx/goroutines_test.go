package agentx

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// labelled counts the goroutines with a label, which a goroutine hands on to all that it starts.
func labelled(t *testing.T, value string) (count int) {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	for group := range strings.SplitSeq(b.String(), "\n\n") {
		if !strings.Contains(group, value) {
			continue
		}
		first, _, _ := strings.Cut(group[strings.LastIndex(group[:strings.Index(group, " @ ")+1], "\n")+1:], " @")
		var n int
		if _, err := fmt.Sscan(first, &n); err != nil {
			t.Fatalf("cannot read %q: %v", group, err)
		}
		count += n
	}
	return count
}

// trackedConn counts how many connections are open.
type trackedConn struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

func (c *trackedConn) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}

// TestNothingIsLeftOver ends many sessions in some way, and then Run. No goroutine and no connection may be left, and in
// between there is one goroutine, that of Run, and at most one connection.
func TestNothingIsLeftOver(t *testing.T) {
	const sessions = 30
	tests := []struct {
		name string
		end  func(s *agentxtest.Session)
	}{
		{
			name: "no_goroutine_is_left_after_sessions_that_the_master_has_closed",
			end: func(s *agentxtest.Session) {
				s.Do(agentxtest.PDU{Type: pdu.TypeClose, Reason: pdu.ReasonShutdown})
			},
		},
		{
			name: "no_goroutine_is_left_after_connections_that_broke",
			end:  func(s *agentxtest.Session) { s.Drop() },
		},
		{
			name: "no_goroutine_is_left_after_headers_that_make_no_sense",
			end: func(s *agentxtest.Session) {
				s.Write(make([]byte, pdu.HeaderSize))
				s.AwaitEnd()
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				labels := pprof.Labels("test", tt.name)
				ours := pprof.WithLabels(t.Context(), labels)
				var open atomic.Int64
				r.sub.dial = func(ctx context.Context) (net.Conn, error) {
					pprof.SetGoroutineLabels(context.Background()) // for the goroutines of the master, which start here
					conn, err := r.master.Dial(ctx)
					pprof.SetGoroutineLabels(ours)
					open.Add(1)
					return &trackedConn{Conn: conn, open: &open}, err
				}
				pprof.Do(t.Context(), labels, func(context.Context) { r.run(t) })
				for range sessions {
					s := r.master.Session()
					s.Do(get("1.1.0"))
					if got := labelled(t, tt.name); got != 1 {
						t.Fatalf("unexpected number of goroutines in a session: %d, want 1", got)
					}
					if got := open.Load(); got != 1 {
						t.Fatalf("unexpected number of connections in a session: %d, want 1", got)
					}
					tt.end(s)
				}
				r.master.Session()
				r.stop()
				synctest.Wait()
				if got := labelled(t, tt.name); got != 0 {
					t.Errorf("unexpected number of goroutines after the end: %d", got)
				}
				if got := open.Load(); got != 0 {
					t.Errorf("unexpected number of connections after the end: %d", got)
				}
			})
		})
	}
}
