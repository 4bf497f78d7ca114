package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A suite runs steps and remembers what came of them.
type suite struct {
	out      io.Writer
	fuzzTime time.Duration

	report report
}

// A step is one part of the tests.
type step struct {
	name  string
	about string
	run   func(context.Context) error
	// vital says that nothing after it makes sense if it fails.
	vital bool
}

// An outcome is what came of a step.
type outcome struct {
	name string
	took time.Duration
	err  error
}

// runSteps runs the steps, also after one has failed so that all that is wrong is known at once, and writes the closing
// summary. It reports whether all is well.
func (s *suite) runSteps(ctx context.Context, steps []step) bool {
	var outcomes []outcome
	for _, step := range steps {
		fmt.Fprintf(s.out, "== %s: %s\n", step.name, step.about)
		start := time.Now()
		err := step.run(ctx)
		outcomes = append(outcomes, outcome{step.name, time.Since(start), err})
		if err != nil {
			fmt.Fprintf(s.out, "== %s failed: %v\n", step.name, err)
		}
		if err != nil && step.vital || ctx.Err() != nil {
			break
		}
	}
	for _, step := range steps[len(outcomes):] {
		outcomes = append(outcomes, outcome{name: step.name, err: errNotRun})
	}
	return s.summary(outcomes)
}

// errNotRun is the error of a step that was not reached.
var errNotRun = errors.New("not run")

// summary writes what ran, with go's own lines, and what did not. It reports whether all is well.
func (s *suite) summary(outcomes []outcome) bool {
	fmt.Fprintln(s.out, "== summary")
	for _, line := range s.report.results {
		fmt.Fprintln(s.out, line)
	}
	var total time.Duration
	var failed []string
	for _, o := range outcomes {
		total += o.took
		word := "ok"
		if o.err != nil {
			word = "FAIL"
			failed = append(failed, o.name)
		}
		if errors.Is(o.err, errNotRun) {
			word = "not run"
		}
		fmt.Fprintf(s.out, "%-8s%-14s%.1fs\n", word, o.name, o.took.Seconds())
	}
	for _, skip := range s.report.skips {
		fmt.Fprintf(s.out, "skipped %s\n", skip)
	}
	if len(failed) > 0 {
		fmt.Fprintf(s.out, "FAIL: %s, after %s\n", strings.Join(failed, ", "), total.Round(time.Second))
		return false
	}
	fmt.Fprintf(s.out, "PASS: all %d steps in %s, %d tests skipped\n", len(outcomes), total.Round(time.Second),
		len(s.report.skips))
	return true
}

// command runs a program with its output as ours.
func (s *suite) command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = s.out, s.out
	return runProgram(cmd)
}

// runProgram runs a program that ends by TERM when its context is done, so that it can end what it has started itself.
func runProgram(cmd *exec.Cmd) error {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", abbreviate(cmd.Args), err)
	}
	return nil
}

// abbreviate returns a command line without the many packages at its end.
func abbreviate(args []string) string {
	const most = 8
	if len(args) > most {
		return strings.Join(args[:most], " ") + " ..."
	}
	return strings.Join(args, " ")
}

// cpus is how many tests that keep a CPU busy run at once: this is for the machines of continuous integration, which
// have two.
const cpus = 2

// sudo returns the command, as go test -exec takes it, that runs a program as root with what it needs of our
// environment, or "" if we are root or may not become it without a password.
func sudo(ctx context.Context) string {
	if os.Geteuid() == 0 || exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
		return ""
	}
	command := []string{"sudo", "-n", "env"}
	for _, name := range []string{"CI", "PATH", "VMOND_BINARY"} {
		command = append(command, name+"="+os.Getenv(name))
	}
	return strings.Join(command, " ")
}
