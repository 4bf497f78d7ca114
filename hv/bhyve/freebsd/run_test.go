package freebsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sh returns a command that runs a script.
func sh(script string, env ...string) Command {
	return Command{Argv: []string{"/bin/sh", "-c", script}, Env: env}
}

// TestRun proves what a program is given, and what is returned of it.
func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    Command
		want string
		err  string
	}{
		{"output", sh("echo one; echo two"), "one\ntwo\n", ""},
		{"nothing", sh(":"), "", ""},
		{"no shell", Command{Argv: []string{"/bin/echo", "$HOME;", "*"}}, "$HOME; *\n", ""},
		{"environment", Command{Argv: []string{"/usr/bin/env"}, Env: []string{"NOCOLOR=1"}},
			"PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin\nHOME=/\nLC_ALL=C\nNOCOLOR=1\n", ""},
		{"no input", sh("cat; pwd"), "/\n", ""},
		{"warning", sh("echo out; echo careful >&2"), "out\n", ""},
		{"failure", sh("echo half; echo 'no such pool' >&2; echo more >&2; exit 3"), "half\n", `run "/bin/sh": exit status 3: no such pool`},
		{"silent failure", sh("exit 1"), "", `run "/bin/sh": exit status 1`},
		{"signal", sh("kill -TERM $$"), "", `run "/bin/sh": signal: terminated`},
		{"no program", Command{Argv: []string{"/nowhere/vm"}}, "", `run "/nowhere/vm": fork/exec /nowhere/vm: no such file or directory`},
		{"closes its output", sh("echo early; exec >&- 2>&-; exit 4"), "early\n", `run "/bin/sh": exit status 4`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := shell{}.Run(t.Context(), tt.c)
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("unexpected output (-want +got):\n%s", diff)
			}
			var text string
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(tt.err, text); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRunErrors proves that callers can tell errors apart.
func TestRunErrors(t *testing.T) {
	t.Parallel()
	if _, err := (shell{}).Run(t.Context(), Command{Argv: []string{"/nowhere/vm"}}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error of no program is %v", err)
	}
	if _, err := (shell{}).Run(t.Context(), Command{Argv: []string{"/etc/passwd"}}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error of what is no program is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (shell{}).Run(ctx, sh("echo x")); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of a program that nobody waits for is %v", err)
	}
}

// TestRunPanics proves that a command which is none is a mistake of the program.
func TestRunPanics(t *testing.T) {
	t.Parallel()
	for _, argv := range [][]string{nil, {"sh"}, {""}} {
		t.Run(fmt.Sprint(argv), func(t *testing.T) {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "freebsd: ") {
					t.Errorf("it panics with %q", text)
				}
			}()
			_, _ = shell{}.Run(t.Context(), Command{Argv: argv})
		})
	}
}

// TestRunTooMuch proves that a program which prints without end is ended, and one that complains without end is not.
func TestRunTooMuch(t *testing.T) {
	t.Parallel()
	got, err := shell{}.Run(t.Context(), Command{Argv: []string{"/usr/bin/yes"}})
	if !errors.Is(err, errTooMuch) {
		t.Errorf("the error is %v", err)
	}
	if len(got) != maxOutput {
		t.Errorf("there are %d octets", len(got))
	}
	got, err = shell{}.Run(t.Context(), sh("yes complaint | head -c 1000000 >&2; echo done"))
	if err != nil || string(got) != "done\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRunDeadline proves that a real deadline ends a program.
func TestRunDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (shell{}).Run(ctx, sh("sleep 600")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

// TestBury proves that a program which does not end, killed as it is, is not waited for.
func TestBury(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		exited := make(chan error, 1)
		if err := bury(exited); !errors.Is(err, errUndead) {
			t.Errorf("the error is %v", err)
		}
		exited <- &exec.ExitError{}
		if err := bury(exited); err != nil {
			t.Errorf("the error of one that has ended is %v", err)
		}
		exited <- fs.ErrClosed
		if err := bury(exited); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("the error of one that cannot be waited for is %v", err)
		}
	})
}
