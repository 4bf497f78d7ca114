package soak

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// TestSink proves that what net-snmp sends is received, each once.
func TestSink(t *testing.T) {
	t.Parallel()
	lab.Need(t, "snmptrap")
	s := startSink(t)
	args := []string{"-v2c", "-c", lab.Public, "-m", "", "tcp:" + s.listener.Addr().String(), "1", notification(4),
		served.Name.Append(3).String(), "s", "web",
		served.UUID.Append(3).String(), "x", strings.ReplaceAll(one.String(), "-", ""),
		served.OperState.Append(3).String(), "i", "4"}
	for n := range uint64(3) {
		if out, err := exec.Command("snmptrap", args...).CombinedOutput(); err != nil {
			t.Fatalf("snmptrap: %v: %s", err, out)
		}
		lab.Eventually(t, settle, "it is received", func() error {
			if got := s.count(); got != n+1 {
				return fmt.Errorf("%d are", got)
			}
			return nil
		})
	}
	told, err := s.end(map[hv.UUID]hv.OperState{one: hv.StatePaused})
	if err != nil || told.told != 3 || told.twice != 2 || told.gaps != 0 {
		t.Errorf("unexpected story %+v, error %v", told, err)
	}
}

// TestSinkTellsRubbish proves that what is no notification is told, and that a peer that ends in the middle of one is not.
func TestSinkTellsRubbish(t *testing.T) {
	t.Parallel()
	whole := message(t, notification(1), objectsOf(one, 8)...)
	tests := []struct {
		name  string
		sends []byte
		want  string
	}{
		{"half a message", whole[:len(whole)-1], ""},
		{"another protocol", []byte("GET / HTTP/1.1\r\n"), "connection of snmpd to its sink: a message begins with 0x47"},
		{"a message of another kind", []byte{sequence, 1, 0}, "error parsing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startSink(t)
			c, err := net.DialTimeout("tcp", s.listener.Addr().String(), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write(append(whole, tt.sends...)); err != nil {
				t.Fatal(err)
			}
			c.Close()
			lab.Eventually(t, settle, "the connection has ended", func() error {
				s.mu.Lock()
				defer s.mu.Unlock()
				if len(s.conns) > 0 || s.received == 0 {
					return fmt.Errorf("%d connections, %d received", len(s.conns), s.received)
				}
				return nil
			})
			_, err = s.end(map[hv.UUID]hv.OperState{one: hv.StateRunning})
			if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && !strings.Contains(got, tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
		})
	}
}
