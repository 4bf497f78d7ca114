package lab

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// tailLines is how much of a daemon's log a failed test shows.
const tailLines = 60

// A Log keeps what a process writes. It may be written and read at once from several goroutines.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns all of it.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Has reports whether the log has a text.
func (l *Log) Has(text string) bool { return strings.Contains(l.String(), text) }

// Tail returns its last n lines.
func (l *Log) Tail(n int) string {
	lines := strings.Split(strings.TrimRight(l.String(), "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

// tee returns a writer to the log and to w, which may be nil.
func (l *Log) tee(w io.Writer) io.Writer {
	if w == nil {
		return l
	}
	return io.MultiWriter(l, w)
}
