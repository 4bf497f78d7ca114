package libvirt

import (
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
)

// quiet is the time after a line in which others like it are only counted. A daemon that comes and goes, or a virtual
// machine that hangs, is not to fill the log.
const quiet = time.Minute

// A journal writes what becomes of the daemon: a line when it is there, one when it is lost, one for each reason why it
// cannot be had, and none for the repetitions, which it counts. All connections of a Source share it, because they come
// and go together.
type journal struct {
	log *zap.Logger

	mu   sync.Mutex
	era  int  // counts the losses: a connection that was opened in an earlier era was lost with it
	told bool // the last line said that the daemon is there
	out  bool // there was no connection since the last failure

	loss, surrender, failure repetition
	reason                   string // of the last failure that was written
	denied                   string // the purpose of the last failure
	failures                 int    // since the last connection
}

// A repetition is something that is written once in a while.
type repetition struct {
	at       time.Time // when it was last written
	unlogged int       // how often it was not since then
}

// due counts, and reports whether it is time to write again.
func (r *repetition) due() bool {
	if time.Since(r.at) < quiet {
		r.unlogged++
		return false
	}
	return true
}

// written returns the count, which begins anew.
func (r *repetition) written() zap.Field {
	n := r.unlogged
	*r = repetition{at: time.Now()}
	return count("repeated", n)
}

// count returns a field for a number of things if there are any.
func count(name string, n int) zap.Field {
	if n == 0 {
		return zap.Skip()
	}
	return zap.Int(name, n)
}

// connected notes that there is a connection. It returns the era, for lost.
func (j *journal) connected(purpose string) (era int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.told {
		j.log.Info("connected", zap.String("connection", purpose), count("failures", j.failures))
	}
	j.told, j.out, j.failures = true, false, 0
	return j.era
}

// lost notes that a connection of that era ended. If it was we who gave it up, the daemon may well be there.
func (j *journal) lost(purpose string, era int, reason error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if errors.Is(reason, errMissed) {
		if j.surrender.due() {
			j.log.Warn("connection given up", zap.String("connection", purpose), zap.Error(reason), j.surrender.written())
		}
		return
	}
	if era != j.era {
		return
	}
	j.era++
	if j.loss.due() {
		j.log.Warn("connection lost", zap.String("connection", purpose), zap.Error(reason), j.loss.written())
		j.told = false
	}
}

// failed notes that no connection could be had.
func (j *journal) failed(purpose string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failures++
	same := j.reason == err.Error()
	if same && j.out || same && !j.failure.due() {
		j.out, j.denied = true, purpose
		return
	}
	if !same && j.failure.unlogged > 0 {
		// The count is of the failures for the earlier reason.
		j.log.Warn("cannot connect", zap.String("connection", j.denied), zap.String("error", j.reason), j.failure.written())
	}
	j.log.Warn("cannot connect", zap.String("connection", purpose), zap.Error(err), j.failure.written())
	j.reason, j.denied, j.out, j.told = err.Error(), purpose, true, false
}
