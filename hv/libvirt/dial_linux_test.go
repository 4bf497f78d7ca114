package libvirt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// asNobody runs f with the rights of nobody, if we have more.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread is not given back: it ends with the goroutine, and its rights with it.
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			if err := syscall.Setfsuid(nobody); err != nil {
				t.Errorf("failed to become nobody: %v", err)
				return
			}
		}
		f()
	}()
	<-done
}

// TestDialNoPermission names the socket that it may not use, and its group, rather than those that are not there.
func TestDialNoPermission(t *testing.T) {
	t.Parallel()
	srv := libvirttest.Start(t, someDaemon())
	for path := filepath.Dir(srv.Socket()); path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatalf("failed to open the directory: %v", err)
		}
	}
	if err := os.Chmod(srv.Socket(), 0); err != nil {
		t.Fatalf("failed to close the socket: %v", err)
	}
	target := target{transport: transportUnix, sockets: []string{"/nonexistent/a", srv.Socket(), "/nonexistent/b"}}
	asNobody(t, func() {
		_, err := target.dial(t.Context())
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), srv.Socket()) ||
			!strings.Contains(err.Error(), "belongs to group") || !strings.Contains(err.Error(), "mode 0000") {
			t.Errorf("unexpected error: %v", err)
		}
	})
}

// TestPeer knows the process that listens.
func TestPeer(t *testing.T) {
	t.Parallel()
	srv := libvirttest.Start(t, someDaemon())
	s, err := target{transport: transportUnix, sockets: []string{srv.Socket()}}.dial(t.Context())
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	defer s.Close()
	if pid, ok := peerPID(s.Conn); !ok || pid != os.Getpid() {
		t.Errorf("unexpected process: %d, %t", pid, ok)
	}
	if got := nearOf(s); got != (near{host: true, net: true}) {
		t.Errorf("unexpected place: %+v", got)
	}
	_, address := tcpDaemon(t, someDaemon())
	far, err := target{transport: transportTCP, address: address}.dial(t.Context())
	if err != nil {
		t.Fatalf("failed to connect: %v", err)
	}
	defer far.Close()
	if got := nearOf(far); got != (near{}) {
		t.Errorf("unexpected place: %+v", got)
	}
	if _, ok := peerPID(far.Conn); ok {
		t.Errorf("the process behind a port is known")
	}
}
