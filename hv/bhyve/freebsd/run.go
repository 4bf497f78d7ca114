package freebsd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	// maxOutput is how much a program may print. ZFS counts some 1.8 KB for each dataset, of which large hosts have 10,000.
	maxOutput = 32 << 20
	// maxComplaint is how much of standard error is kept.
	maxComplaint = 4 << 10
)

// patience is how long a program may take to end that was killed.
const patience = time.Second

// errUndead is the error of one that takes longer.
var errUndead = errors.New("it was killed and does not end")

// errTooMuch is why a program was ended that has no end of its own.
var errTooMuch = fmt.Errorf("it prints more than %d octets", maxOutput)

// environment is what every program has besides Command.Env: the words of its output are then the same everywhere.
func environment() []string {
	return []string{"PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin", "HOME=/", "LC_ALL=C"}
}

// A shell runs programs of this machine, though without sh(1).
type shell struct{}

// Run runs a program in a process group of its own, without input. When ctx is done, or when it prints more than 32 MiB, the whole
// group is killed. What it printed until then is returned with the error, which tells how it ended and the first line that it wrote
// to standard error. A program that cannot be killed is left to itself. Run panics if the program's path is not absolute.
func (shell) Run(ctx context.Context, c Command) ([]byte, error) {
	askCommand(c)
	if !filepath.IsAbs(c.Argv[0]) {
		panic(fmt.Sprintf("freebsd: the program %q has no absolute path", c.Argv[0]))
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("run %q: %w", c.Argv[0], err)
	}
	output, said, err := run(ctx, c)
	if err != nil {
		return output, fmt.Errorf("run %q: %w%s", c.Argv[0], err, complaint(said))
	}
	return output, nil
}

// complaint writes the first line that a program wrote to standard error, if any.
func complaint(said []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	if line == "" {
		return ""
	}
	return ": " + line
}

// run runs a program and returns what it has written on both outputs.
func run(ctx context.Context, c Command) (output, said []byte, err error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	out, err := newIntake(maxOutput, func() { end(errTooMuch) })
	if err != nil {
		return nil, nil, err
	}
	defer out.close()
	errs, err := newIntake(maxComplaint, func() {})
	if err != nil {
		return nil, nil, err
	}
	defer errs.close()

	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Env = "/", append(environment(), c.Env...)
	cmd.Stdout, cmd.Stderr = out.write, errs.write
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	out.begin()
	errs.begin()

	err = await(ctx, cmd, out.ended, errs.ended)
	return out.octets(), errs.octets(), err
}

// await waits until the program's outputs have ended and it has. When ctx is done before that, it kills the group.
//
// The program is waited for last. Until then its number cannot be another's, so that the right group is killed even if only its
// children are left, which have the outputs open.
func await(ctx context.Context, cmd *exec.Cmd, outputs ...<-chan struct{}) error {
	exited := make(chan error, 1)
	wait := func() { exited <- cmd.Wait() }
	for _, ended := range outputs {
		select {
		case <-ended:
		case <-ctx.Done():
			err := kill(cmd)
			go wait()
			return errors.Join(context.Cause(ctx), err, bury(exited))
		}
	}
	go wait()
	select {
	case err := <-exited:
		return err
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), kill(cmd), bury(exited))
	}
}

// bury waits for a program that was killed, though not for long: one that waits for a disk which does not answer ends only with that.
func bury(exited <-chan error) error {
	select {
	case err := <-exited:
		return reaped(err)
	case <-time.After(patience):
		return errUndead
	}
}

// kill kills the program's process group. That it is gone already is as well.
func kill(cmd *exec.Cmd) error {
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return os.NewSyscallError("kill", err)
}

// reaped drops the error of a program that was killed, which tells just that.
func reaped(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil
	}
	return err
}
