package libvirt

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

// quiet is the time after a line about a lost connection in which further losses are only counted. A daemon that comes
// and goes, or a virtual machine that hangs, is not to fill the log.
const quiet = time.Minute

// A journal writes what becomes of a connection: a line when it is there, a line when it is lost or cannot be had, and
// none for the repetitions, which it counts.
type journal struct {
	log *zap.Logger
	*past
}

// past is what a journal remembers.
type past struct {
	mu       sync.Mutex
	up       bool      // the last line said that the connection is there
	written  time.Time // when the last line about a loss was written
	losses   int       // losses since then that were not written
	failure  string    // the last line's reason why no connection could be had
	failures int       // the failures since the last connection
}

func newJournal(log *zap.Logger) journal { return journal{log, &past{}} }

// connected notes that the connection is there.
func (j journal) connected() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.up {
		j.log.Info("connected", zap.Int("failures", j.failures))
	}
	j.up, j.failure, j.failures = true, "", 0
}

// lost notes that the connection ended.
func (j journal) lost(reason error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if time.Since(j.written) < quiet {
		j.losses++
		return
	}
	j.log.Warn("connection lost", zap.Error(reason), zap.Int("unlogged", j.losses))
	j.up, j.written, j.losses = false, time.Now(), 0
}

// failed notes that no connection could be had.
func (j journal) failed(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failures++
	if j.failure == err.Error() {
		return
	}
	j.log.Warn("cannot connect", zap.Error(err), zap.Int("failures", j.failures))
	j.up, j.failure = false, err.Error()
}
