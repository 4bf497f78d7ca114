package bhyve

import (
	"context"
	"fmt"
	"sync"

	"github.com/vmond/vmond/hv"
)

// atOnce is how many virtual machines are read at the same time. Reading one is little work, but it may have to wait for files.
const atOnce = 8

// each takes a look, reads something of each virtual machine that it is asked for, and hands that to yield. All are read in one
// environment.
func each[T any](
	ctx context.Context, s *Source, keys []string,
	read func(context.Context, *environment, standing) (T, error), yield func(key string, value T, err error),
) error {
	ctx, cancel, err := s.within(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	standings, err := s.observer.look(ctx)
	if err != nil {
		return s.closed(err)
	}
	s.inventory.keep(standings)
	s.starts.keep(standings)
	e := s.inquiry.environment(ctx)
	var (
		wait sync.WaitGroup
		mu   sync.Mutex // held while yield runs
		work = make(chan string)
	)
	for range min(atOnce, len(keys)) {
		wait.Go(func() {
			for key := range work {
				value, err := one(ctx, e, standings, key, read)
				mu.Lock()
				if ctx.Err() == nil {
					yield(key, value, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, key := range keys {
		select {
		case work <- key:
		case <-ctx.Done():
		}
	}
	close(work)
	wait.Wait()
	return s.closed(ctx.Err())
}

// one reads something of one virtual machine.
func one[T any](
	ctx context.Context, e *environment, standings map[string]standing, key string,
	read func(context.Context, *environment, standing) (T, error),
) (T, error) {
	st, ok := standings[key]
	if !ok {
		var none T
		return none, fmt.Errorf("virtual machine %q: %w", key, hv.ErrGone)
	}
	return read(ctx, e, st)
}
