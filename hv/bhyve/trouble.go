package bhyve

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

// spacing is the least time between two warnings about the same thing.
const spacing = time.Minute

// troubles tell the log what cannot be read, which is asked again every few seconds: once when it begins, once when it is over, and
// again only if it is for another reason by then.
type troubles struct {
	log *zap.Logger
	mu  sync.Mutex
	of  map[string]*trouble
}

// A trouble is what the log was told of one thing that is read.
type trouble struct {
	// told is the error that the log last had, or empty if that was that it is over. at is when it last had an error.
	told string
	at   time.Time
	// now is the error that it has now, or nil.
	now error
	// untold counts the times it failed since, for a reason that was not told because the last warning was not long ago.
	untold int
}

func newTroubles(log *zap.Logger) *troubles {
	return &troubles{log: log, of: map[string]*trouble{}}
}

// note says how it went to read the source this time: err is nil if it went well. Without an answer yet it is as it was.
func (t *troubles) note(source string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.of[source]
	if known == nil {
		if err == nil {
			return
		}
		known = &trouble{}
		t.of[source] = known
	}
	known.now = err
	if err == nil {
		known.over(t.log, source)
		return
	}
	known.fails(t.log, source, err)
}

// over says that it can be read.
func (t *trouble) over(log *zap.Logger, source string) {
	if t.told == "" {
		return
	}
	t.told = ""
	log.Info("can be read again", zap.String("source", source))
}

// fails says that it cannot be read.
func (t *trouble) fails(log *zap.Logger, source string, err error) {
	text, now := err.Error(), time.Now()
	if text == t.told {
		return
	}
	if !t.at.IsZero() && now.Sub(t.at) < spacing {
		t.untold++
		return
	}
	fields := []zap.Field{zap.String("source", source), zap.Error(err)}
	if t.untold > 0 {
		fields = append(fields, zap.Int("untold", t.untold))
	}
	log.Warn("cannot be read", fields...)
	t.told, t.at, t.untold = text, now, 0
}

// failing returns the error of a source that fails now, or nil.
func (t *troubles) failing(source string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.of[source]; known != nil {
		return known.now
	}
	return nil
}

// forget lets go of what is not asked any more.
func (t *troubles) forget(source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, source)
}
