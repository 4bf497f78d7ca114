package freebsd

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRecordingNone proves that what nobody told of does not exist, in the words of the question, and is missing.
func TestRecordingNone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		ask     func(r *Recording) error
		want    error
		missing string
	}{
		{"variable", func(r *Recording) error { _, err := r.Sysctl("kern.osrelease"); return err }, fs.ErrNotExist, "sysctl kern.osrelease"},
		{"processes", func(r *Recording) error { _, err := r.Sysctl("kern.proc.proc"); return err }, fs.ErrNotExist, "sysctl kern.proc.proc"},
		{"process", func(r *Recording) error { _, err := r.Sysctl("kern.proc.args", 42); return err }, ErrNoProcess, "sysctl kern.proc.args 42"},
		{"thread", func(r *Recording) error { _, err := r.Affinity(100618); return err }, ErrNoProcess, "affinity 100618"},
		{"clock", func(r *Recording) error { _, err := r.Clock(); return err }, fs.ErrNotExist, "clock"},
		{"directory", func(r *Recording) error { _, err := r.ReadDir("/dev/vmm"); return err }, fs.ErrNotExist, "list /dev/vmm"},
		{"file", func(r *Recording) error { _, err := r.ReadFile("/etc/rc.conf"); return err }, fs.ErrNotExist, "read /etc/rc.conf"},
		{"end of a file", func(r *Recording) error { _, err := r.Tail("/a.log", 10); return err }, fs.ErrNotExist, "tail /a.log"},
		{"stat", func(r *Recording) error { _, err := r.Stat("/a b"); return err }, fs.ErrNotExist, "stat /a b"},
		{"program", func(r *Recording) error {
			_, err := r.Run(t.Context(), Command{Argv: []string{"/sbin/ifconfig", "-a"}})
			return err
		}, fs.ErrNotExist, "run /sbin/ifconfig -a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := NewRecording()
			if err := tt.ask(r); !errors.Is(err, tt.want) {
				t.Errorf("the error is %v, want %v", err, tt.want)
			}
			if diff := cmp.Diff([]string{tt.missing}, r.Missing()); diff != "" {
				t.Errorf("unexpected missing questions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecordingTold proves that it answers what it was told, and that nothing of it is shared with who told or asked.
func TestRecordingTold(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	octets := []byte("14.3")
	r.SetSysctl(octets, "kern.osrelease")
	r.SetSysctl([]byte("bhyve: web\x00"), "kern.proc.args", 42)
	r.SetAffinity(100618, []byte{4})
	r.SetProgram([]string{"/sbin/mount", "-p"}, []byte("zroot / zfs"), nil)
	r.SetProgram([]string{"/sbin/zfs"}, nil, errors.New("exit status 1"))
	octets[0] = 'x'
	tests := []struct {
		name string
		ask  func() ([]byte, error)
		want string
	}{
		{"variable", func() ([]byte, error) { return r.Sysctl("kern.osrelease") }, "14.3"},
		{"process", func() ([]byte, error) { return r.Sysctl("kern.proc.args", 42) }, "bhyve: web\x00"},
		{"thread", func() ([]byte, error) { return r.Affinity(100618) }, "\x04"},
		{"program", func() ([]byte, error) {
			return r.Run(t.Context(), Command{Argv: []string{"/sbin/mount", "-p"}, Env: []string{"NOCOLOR=1"}})
		}, "zroot / zfs"},
	}
	for _, tt := range tests {
		for range 2 {
			got, err := tt.ask()
			if err != nil || string(got) != tt.want {
				t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
			}
			clear(got)
		}
	}
	if _, err := r.Run(t.Context(), Command{Argv: []string{"/sbin/zfs"}}); err == nil || err.Error() != "exit status 1" {
		t.Errorf("the error of a program is %v", err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Run(done, Command{Argv: []string{"/sbin/mount", "-p"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of a program that nobody waits for is %v", err)
	}
	if diff := cmp.Diff([]string(nil), r.Missing()); diff != "" {
		t.Errorf("unexpected missing questions (-want +got):\n%s", diff)
	}
}

// TestRecordingErrors proves that errors are answered as their kind, until there is another answer.
func TestRecordingErrors(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	r.SetError(fs.ErrPermission, "sysctl", "kern.proc.args", "42")
	if _, err := r.Sysctl("kern.proc.args", 42); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error is %v, want %v", err, fs.ErrPermission)
	}
	r.SetSysctl([]byte("sh\x00"), "kern.proc.args", 42)
	if got, err := r.Sysctl("kern.proc.args", 42); err != nil || string(got) != "sh\x00" {
		t.Errorf("%q, %v", got, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a question of no kind is accepted")
		}
	}()
	r.SetError(fs.ErrPermission, "read the palm", "left")
}

// TestRecordingClock proves that the clocks stand where they were set, and move when they are moved.
func TestRecordingClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRecording()
		r.Advance(time.Hour)
		now := time.Date(2026, 8, 22, 11, 10, 58, 0, time.UTC)
		r.SetClock(Clock{Now: now, Up: time.Hour})
		time.Sleep(time.Minute)
		r.Advance(2 * time.Second)
		got, err := r.Clock()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Clock{now.Add(2 * time.Second), time.Hour + 2*time.Second}, got); diff != "" {
			t.Errorf("unexpected clock (-want +got):\n%s", diff)
		}
	})
}
