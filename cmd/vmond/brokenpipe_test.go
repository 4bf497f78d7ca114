package main

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// served returns the command that has this binary serve (see TestMain).
func served(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Args = append([]string{"vmond", "serve"}, args...)
	return cmd
}

// TestServeOutlivesItsReader proves that vmond ends in good order when whoever reads its log is gone before it says so.
func TestServeOutlivesItsReader(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"console", "json", "logfmt"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "vmond-pipe-") // t.TempDir may be too long for a socket
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			m := agentxtest.New(t)
			control := filepath.Join(dir, "control.sock")
			cmd := served(t, "--hypervisor", "sim:///?vms=1", "--agentx", m.Address(),
				"--state-dir", filepath.Join(dir, "state"), "--control", control, "--log-level", "debug", "--log-format", format)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill() })
			if line, err := bufio.NewReader(stderr).ReadString('\n'); err != nil || !strings.Contains(line, "starting") {
				t.Errorf("unexpected first line %q: %v", line, err)
			}
			m.Session()
			if _, err := os.Stat(control); err != nil {
				t.Error(err)
			}
			if err := errors.Join(stderr.Close(), cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
				t.Errorf("unexpected end: %v", err)
			}
			if _, err := os.Stat(control); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the control socket is left behind: %v", err)
			}
			m.Await(pdu.TypeClose)
		})
	}
}
