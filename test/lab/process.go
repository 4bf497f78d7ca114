package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// grace is how long a process may take to end by itself before it is killed.
const grace = 10 * time.Second

// A Process is a program that the lab has started.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  *Log
	done chan struct{}
	err  error
}

// Start starts cmd, which must not have been started, in a process group of its own: a Ctrl-C at the terminal reaches
// only us, and we end what we started in our order. It dies with us. What it writes goes to its [Log], and also
// to the writers that cmd has already.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{name: cmd.Args[0], cmd: cmd, log: &Log{}, done: make(chan struct{})}
	cmd.Stdout = p.log.tee(cmd.Stdout)
	cmd.Stderr = p.log.tee(cmd.Stderr)
	// A program that leaves a child behind with our pipe must not hold up Wait for ever.
	cmd.WaitDelay = grace
	dieWithParent(cmd)
	pin(cmd)
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", p.name, err)
	}
	return p, nil
}

// run starts and awaits the process. To the kernel its parent is the thread that started it, so that thread must
// live as long as it does.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// PID returns the process's ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log returns what the process has written so far.
func (p *Process) Log() *Log { return p.log }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Err says how the process ended, nil for exit status 0. It waits until it has.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// ExitCode returns the exit status, or -1 for a process that a signal ended. It waits until it has ended.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Signal sends a signal. One for a process that has ended is lost.
func (p *Process) Signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("lab: signal %q: %v", p.name, err))
	}
}

// Stop ends the process with TERM, and with KILL if it does not obey. It returns once the process has ended; an error
// says that it had to be killed. A second call does nothing.
func (p *Process) Stop() error {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return nil
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("%q did not end within %v of SIGTERM", p.name, grace)
	}
}

// Kill ends the process with KILL and returns once it has ended. A process that was stopped by SIGSTOP dies too.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// AwaitUp polls up until it returns nil, ctx is done or the process has ended.
func (p *Process) AwaitUp(ctx context.Context, up func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return await(ctx, func() error {
		if p.Ended() {
			cancel(fmt.Errorf("%q has ended: %w:\n%s", p.name, p.err, p.log.Tail(tailLines)))
		}
		return up()
	})
}

// attach ends the process with the test, and adds its log to that of a test that failed.
func attach(t testing.TB, p *Process) {
	t.Helper()
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%s (pid %d) said:\n%s", p.name, p.PID(), p.log.Tail(tailLines))
		}
	})
}
