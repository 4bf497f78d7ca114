package libvirt

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// tcpDaemon starts a daemon on a port of this host.
func tcpDaemon(t *testing.T, d libvirttest.Daemon) (*libvirttest.Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	srv := libvirttest.Serve(l, d)
	t.Cleanup(srv.Close)
	return srv, l.Addr().String()
}

func TestDialTCP(t *testing.T) {
	t.Parallel()
	srv, address := tcpDaemon(t, someDaemon())
	s := sourceOf(t, "qemu+tcp://"+address+"/system", quick())
	if got := summaries(t, s); len(got) != len(someSummaries()) {
		t.Errorf("unexpected summaries: %v", got)
	}
	srv.Close()
	s.reading.close()
	other := sourceOf(t, "qemu+tcp://"+address+"/system", quick())
	if _, err := other.States(patiently(t)); !errors.Is(err, errUnreachable) {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestDialUnixInTurn takes the first socket that somebody listens on.
func TestDialUnixInTurn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead := filepath.Join(dir, "dead")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead})
	if err != nil {
		t.Fatalf("failed to listen: %v", err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	srv := libvirttest.Start(t, someDaemon())
	target := target{transport: transportUnix, open: "qemu:///system", sockets: []string{
		filepath.Join(dir, "absent"), dead, srv.Socket(), filepath.Join(dir, "never asked"),
	}}
	got, err := target.dial(patiently(t))
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	defer got.Close()
	if got.socket != srv.Socket() {
		t.Errorf("unexpected socket: %q", got.socket)
	}
	target.sockets = target.sockets[:2]
	_, err = target.dial(patiently(t))
	if err == nil || !strings.Contains(err.Error(), "tried "+filepath.Join(dir, "absent")+", "+dead) {
		t.Errorf("unexpected error: %v", err)
	}
}

func TestPermissionError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "sock")
	if err := os.WriteFile(socket, nil, 0o660); err != nil {
		t.Fatalf("failed to write: %v", err)
	}
	tests := []struct{ name, path, want string }{
		{"the socket", socket, `it belongs to group "`},
		{"its directory", filepath.Join(dir, "hidden"), `its directory "` + dir + `" belongs to group "`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := permissionError(tt.path, fs.ErrPermission)
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.path) {
				t.Errorf("unexpected error: %v", err)
			}
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}
