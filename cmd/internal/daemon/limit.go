package daemon

import (
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// repeated is the field that says how many lines were held back. Rooms that hold back lines themselves name it so too.
const repeated = "repeated"

// A limiter is a core that holds back what it has written before. The same entry with the same facts is written once
// in a period, the same message with other facts up to burst times. At the end of the period the last one that was
// held back is written, with the number of them as the field "repeated". So a fault that lasts costs one line in a
// period, and none is lost without being counted.
//
// Debug entries all pass: who asks for them wants to see everything.
type limiter struct {
	zapcore.Core
	context string // the facts that With added, encoded
	shared  *windows
}

// windows are the messages that were written not long ago. It is shared by all cores that With made.
type windows struct {
	period time.Duration
	burst  int

	mu   sync.Mutex
	open map[message]*window
}

// A message is what two entries have in common that differ only in their facts.
type message struct {
	level  zapcore.Level
	logger string
	text   string
}

// A window is the time after a message was first written.
type window struct {
	timer *time.Timer
	seen  map[string]bool // the facts of those that were written

	held  int            // how many were held back
	facts string         // those of the last of them
	last  func(held int) // writes it
}

func newLimiter(core zapcore.Core, period time.Duration, burst int) *limiter {
	return &limiter{Core: core, shared: &windows{period: period, burst: burst, open: map[message]*window{}}}
}

// With returns a core whose entries have more facts.
func (l *limiter) With(fields []zapcore.Field) zapcore.Core {
	return &limiter{Core: l.Core.With(fields), context: l.context + facts(fields), shared: l.shared}
}

// Check adds the core if the level is let through.
func (l *limiter) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if l.Enabled(e.Level) {
		return ce.AddCore(e, l)
	}
	return ce
}

// Write writes the entry or holds it back.
func (l *limiter) Write(e zapcore.Entry, fields []zapcore.Field) error {
	rest, before := uncounted(fields)
	if e.Level != zapcore.DebugLevel && l.shared.hold(e, l.context+facts(fields), before+1, func(held int) {
		e.Time = time.Now()
		// A logger has nobody to tell that it cannot write but its own error output, which an entry of now would
		// not reach any better.
		_ = l.Core.Write(e, append(rest, zap.Int(repeated, held)))
	}) {
		return nil
	}
	return l.Core.Write(e, fields)
}

// uncounted returns a copy of the fields without the count that who logs has put there of what it held back itself, and
// that count.
func uncounted(fields []zapcore.Field) (rest []zapcore.Field, n int) {
	for _, f := range fields {
		if f.Key == repeated && f.Type == zapcore.Int64Type {
			n += int(f.Integer)
			continue
		}
		rest = append(rest, f)
	}
	return rest, n
}

// flush writes what is held back, and forgets all windows.
func (l *limiter) flush() {
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	for m, w := range l.shared.open {
		w.timer.Stop()
		if w.held > 0 {
			w.last(w.held)
		}
		delete(l.shared.open, m)
	}
}

// hold reports whether the entry is to be held back. If so, it counts as n, and last can write it later.
func (ws *windows) hold(e zapcore.Entry, facts string, n int, last func(held int)) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	m := message{e.Level, e.LoggerName, e.Message}
	w := ws.open[m]
	if w == nil {
		w = &window{seen: map[string]bool{}}
		w.timer = time.AfterFunc(ws.period, func() { ws.end(m, w) })
		ws.open[m] = w
	}
	if !w.seen[facts] && len(w.seen) < ws.burst {
		w.seen[facts] = true
		return false
	}
	w.held += n
	w.facts, w.last = facts, last
	return true
}

// end ends a window: a quiet one is forgotten, in the others the next period begins.
func (ws *windows) end(m message, w *window) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.open[m] != w {
		return
	}
	if w.held == 0 {
		delete(ws.open, m)
		return
	}
	w.last(w.held)
	w.seen = map[string]bool{w.facts: true}
	w.held, w.last = 0, nil
	w.timer.Reset(ws.period)
}

// facts returns the fields as text, for comparing.
func facts(fields []zapcore.Field) string {
	if len(fields) == 0 {
		return ""
	}
	line, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{}).EncodeEntry(zapcore.Entry{}, fields)
	if err != nil {
		return err.Error()
	}
	defer line.Free()
	return line.String()
}
