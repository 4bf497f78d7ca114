package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/hv"
)

// The exit codes. A service manager starts vmond again after the second, not after the third.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	// exitDied is that of HV::Monitor where -q lacks its -w: Perl's, of a program that dies.
	exitDied = 255
)

var errNoCommand = errors.New("a command is missing: serve, show, librenms, check, version or completion (see vmond --help)")

// A workError says that the arguments were right, but that the work failed.
type workError struct {
	error
	// logged says that the log has it already.
	logged bool
}

// Unwrap returns the reason.
func (e workError) Unwrap() error { return e.error }

// A usageError says that the arguments or the configuration were wrong, whatever came of it.
type usageError struct{ error }

// Unwrap returns the reason.
func (e usageError) Unwrap() error { return e.error }

// A diedError is a usageError with HV::Monitor's exit code.
type diedError struct{ error }

// Unwrap returns the reason.
func (e diedError) Unwrap() error { return e.error }

// exitCode returns the exit code of what newRoot returned. Whatever went wrong before the work began is about the
// arguments: cobra's own errors have no type.
func exitCode(err error) int {
	var we workError
	var ue usageError
	var ce *config.Error
	var de diedError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &de):
		return exitDied
	case errors.As(err, &ue), errors.As(err, &ce):
		return exitUsage
	case errors.As(err, &we):
		return exitFailed
	}
	return exitUsage
}

// isLogged reports whether the log has the error already.
func isLogged(err error) bool {
	var we workError
	return errors.As(err, &we) && we.logged
}

// An output is what the work writes to. That it cannot is no fault of the arguments, also where cobra writes by itself.
type output struct{ io.Writer }

// Write returns a workError.
func (o output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if err != nil {
		err = workError{error: err}
	}
	return n, err
}

// work returns f for a command: its errors are of the work.
func work(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		if err == nil || isLogged(err) {
			return err
		}
		return workError{error: err}
	}
}

// noArgs makes sure that there are no arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, not %q", cmd.CommandPath(), hv.RedactURI(args[0]))
	}
	return nil
}

// knownCommand makes sure that there is nothing where a command should be.
func knownCommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unknown command %q (see vmond --help)", hv.RedactURI(args[0]))
	}
	return nil
}
