package daemon

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nobodyID is the user and the group without rights.
const nobodyID = 65534

// TestDenied asks the file system as somebody who has no rights there. Root gives up its own for that, in one thread
// that ends with the goroutine.
func TestDenied(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "open")
	closed := filepath.Join(dir, "closed")
	if err := os.MkdirAll(closed, 0o755); err != nil {
		t.Fatal(err)
	}
	// What is above the directory may be anything, so the paths begin at the directory.
	t.Chdir(dir)
	for _, path := range []string{"socket", "closed/socket"} {
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	}
	if err := os.Chmod("socket", 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("closed", 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod("closed", 0o755) })
	group, err := user.LookupGroupId(groupID(t, "socket"))
	if err != nil {
		t.Fatal(err)
	}

	other := errors.New("connection refused")
	tests := []struct {
		name, path string
		err        error
		want       string
	}{
		{"the socket", "socket", fs.ErrPermission, `no permission for socket "socket": it has group "GROUP" and mode 0640: permission denied`},
		{"its directory", "closed/socket", syscall.EACCES, `no permission for socket "closed/socket": its directory "closed" has group "GROUP" and mode 0000: permission denied`},
		{"another reason", "socket", other, "connection refused"},
	}
	got := map[string]string{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends too
		if os.Getuid() == 0 {
			if err := errors.Join(syscall.Setfsgid(nobodyID), syscall.Setfsuid(nobodyID)); err != nil {
				t.Error(err)
			}
		}
		for _, tt := range tests {
			got[tt.name] = Denied(tt.path, tt.err).Error()
		}
	}()
	<-done
	for _, tt := range tests {
		want := strings.ReplaceAll(tt.want, "GROUP", group.Name)
		if diff := cmp.Diff(want, got[tt.name]); diff != "" {
			t.Errorf("%s: unexpected error (-want +got):\n%s", tt.name, diff)
		}
	}
}

// groupID returns the number of the group of a file.
func groupID(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("unexpected file info %T", info.Sys())
	}
	return strconv.FormatUint(uint64(st.Gid), 10)
}
