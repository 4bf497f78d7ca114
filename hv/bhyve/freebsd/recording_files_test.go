package freebsd

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRecordingFiles proves that a file makes its directories, and that nothing is left of it when it is taken away.
func TestRecordingFiles(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	when := time.Date(2026, 8, 20, 9, 7, 55, 0, time.UTC)
	r.SetFile("/zroot/vm/web01/run.lock", []byte("hv1\n"), Stat{Modified: when})
	r.SetStat("/zroot/vm/web01/disk1.img", Stat{Size: 8 << 30, Allocated: 512, Mode: 0o600})
	r.SetFile("/zroot/vm/db01/db01.conf", []byte("cpu=1\n"), Stat{})
	r.SetStat("/dev/zvol/link", Stat{Path: "/dev/da0", Mode: fs.ModeDevice})

	list := func(dir string, want ...string) {
		t.Helper()
		got, err := r.ReadDir(dir)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected names in %q (-want +got):\n%s", dir, diff)
		}
	}
	stat := func(file string, want Stat) {
		t.Helper()
		got, err := r.Stat(file)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected stat of %q (-want +got):\n%s", file, diff)
		}
	}
	list("/", "dev", "zroot")
	list("/zroot/vm", "db01", "web01")
	list("/zroot/vm/web01", "disk1.img", "run.lock")
	stat("/zroot/vm/web01/run.lock", Stat{Path: "/zroot/vm/web01/run.lock", Mode: 0o644, Size: 4, Modified: when})
	stat("/zroot/vm/web01/disk1.img", Stat{Path: "/zroot/vm/web01/disk1.img", Mode: 0o600, Size: 8 << 30, Allocated: 512})
	stat("/dev/zvol/link", Stat{Path: "/dev/da0", Mode: fs.ModeDevice})
	stat("/zroot/vm", Stat{Path: "/zroot/vm", Mode: fs.ModeDir | 0o755})

	r.SetDir("/zroot/vm", "web01", "db01", "db01")
	list("/zroot/vm", "db01", "web01")
	r.SetFile("/zroot/vm/win01/win01.conf", nil, Stat{})
	list("/zroot/vm", "db01", "web01", "win01")
	r.Remove("/zroot/vm/web01")
	list("/zroot/vm", "db01", "win01")
	r.SetDir("/dev/vmm")
	list("/dev/vmm")
	for _, file := range []string{"/zroot/vm/web01", "/zroot/vm/web01/run.lock", "/zroot/vm/win01/run.lock/x"} {
		if _, err := r.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the error of %q is %v, want %v", file, err, fs.ErrNotExist)
		}
	}
	// What a listed directory lacks is known not to be there; of win01 nobody said what is in it.
	if diff := cmp.Diff([]string{"stat /zroot/vm/win01/run.lock/x"}, r.Missing()); diff != "" {
		t.Errorf("unexpected missing questions (-want +got):\n%s", diff)
	}
}

// TestRecordingTail proves that the end of a file is that of the whole one, or what was noted as its end.
func TestRecordingTail(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	tail := func(n int, want string) {
		t.Helper()
		if got, err := r.Tail("/vm/a.log", n); err != nil || string(got) != want {
			t.Errorf("the last %d are %q, %v, want %q", n, got, err, want)
		}
	}
	r.SetFile("/vm/a.log", []byte("one\ntwo\n"), Stat{})
	tail(4, "two\n")
	tail(8, "one\ntwo\n")
	tail(100, "one\ntwo\n")
	tail(0, "")
	r.set(ask(askTail, "/vm/a.log"), answer{octets: []byte("ree\n")})
	tail(100, "ree\n")
	tail(2, "e\n")
	r.SetFile("/vm/a.log", []byte("four\n"), Stat{})
	tail(100, "four\n")
}

// TestRecordingFileErrors proves that a file or directory may be there and not be readable.
func TestRecordingFileErrors(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	r.SetDir("/usr/jails", "var")
	r.SetError(fs.ErrPermission, "list", "/usr/jails/var")
	r.SetError(fs.ErrPermission, "read", "/vm/a.conf")
	r.SetError(fs.ErrNotExist, "stat", "/vm/a/suspending.lock")
	if _, err := r.ReadDir("/usr/jails/var"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error of the directory is %v", err)
	}
	if _, err := r.ReadFile("/vm/a.conf"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error of the file is %v", err)
	}
	if names, err := r.ReadDir("/vm/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there makes a directory with %q, %v", names, err)
	}
	// In a directory that cannot be read nobody knows what is.
	if _, err := r.Stat("/usr/jails/var/db"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"list /vm/a", "stat /usr/jails/var/db"}, r.Missing()); diff != "" {
		t.Errorf("unexpected missing questions (-want +got):\n%s", diff)
	}
}
