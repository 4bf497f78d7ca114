package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// orphanEnv makes the test binary a parent that starts a process and then waits to be killed.
const orphanEnv = "VMOND_LAB_ORPHAN"

func TestMain(m *testing.M) {
	if os.Getenv(orphanEnv) != "" {
		p, err := Start(exec.Command("sleep", "infinity"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("child %d\n", p.PID())
		<-p.Done()
		os.Exit(0)
	}
	os.Exit(leakless(m))
}

// TestProcessDiesWithParent proves that nothing is left of a test that is killed.
func TestProcessDiesWithParent(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc: only Linux lets processes die with their parent")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanEnv+"=1")
	parent, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(parent.Kill)
	var child int
	Eventually(t, startTimeout, "the parent has a child", func() error {
		_, err := fmt.Sscanf(parent.Log().String(), "child %d\n", &child)
		return err
	})
	parent.Kill()
	Eventually(t, startTimeout, "the child has died too", func() error {
		// Whoever takes in orphans may leave it as a zombie for a while.
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			return fmt.Errorf("it is still there: %s", stat)
		}
		return nil
	})
}

func TestProcess(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	cmd := exec.Command("sh", "-c", "echo out; echo err >&2; exit 3")
	cmd.Stdout = &out
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if code := p.ExitCode(); code != 3 || p.Err() == nil || !p.Ended() {
		t.Errorf("exit status = %d with error %v, want 3", code, p.Err())
	}
	if out.String() != "out\n" || !p.Log().Has("out\n") || !p.Log().Has("err\n") {
		t.Errorf("output %q and log %q, want the first in both and the second in the log", &out, p.Log())
	}
	if err := p.Stop(); err != nil {
		t.Errorf("Stop of a process that has ended = %v", err)
	}
}

func TestProcessStop(t *testing.T) {
	t.Parallel()
	p, err := Start(exec.Command("sleep", "infinity"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Ended() {
		t.Error("it has ended before it was told to")
	}
	if err := p.Stop(); err != nil || p.ExitCode() != -1 {
		t.Errorf("Stop = %v, exit status %d, want that of a signal", err, p.ExitCode())
	}
}

// TestProcessKill proves that also a process that does not obey is ended.
func TestProcessKill(t *testing.T) {
	t.Parallel()
	p, err := Start(exec.Command("sleep", "infinity"))
	if err != nil {
		t.Fatal(err)
	}
	p.Signal(syscall.SIGSTOP)
	p.Kill()
	if code := p.ExitCode(); code != -1 {
		t.Errorf("exit status = %d, want that of a signal", code)
	}
}

func TestStartUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Start(exec.Command("./nonexistent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start of a program that is not there = %v, want ErrNotExist", err)
	}
}

func TestAwaitUp(t *testing.T) {
	t.Parallel()
	p, err := Start(exec.Command("sh", "-c", "echo last words; exit 1"))
	if err != nil {
		t.Fatal(err)
	}
	err = p.AwaitUp(t.Context(), func() error { return errors.New("not up") })
	if err == nil || !strings.Contains(err.Error(), "last words") {
		t.Errorf("AwaitUp of a process that ends = %v, want what it said", err)
	}
}

func TestLogTail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		n    int
		want string
	}{
		{"", 2, ""},
		{"a\n", 2, "a"},
		{"a\nb\nc\n", 2, "b\nc"},
		{"a\nb\nc", 5, "a\nb\nc"},
	}
	for _, tt := range tests {
		l := &Log{}
		if _, err := l.Write([]byte(tt.text)); err != nil {
			t.Fatal(err)
		}
		if got := l.Tail(tt.n); got != tt.want {
			t.Errorf("last %d lines of %q = %q, want %q", tt.n, tt.text, got, tt.want)
		}
	}
}

// A dummy is a test that may fail without failing this one.
type dummy struct {
	testing.TB
	failed string
}

func (d *dummy) Helper() {}

func (d *dummy) Fatalf(format string, args ...any) { d.failed = fmt.Sprintf(format, args...) }

func TestEventually(t *testing.T) {
	t.Parallel()
	tries := 0
	d := &dummy{TB: t}
	Eventually(d, startTimeout, "the third try", func() error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if d.failed != "" || tries != 3 {
		t.Errorf("%d tries, failed %q, want 3 that do not fail", tries, d.failed)
	}
	Eventually(d, 3*pollInterval, "never", func() error { return errors.New("still not") })
	for _, want := range []string{"until never", "still not", (3 * pollInterval).String()} {
		if !strings.Contains(d.failed, want) {
			t.Errorf("failure %q does not say %q", d.failed, want)
		}
	}
}
