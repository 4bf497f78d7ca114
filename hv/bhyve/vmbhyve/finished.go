package vmbhyve

import (
	"bytes"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// writing is how long a file that looks half written may be. One that looks like that for longer is whole: some editors leave out
// the end of the last line.
const writing = 5 * time.Second

// settled reports whether nobody is writing a file, as far as its text and what was told of it before show.
func settled(s System, text []byte, stat freebsd.Stat) bool {
	if int64(len(text)) != stat.Size {
		return false
	}
	if finished(text) && len(text) > 0 {
		return true
	}
	clock, err := s.Clock()
	return err == nil && clock.Now.Sub(stat.Modified).Abs() >= writing
}

// finished reports whether a text ends with the end of a line. One that does not is being written, or was by an editor that
// leaves that out.
func finished(text []byte) bool { return len(text) == 0 || text[len(text)-1] == '\n' }

// lastLine returns where the last line of a text begins, which is not finished.
func lastLine(text []byte) int { return bytes.LastIndexByte(text, '\n') + 1 }
