package bhyve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// listen has the kernel tell the ends of processes until ctx is done. Each is remembered before the look that it gives reason for.
func (o *observer) listen(ctx context.Context, v *vigil) {
	o.persist(ctx, exitsSource, func(ctx context.Context) error {
		exits, err := o.sys.Exits()
		if err != nil {
			return err
		}
		defer exits.Close()
		o.troubles.note(exitsSource, nil)
		o.lend(v, exits)
		defer o.lend(v, nil)
		for {
			ended, err := exits.Wait(ctx)
			if err != nil {
				return err
			}
			o.hear(ended)
			v.hint()
		}
	})
}

// lend has v use exits from now on, or nothing if it is nil.
func (o *observer) lend(v *vigil, exits freebsd.Exits) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v.exits, v.heard = exits, map[int]time.Time{}
	o.attend(v)
}

// hear takes over that processes ended.
func (o *observer) hear(exits []freebsd.Exit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.memory.hear(exits)
}

// attend has v told the end of each process that the last look found. The caller holds mu.
func (o *observer) attend(v *vigil) {
	if v.exits == nil {
		return
	}
	heard := map[int]time.Time{}
	var refused error
	for _, q := range o.memory.processes() {
		if began, ok := v.heard[q.PID]; ok && began.Equal(q.Start) {
			heard[q.PID] = q.Start
			continue
		}
		switch err := v.exits.Add(q.PID); {
		case errors.Is(err, freebsd.ErrNoProcess):
			v.hint() // it is over already
		case err != nil:
			refused = fmt.Errorf("process %d: %w", q.PID, err)
		default:
			heard[q.PID] = q.Start
		}
	}
	v.heard = heard
	o.troubles.note(exitSource, refused)
}
