package agentx

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// TestPermissionDenied stands as nobody before a socket that is not for everyone, and reads the advice. No mode gives the
// owner any right, so that the test is the same for users other than root.
func TestPermissionDenied(t *testing.T) {
	t.Parallel()
	group := groupName(uint32(os.Getegid()))
	tests := []struct {
		name        string
		directory   fs.FileMode
		socket      fs.FileMode
		place, want string // want without the place
	}{
		{
			name:      "directory_closed_to_its_group",
			directory: 0o000,
			socket:    0o777,
			place:     "closed",
			want:      `belongs to group "` + group + `" and is closed to it (mode 0): set agentXPerms 0660 0755 USER GROUP in snmpd.conf, with snmpd's user and a group of this process, make a directory that is there already mode 0755, as snmpd leaves it alone, and restart snmpd, as a reload leaves the socket alone`,
		},
		{
			name:      "directory_open_to_its_group",
			directory: 0o010,
			socket:    0o777,
			place:     "closed",
			want:      `is open to group "` + group + `" (mode 010): add the user of this process to it, and restart this process`,
		},
		{
			name:      "socket_closed_to_its_group",
			directory: 0o755,
			socket:    0o005,
			place:     "closed/master",
			want:      `belongs to group "` + group + `" and is closed to it (mode 05): set agentXPerms 0660 0755 USER GROUP in snmpd.conf, with snmpd's user and a group of this process, make a directory that is there already mode 0755, as snmpd leaves it alone, and restart snmpd, as a reload leaves the socket alone`,
		},
		{
			name:      "socket_open_to_its_group",
			directory: 0o755,
			socket:    0o060,
			place:     "closed/master",
			want:      `is open to group "` + group + `" (mode 060): add the user of this process to it, and restart this process`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "agentx-")
			if err != nil {
				t.Fatal(err)
			}
			closed := filepath.Join(dir, "closed")
			t.Cleanup(func() {
				os.Chmod(closed, 0o755)
				os.RemoveAll(dir)
			})
			if err := os.Mkdir(closed, 0o755); err != nil {
				t.Fatal(err)
			}
			m := agentxtest.Listen(t, "unix:"+filepath.Join(closed, "master"))
			r := prepare(t, m)
			core, logs := observer.New(zap.DebugLevel)
			r.sub.lines = newLines(zap.New(core))
			for path, mode := range map[string]fs.FileMode{dir: 0o755, filepath.Join(closed, "master"): tt.socket, closed: tt.directory} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			var dialErr error
			asNobody(t, func() { _, dialErr = r.sub.dialMaster(t.Context()) })
			want := `"` + filepath.Join(dir, tt.place) + `" ` + tt.want
			if dialErr == nil || !strings.HasSuffix(dialErr.Error(), ": "+want) {
				t.Fatalf("unexpected error:\n%v\nwant at its end\n%s", dialErr, want)
			}
			for range 3 {
				r.sub.lines.ended(dialErr, false)
			}
			if got := logs.Len(); got != 1 {
				t.Errorf("unexpected number of log lines: %d, want 1", got)
			}
		})
	}
}

// TestObstacleFarAbove has the directory that cannot be passed far above the socket, of which nothing can be seen then.
func TestObstacleFarAbove(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "agentx-")
	if err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	t.Cleanup(func() {
		os.Chmod(closed, 0o755)
		os.RemoveAll(dir)
	})
	if err := os.MkdirAll(filepath.Join(closed, "run", "agentx"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]fs.FileMode{dir: 0o755, closed: 0} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	asNobody(t, func() {
		place, need := obstacle(filepath.Join(closed, "run", "agentx", "master"))
		if place != closed || need != groupSearch {
			t.Errorf("unexpected obstacle %q, need %#o, want %q, %#o", place, need, closed, groupSearch)
		}
	})
}

// nobody is a user and a group without rights.
const nobody = 65534

// asNobody calls do with the rights to files of nobody, or of the present user if that is not root. Only the thread that
// it runs on loses its rights, and that thread ends with it.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // and never unlocked
			syscall.RawSyscall(syscall.SYS_SETGROUPS, 0, 0, 0)
			syscall.RawSyscall(syscall.SYS_SETFSGID, nobody, 0, 0)
			syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
		}
		do()
	}()
	<-done
}
