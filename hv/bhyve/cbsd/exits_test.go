package cbsd

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A tailing is a host that counts how often the end of a file is read.
type tailing struct {
	*asked
	tails int
}

func (a *tailing) Tail(path string, n int) ([]byte, error) {
	a.tails++
	return a.asked.Tail(path, n)
}

func TestLastExit(t *testing.T) {
	t.Parallel()
	h := &tailing{asked: host(t)}
	r := NewReader(h)
	for name, want := range map[string]int{"win2k": 4, "debian1": 0, "fbsd1": 1, "none": -1, "": -1} {
		code, ok, err := r.LastExit(name)
		if err != nil || ok != (want >= 0) || ok && code != want {
			t.Errorf("LastExit(%q) = %d, %t, %v, want %d", name, code, ok, err, want)
		}
	}
	check(t, "times that the log was read", 1, h.tails)
	h.SetFile("/var/log/messages", append(text(t, "syslog_bhyverun.txt"),
		"Aug 22 09:00:00 node1 bhyverun.sh[90000]: bhyve win2k was poweroff, exit_action_mode ret: 0\n"...), freebsd.Stat{Modified: written})
	if code, ok, err := r.LastExit("win2k"); code != 1 || !ok || err != nil {
		t.Errorf("LastExit = %d, %t, %v after another end", code, ok, err)
	}
	h.SetFile("/var/log/messages", nil, freebsd.Stat{Modified: written.Add(time.Hour)})
	if code, ok, err := r.LastExit("win2k"); ok || err != nil {
		t.Errorf("LastExit = %d, %t, %v of an empty log", code, ok, err)
	}
	check(t, "times that the log was read", 3, h.tails)

	h.SetFile("/var/log/messages", []byte("x\n"), freebsd.Stat{Modified: written.Add(2 * time.Hour)})
	h.SetError(fs.ErrPermission, "tail", "/var/log/messages")
	if _, ok, err := r.LastExit("win2k"); ok || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("LastExit = %t, %v of a log that cannot be read", ok, err)
	}
	h.SetError(fs.ErrPermission, "stat", "/var/log/messages")
	if _, ok, err := r.LastExit("win2k"); ok || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("LastExit = %t, %v of a log that cannot be looked at", ok, err)
	}
	h.Remove("/var/log/messages")
	if _, ok, err := r.LastExit("win2k"); ok || err != nil {
		t.Errorf("LastExit = %t, %v without a log", ok, err)
	}
}
