//go:build linux

package faults

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

// TestMasterComes proves that vmond starts without a master, whatever is in its place, says so once, and serves within
// 2 s of its coming.
func TestMasterComes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		place func(t *testing.T, socket string)
		why   string
	}{
		{"nothing", func(*testing.T, string) {}, "no such file or directory"},
		{"no directory", func(t *testing.T, socket string) {
			if err := os.Remove(filepath.Dir(socket)); err != nil {
				t.Fatal(err)
			}
		}, "no such file or directory"},
		{"a socket that nobody listens at", leaveSocket, "connection refused"},
		{"a file", func(t *testing.T, socket string) {
			if err := os.WriteFile(socket, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "connection refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSnmpd(t)
			tt.place(t, socketOf(s))
			left := time.Now()
			v := lab.StartVmond(t, calm(few), s.AgentX)
			h := checkAlone(t, v, few, left)
			if !strings.HasSuffix(h.Master.Error, tt.why) {
				t.Errorf("the master is away because of %q, want %q", h.Master.Error, tt.why)
			}
			checkSaid(t, v, tt.why, 1)

			s.Again(t)
			t.Logf("served %v after the master came", awaitServed(t, hastyClient(t, s)))
			walkAll(t, s, few)
			checkSaid(t, v, "registered with the master", 1)
			checkSaid(t, v, tt.why, 1)
		})
	}
}

// newSnmpd returns an snmpd that was not started, with its AgentX socket in a directory of its own, which is there.
func newSnmpd(t *testing.T, lines ...string) *lab.Snmpd {
	t.Helper()
	dir := lab.ShortDir(t)
	s, err := lab.NewSnmpd(dir, lab.FreeUDP(t))
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(dir, "agentx")
	s.AgentX = "unix:" + filepath.Join(place, "master")
	s.Configure(t, append(lines, lab.ReadPublic)...)
	if err := errors.Join(os.Mkdir(place, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return s
}

// socketOf returns the path of the snmpd's AgentX socket.
func socketOf(s *lab.Snmpd) string { return strings.TrimPrefix(s.AgentX, "unix:") }

// leaveSocket makes a socket as a program leaves it that was killed.
func leaveSocket(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
		t.Fatalf("%s is no socket: %v, %v", path, info, err)
	}
}
