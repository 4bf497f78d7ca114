package collector

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errSilent is the error of a reading that was given up because nothing more came.
var errSilent = errors.New("nothing more was told in time")

// inTime runs ask, which calls told for each virtual machine that it hands over and takes it out of pending, and gives it
// up when nothing was told for idleTimeout: one that hangs is not to age all others. A source that leaves out some of
// those in pending without an error gets one here, for their values are not fresh.
func inTime(ctx context.Context, ask func(ctx context.Context, told func()) error, pending map[string]int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(idleTimeout, func() { cancel(errSilent) })
	defer idle.Stop()
	err := ask(ctx, func() { idle.Reset(idleTimeout) })
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errSilent):
		return fmt.Errorf("%w: %w", errSilent, err)
	case err == nil && len(pending) > 0:
		return fmt.Errorf("%d virtual machines were left out", len(pending))
	}
	return err
}
