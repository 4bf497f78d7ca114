package bhyve

import (
	"context"
	"time"
)

// The waits before something is tried again that ended though it should not.
const (
	minWait = time.Second
	maxWait = time.Minute
)

// persist runs f until ctx is done, again and again after waits that grow, unless it had gone on for long.
func (o *observer) persist(ctx context.Context, source string, f func(context.Context) error) {
	wait := minWait
	for {
		began := time.Now()
		err := f(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > maxWait {
			wait = minWait
		}
		o.troubles.note(source, err)
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, maxWait)
	}
}
