package main

import (
	"bytes"
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
	out                io.Writer
	fuzzTime, soakTime time.Duration

	report report
}

// A step is one part of the tests.
type step struct {
	name  string
	about string
	run   func(context.Context, *turn) error
	// vital says that nothing after it makes sense if it fails.
	vital bool
	// beside says that it leaves enough of the machine to those that follow, and takes long: it runs beside them, up to the
	// next that is alone.
	beside bool
	// alone says that it has figures in time: nothing runs beside it.
	alone bool
}

// A turn is a step at work: where it writes, and what go test said in it.
type turn struct {
	out    io.Writer
	report report
}

// An outcome is what came of a step.
type outcome struct {
	name string
	took time.Duration
	err  error
}

// A companion is a step that runs beside others. What it writes is kept until it has ended, so that it is not mixed with what
// they write.
type companion struct {
	step  step
	text  bytes.Buffer
	turn  turn
	ended chan outcome
}

// runSteps runs the steps, also after one has failed so that all that is wrong is known at once, and writes the closing
// summary. It reports whether all is well.
func (s *suite) runSteps(ctx context.Context, steps []step) bool {
	began := time.Now()
	came := map[string]outcome{}
	var companions []*companion
	for _, step := range steps {
		if step.alone {
			s.await(companions, came)
			companions = nil
		}
		if ctx.Err() != nil {
			break
		}
		if step.beside {
			companions = append(companions, s.accompany(ctx, step))
			continue
		}
		fmt.Fprintf(s.out, "== %s: %s\n", step.name, step.about)
		t := &turn{out: s.out}
		o := step.take(ctx, t)
		s.note(o, t)
		came[step.name] = o
		if o.err != nil && step.vital {
			break
		}
	}
	s.await(companions, came)
	var outcomes []outcome
	for _, step := range steps {
		o, ran := came[step.name]
		if !ran {
			o = outcome{name: step.name, err: errNotRun}
		}
		outcomes = append(outcomes, o)
	}
	return s.summary(outcomes, time.Since(began))
}

// take runs the step.
func (s step) take(ctx context.Context, t *turn) outcome {
	start := time.Now()
	err := s.run(ctx, t)
	return outcome{s.name, time.Since(start), err}
}

// accompany starts a step that runs beside others.
func (s *suite) accompany(ctx context.Context, step step) *companion {
	fmt.Fprintf(s.out, "== %s: %s; it runs beside what follows\n", step.name, step.about)
	c := &companion{step: step, ended: make(chan outcome, 1)}
	c.turn.out = &c.text
	go func() { c.ended <- step.take(ctx, &c.turn) }()
	return c
}

// await waits for companions, writes what they wrote and notes what came of them.
func (s *suite) await(companions []*companion, came map[string]outcome) {
	for _, c := range companions {
		o := <-c.ended
		fmt.Fprintf(s.out, "== %s has ended\n%s", c.step.name, &c.text)
		s.note(o, &c.turn)
		came[c.step.name] = o
	}
}

// note takes over what a step has said.
func (s *suite) note(o outcome, t *turn) {
	if o.err != nil {
		fmt.Fprintf(s.out, "== %s failed: %v\n", o.name, o.err)
	}
	s.report.results = append(s.report.results, t.report.results...)
	s.report.skips = append(s.report.skips, t.report.skips...)
	s.report.failures = append(s.report.failures, t.report.failures...)
}

// errNotRun is the error of a step that was not reached.
var errNotRun = errors.New("not run")

// summary writes what ran, with go's own lines, and what did not, and how long all of it took. It reports whether all is well.
func (s *suite) summary(outcomes []outcome, total time.Duration) bool {
	fmt.Fprintln(s.out, "== summary")
	for _, line := range s.report.results {
		fmt.Fprintln(s.out, line)
	}
	var failed []string
	for _, o := range outcomes {
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
	for _, o := range outcomes {
		if o.err != nil && !errors.Is(o.err, errNotRun) {
			fmt.Fprintf(s.out, "failed  %s: %v\n", o.name, o.err)
		}
	}
	for _, skip := range s.report.skips {
		fmt.Fprintf(s.out, "skipped %s\n", skip)
	}
	for _, failure := range s.report.failures {
		fmt.Fprintf(s.out, "failed  %s\n", failure)
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
func (t *turn) command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = t.out, t.out
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

// binaryEnv names the vmond that the tests run.
const binaryEnv = "VMOND_BINARY"

// sudo returns the command, as go test -exec takes it, that runs a program as root with what it needs of our
// environment, or "" if we are root or may not become it without a password.
func sudo(ctx context.Context) string {
	if os.Geteuid() == 0 || exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
		return ""
	}
	command := []string{"sudo", "-n", "env"}
	for _, name := range []string{"CI", "PATH", binaryEnv} {
		command = append(command, name+"="+os.Getenv(name))
	}
	return strings.Join(command, " ")
}
