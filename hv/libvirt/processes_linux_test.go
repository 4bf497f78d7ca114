package libvirt

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// hangCmdline has the command line of a process hang for those who read it, until release is called.
func hangCmdline(t *testing.T, root, pid string) (release func()) {
	t.Helper()
	name := filepath.Join(root, "proc", pid, "cmdline")
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("failed to remove: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatalf("failed to make a directory: %v", err)
	}
	if err := syscall.Mkfifo(name, 0o644); err != nil {
		t.Fatalf("failed to make a FIFO: %v", err)
	}
	var released bool
	release = func() {
		if released {
			return
		}
		released = true
		writer, err := os.OpenFile(name, os.O_RDWR, 0) // who waits to open it goes on, and finds its end once it is closed
		if err != nil {
			t.Fatalf("failed to open: %v", err)
		}
		os.Remove(name)
		writer.Close()
	}
	t.Cleanup(release)
	return release
}

// TestProcessesHang has another process whose command line cannot be had. Nobody waits for it for longer than it may take.
func TestProcessesHang(t *testing.T) {
	t.Parallel()
	here := qemuHost(t)
	d := domain{name: "vm", uuid: hv.UUID(uuid(1))}
	release := hangCmdline(t, here.root, "7")
	var procs processes
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan *process)
	go func() { asked <- procs.find(ctx, here, driverQEMU, d) }()
	eventually(t, "a scan begins", func() bool {
		procs.mu.Lock()
		defer procs.mu.Unlock()
		return procs.all != nil
	})
	cancel()
	if p := <-asked; p != nil {
		t.Errorf("unexpected process after the question was called off: %+v", p)
	}
	first := procs.all
	for range 2 {
		procs.renew()
		if p := procs.find(t.Context(), here, driverQEMU, d); p != nil || procs.all != first {
			t.Errorf("unexpected process while the scan hangs: %+v, another scan: %t", p, procs.all != first)
		}
	}
	write(t, here.root, map[string]string{"run/libvirt/qemu/vm.pid": "42\n"})
	if p := procs.find(t.Context(), here, driverQEMU, d); p == nil || p.pid != 42 {
		t.Errorf("unexpected process by its PID file while the scan hangs: %+v", p)
	}
	d.name = "other"
	release()
	<-first.done
	if p := procs.find(t.Context(), here, driverQEMU, d); p == nil || p.pid != 42 || procs.all == first {
		t.Errorf("unexpected process after all: %+v", p)
	}
}

// TestProcessesHangAlone has QEMUs whose own command lines cannot be had. Only so many are asked.
func TestProcessesHangAlone(t *testing.T) {
	t.Parallel()
	here := files{t.TempDir()}
	var procs processes
	for pid := range maxScans + 2 {
		hangCmdline(t, here.root, itoa(pid))
		s := procs.one(here, &process{pid: pid, start: 1})
		if again := procs.one(here, &process{pid: pid, start: 1}); again != s || (s == nil) != (pid >= maxScans) {
			t.Errorf("unexpected scan of process %d: %v, again %v", pid, s, again)
		}
	}
	if len(procs.ones) != maxScans {
		t.Errorf("unexpected number of scans: %d", len(procs.ones))
	}
}

// TestProcessesHangRead reads everything while the command line of a virtual machine's own process cannot be had.
func TestProcessesHangRead(t *testing.T) {
	t.Parallel()
	d, keys := many(2)
	_, s := fake(t, d)
	s.files = qemuHost(t)
	write(t, s.files.root, map[string]string{"run/libvirt/qemu/vm-1.pid": "42"})
	hangCmdline(t, s.files.root, "42")
	for range 2 {
		for key, got := range definitions(t, s, keys...) {
			if got.err != nil || !got.value.Started.IsZero() {
				t.Errorf("unexpected definition of %q: %+v, %v", key, got.value, got.err)
			}
		}
		for key, got := range statistics(t, s, keys...) {
			if got.err != nil || got.value.Process != nil || got.value.CPUTime.IsZero() {
				t.Errorf("unexpected statistics of %q: %+v, %v", key, got.value, got.err)
			}
		}
	}
}

// TestProcessKnownHangs has a process be found before its command line cannot be had any more. What is known of it stays.
func TestProcessKnownHangs(t *testing.T) {
	t.Parallel()
	d, keys := many(1)
	_, s := fake(t, d)
	s.files = qemuHost(t)
	before := definitions(t, s, keys...)[keys[0]].value.Started
	write(t, s.files.root, map[string]string{"proc/42/task/43/status": threadStatus(300, 3)})
	want := statistics(t, s, keys...)[keys[0]].value.Process
	hangCmdline(t, s.files.root, "42")
	if after := definitions(t, s, keys...)[keys[0]].value.Started; before.IsZero() || after.IsZero() {
		t.Errorf("unexpected start: %v, before %v", after, before)
	}
	if diff := cmp.Diff(want, statistics(t, s, keys...)[keys[0]].value.Process); diff != "" || want == nil {
		t.Errorf("unexpected process (-want +got):\n%s", diff)
	}
}
