package agentx

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// TestComeBack loses a master at real sockets in all the ways that these have, and wants it back.
func TestComeBack(t *testing.T) {
	t.Parallel()
	unix := func(t *testing.T) *agentxtest.Master { return agentxtest.New(t) }
	tcp := func(t *testing.T) *agentxtest.Master { return agentxtest.Listen(t, "tcp:127.0.0.1:0") }
	path := func(m *agentxtest.Master) string { return strings.TrimPrefix(m.Address(), "unix:") }
	tests := []struct {
		name   string
		listen func(t *testing.T) *agentxtest.Master
		lose   func(t *testing.T, r *rig)
	}{
		{
			name:   "unix_connection_closed",
			listen: unix,
			lose:   func(_ *testing.T, r *rig) { r.session.Drop() },
		},
		{
			name:   "unix_connection_reset_with_answers_unread",
			listen: unix,
			lose: func(_ *testing.T, r *rig) {
				r.session.Stall()
				for range 20 {
					r.session.Send(bulk(0, 20, after("")))
				}
				r.session.Drop()
			},
		},
		{
			name:   "unix_connection_closed_in_the_midst_of_a_pdu",
			listen: unix,
			lose: func(_ *testing.T, r *rig) {
				r.session.Do(get("1.1.0"))
				r.session.Write(agentxtest.Encode(get("1.1.0"))[:30])
				r.session.Drop()
			},
		},
		{
			name:   "unix_socket_without_a_listener",
			listen: unix,
			lose: func(t *testing.T, r *rig) {
				r.master.Stop()
				awaitError(t, r.sub, syscall.ECONNREFUSED.Error())
				r.master.Start()
			},
		},
		{
			name:   "unix_socket_gone",
			listen: unix,
			lose: func(t *testing.T, r *rig) {
				r.master.Stop()
				if err := os.Remove(path(r.master)); err != nil {
					t.Fatal(err)
				}
				awaitError(t, r.sub, syscall.ENOENT.Error())
				r.master.Start()
			},
		},
		{
			name:   "unix_socket_behind_another_file",
			listen: unix,
			lose: func(t *testing.T, r *rig) {
				r.master.Stop()
				if err := os.Remove(path(r.master)); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path(r.master), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				awaitError(t, r.sub, syscall.ECONNREFUSED.Error())
				r.master.Start()
			},
		},
		{
			name:   "tcp_connection_closed",
			listen: tcp,
			lose:   func(_ *testing.T, r *rig) { r.session.Drop() },
		},
		{
			name:   "tcp_connection_reset",
			listen: tcp,
			lose:   func(_ *testing.T, r *rig) { r.session.Reset() },
		},
		{
			name:   "tcp_port_without_a_listener",
			listen: tcp,
			lose: func(t *testing.T, r *rig) {
				r.master.Stop()
				awaitError(t, r.sub, syscall.ECONNREFUSED.Error())
				r.master.Start()
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := prepare(t, tt.listen(t))
			r.run(t)
			r.session = r.master.Session()
			r.session.Do(get("1.1.0"))
			tt.lose(t, r)
			r.master.Session().Do(get("1.1.0"))
		})
	}
}

// awaitError waits until the last error of the subagent ends in a text. Each Alive is one round of its loop.
func awaitError(t *testing.T, s *Subagent, suffix string) {
	t.Helper()
	for !strings.HasSuffix(s.Status().LastError, suffix) {
		if err := s.Alive(t.Context()); err != nil {
			t.Fatalf("last error is %q, want one that ends in %q: %v", s.Status().LastError, suffix, err)
		}
	}
}

func TestServeOverTCP(t *testing.T) {
	t.Parallel()
	r := prepare(t, agentxtest.Listen(t, "tcp:127.0.0.1:0"))
	r.run(t)
	s := r.master.Session()
	if got := s.Do(bulk(0, 50, after(""))); len(got.Varbinds) != len(testTree().Instances)+1 {
		t.Errorf("unexpected number of varbinds: %d", len(got.Varbinds))
	}
	r.stop()
	if got := r.master.Await(pdu.TypeClose).Reason; got != pdu.ReasonShutdown {
		t.Errorf("unexpected reason to close: %v", got)
	}
}

func TestNetworkIsWarnedOfOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		addr net.Addr
		want int
	}{
		{name: "unix", addr: &net.UnixAddr{Name: "/var/agentx/master"}, want: 0},
		{name: "loopback", addr: &net.TCPAddr{IP: net.IPv6loopback, Port: 705}, want: 0},
		{name: "network", addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 705}, want: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			core, logs := observer.New(zap.DebugLevel)
			l := newLines(zap.New(core))
			l.connected(tt.addr)
			l.connected(tt.addr)
			if got := logs.Len(); got != tt.want {
				t.Errorf("unexpected number of log lines: %d, want %d", got, tt.want)
			}
		})
	}
}
