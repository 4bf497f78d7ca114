//go:build linux

package faults

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// checkStatus compares fields of /proc/PID/status (proc(5)).
func checkStatus(t *testing.T, pid int, want map[string]string) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		got := strings.Join(strings.Fields(value), " ")
		if w, ok := want[name]; ok && got != w {
			t.Errorf("unexpected %s: %q, want %q", name, got, w)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}

// checkModes compares the modes of files, and whose they are.
func checkModes(t *testing.T, owner lab.User, want map[string]fs.FileMode) {
	t.Helper()
	for path, mode := range want {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
			continue
		}
		st := info.Sys().(*syscall.Stat_t)
		if info.Mode() != mode || int(st.Uid) != owner.UID || int(st.Gid) != owner.GID {
			t.Errorf("%s is %v of %d:%d, want %v of %d:%d", path, info.Mode(), st.Uid, st.Gid, mode, owner.UID, owner.GID)
		}
	}
}

// checkDoor asks vmond through its control socket, as users who may and as users who may not. Those hear why.
func checkDoor(t *testing.T, socket string, may, mayNot map[string]lab.User) {
	t.Helper()
	for name, u := range may {
		if out, err := u.RunVmond(t, "show", "--control", socket, "host"); err != nil || !strings.Contains(out, "VMs") {
			t.Errorf("%s is not let in: %v\n%s", name, err, out)
		}
	}
	for name, u := range mayNot {
		out, err := u.RunVmond(t, "show", "--control", socket, "host")
		if err == nil || !strings.Contains(err.Error(), "no permission for socket") || !strings.Contains(err.Error(), "mode 0660") {
			t.Errorf("%s is let in, or does not hear why not: %v\n%s", name, err, out)
		}
	}
}
