package librenms

import (
	"sync/atomic"

	"go.uber.org/zap"
)

// An outlet is the pair of files that a [Keeper] writes. All but fault is for one goroutine.
type outlet struct {
	path  string // empty: there are none
	log   *zap.Logger
	trial atomic.Pointer[error] // what came of the last write; nil if there was none
}

// tell writes a document that is short.
func (o *outlet) tell(d *Document) { o.write(d, d.Compressed(MaxCompressed)) }

// write writes a document and what it is compressed. That it cannot is logged once, and that it can again.
func (o *outlet) write(d *Document, compressed []byte) {
	if o.path == "" {
		return
	}
	before, err := o.fault(), writeFiles(o.path, d, compressed)
	o.trial.Store(&err)
	log := o.log.With(zap.String("file", o.path))
	if err != nil && before == nil {
		log.Warn("the document cannot be written into its files", zap.Error(err))
	}
	if err == nil && before != nil {
		log.Info("the document is written into its files again")
	}
}

// move has others be written, of which nothing is known.
func (o *outlet) move(path string) {
	o.path = path
	o.trial.Store(nil)
}

// fault returns why the files could not be written the last time, or nil. It may be called from any goroutine.
func (o *outlet) fault() error {
	if err := o.trial.Load(); err != nil {
		return *err
	}
	return nil
}
