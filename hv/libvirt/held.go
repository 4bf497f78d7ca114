package libvirt

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// heldPace is how often those that are held are asked about again.
const heldPace = 50 * time.Millisecond

// held are the virtual machines whose process the daemon did not ask, because a job holds them, with their errors. The job
// of one that hangs does not end. But somebody else who asks the same as we do is as much of a job, and done in
// milliseconds.
type held struct {
	yield yieldFunc
	errs  map[string]error
}

// take hands on what was read, but for those that are held.
func (h *held) take(key string, s hv.Statistics, err error) {
	if errors.Is(err, errBusy) {
		h.errs[key] = err
		return
	}
	h.yield(key, s, err)
}

// outwait asks about those that are held until they are not any more, or have been for too long: then they get their
// errors.
func (s *Source) outwait(ctx context.Context, h *held) error {
	patience := time.NewTimer(s.bounds.held)
	defer patience.Stop()
	pace := time.NewTicker(heldPace)
	defer pace.Stop()
	for len(h.errs) > 0 {
		select {
		case <-ctx.Done():
			return missed(ctx)
		case <-patience.C:
			for key, err := range h.errs {
				h.yield(key, hv.Statistics{}, err)
			}
			return nil
		case <-pace.C:
		}
		keys := slices.Sorted(maps.Keys(h.errs))
		clear(h.errs)
		for chunk := range slices.Chunk(keys, s.pace.size()) {
			if err := s.chunk(ctx, chunk, h.take); err != nil {
				return err
			}
		}
	}
	return nil
}
