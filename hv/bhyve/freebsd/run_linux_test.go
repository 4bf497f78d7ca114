package freebsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRunHangs proves that a program which hangs is ended at its deadline with its children, whatever they do: the one that has the
// output open, and the one that has not.
func TestRunHangs(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script string }{
		{"program and child", `sleep 600 & echo $! >$DIR/child; echo $$ >$DIR/program; echo begun; wait`},
		{"child that is left with the output", `sleep 600 & echo $! >$DIR/child; echo $$ >$DIR/program; echo begun`},
		{"program that has closed its output", `sleep 600 >/dev/null 2>&1 & echo $! >$DIR/child; echo begun; exec >&- 2>&-; echo $$ >$DIR/program; wait`},
		{"program that ignores signals", `trap '' TERM INT HUP; sleep 600 & echo $! >$DIR/child; echo $$ >$DIR/program; echo begun; wait`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ctx, end := context.WithCancelCause(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				got, err := shell{}.Run(ctx, sh(tt.script, "DIR="+dir))
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the error is %v", err)
				}
				if !strings.HasPrefix("begun\n", string(got)) {
					t.Errorf("the output is %q", got)
				}
			}()
			program, child := pidIn(t, dir, "program"), pidIn(t, dir, "child")
			if gone(child) {
				t.Errorf("process %d does not run", child)
			}
			end(context.DeadlineExceeded)
			<-done
			for _, pid := range []int{program, child} {
				eventually(t, fmt.Sprintf("process %d goes on", pid), func() bool { return gone(pid) })
			}
		})
	}
}

// TestRunEscaped proves that a child which has left the group does not keep the answer back.
func TestRunEscaped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := shell{}.Run(ctx, sh(`setsid sleep 600 & echo $! >$DIR/child`, "DIR="+dir))
		done <- err
	}()
	child := pidIn(t, dir, "child")
	eventually(t, "the child stays in the group", func() bool {
		group, err := syscall.Getpgid(child)
		return err == nil && group == child
	})
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if gone(child) {
		t.Error("what has left the group is killed")
	}
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

// pidIn returns the number that a program writes into a file.
func pidIn(t *testing.T, dir, name string) (pid int) {
	t.Helper()
	eventually(t, "no number of the "+name, func() bool {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.HasSuffix(string(text), "\n") {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	return pid
}

// gone says whether the process has ended. One that nobody has waited for has.
func gone(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}

// eventually waits until is is true, and fails with why if it does not come to be.
func eventually(t *testing.T, why string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal(why)
		}
	}
}
