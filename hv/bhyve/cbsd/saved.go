package cbsd

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// checkpoint is what the name of a saved state ends with. Beside it are others that are written after it.
const checkpoint = ".ckp"

// checkpointParts are the endings of all files of a saved state.
var checkpointParts = [...]string{checkpoint, checkpoint + ".kern", checkpoint + ".meta"}

// stopping is the longest time between the end of saving a state and the note that the virtual machine is off. CBSD waits for two
// seconds, has the disks written and kills what is left (bcheckpoint, bstop).
const stopping = time.Minute

// saved reports whether the virtual machine may have ended by being saved: it is off, and the newest of its checkpoints
// was written when it ended, or since.
func (r *Reader) saved(ctx context.Context, g Guest, zone *time.Location) (bool, error) {
	if g.Status != Off {
		return false, nil
	}
	at, err := r.lastCheckpoint(g)
	if err != nil || at.IsZero() {
		return false, err
	}
	end := g.Since
	if end.IsZero() {
		end, err = r.since(ctx, g, zone)
	}
	return !end.IsZero() && !at.Add(stopping).Before(end), err
}

// lastCheckpoint returns when the newest checkpoint was written, or zero if there is none.
func (r *Reader) lastCheckpoint(g Guest) (time.Time, error) {
	var last time.Time
	dir := path.Join(g.Dir, "checkpoints")
	names, err := r.system.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return last, nil
	}
	if err != nil {
		return last, err
	}
	for _, name := range names {
		of, ok := strings.CutSuffix(name, checkpoint)
		if !ok || of == "" {
			continue
		}
		for _, part := range checkpointParts {
			if !slices.Contains(names, of+part) {
				continue
			}
			stat, err := r.system.Stat(path.Join(dir, of+part))
			if err == nil && stat.Modified.After(last) {
				last = stat.Modified
			}
		}
	}
	return last, nil
}

// A sinceSeen is when a virtual machine's status last changed, as it was last read.
type sinceSeen struct {
	of stamp
	at time.Time
}

// since returns when the status last changed according to the virtual machine's own table, or zero if that does not tell. In the list
// of all CBSD leaves an expression that was to tell the time, while there it is worked out (bstop).
func (r *Reader) since(ctx context.Context, g Guest, zone *time.Location) (time.Time, error) {
	now, err := r.stamp(g)
	if err != nil {
		return time.Time{}, err
	}
	if s, ok := r.times[g.Dir]; ok && s.of == now {
		return s.at, nil
	}
	rows, err := r.ask(ctx, querySince(g), g.tables(), count(sinceColumns))
	if err != nil {
		return time.Time{}, err
	}
	s := sinceSeen{of: now}
	if len(rows) > 0 {
		s.at = parseTime(rows[0][1], zone)
	}
	r.times[g.Dir] = s
	return s.at, nil
}
