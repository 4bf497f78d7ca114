package daemon

import (
	"net"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"os"

	"github.com/google/go-cmp/cmp"
)

// TestSystemd speaks to a socket as systemd has one.
func TestSystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "60000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))

	log, logs := observed()
	m := Systemd{Log: log}
	m.Notify(status("serving 2 VMs\nREADY=1"))
	buf := make([]byte, 256)
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("STATUS=serving 2 VMs READY=1", string(buf[:n])); diff != "" {
		t.Errorf("unexpected notification (-want +got):\n%s", diff)
	}
	if got := m.Watchdog(); got != time.Minute {
		t.Errorf("unexpected watchdog %v", got)
	}
	if logs.Len() != 0 {
		t.Errorf("unexpected log: %v", logs.All())
	}

	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	t.Setenv("WATCHDOG_USEC", "soon")
	m.Notify(ready)
	if got := m.Watchdog(); got != 0 {
		t.Errorf("unexpected watchdog %v", got)
	}
	var got []string
	for _, e := range logs.All() {
		got = append(got, e.Message)
	}
	want := []string{"failed to notify the service manager", "failed to read the watchdog's time"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected log (-want +got):\n%s", diff)
	}
}

// TestSystemdAbsent proves that without systemd nothing is said and nothing goes wrong.
func TestSystemdAbsent(t *testing.T) {
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		t.Setenv(name, "")
	}
	log, logs := observed()
	m := Systemd{Log: log}
	m.Notify(ready)
	if got := m.Watchdog(); got != 0 {
		t.Errorf("unexpected watchdog %v", got)
	}
	if logs.Len() != 0 {
		t.Errorf("unexpected log: %v", logs.All())
	}
}

// TestWatchdogOfAnother proves that a child does not feed the watchdog of its parent.
func TestWatchdogOfAnother(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "60000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()+1))
	log, _ := observed()
	if got := (Systemd{Log: log}).Watchdog(); got != 0 {
		t.Errorf("unexpected watchdog %v", got)
	}
}
