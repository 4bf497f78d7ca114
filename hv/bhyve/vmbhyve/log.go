package vmbhyve

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// What vm-bhyve writes to a virtual machine's log (lib/vm-run).
const (
	logInitialising = "initialising"
	logStarting     = "starting bhyve (run "
	logFirst        = "1)"
	logExited       = "bhyve exited with status "
	logStopped      = "stopped"
	logSuspended    = "suspended"
	logFatal        = "fatal; "
	logResuming     = "saved vm state found, resuming"
)

// logArgs are the lines with bhyve's arguments, in the order in which bhyve is given them.
var logArgs = [...]string{" [bhyve devices: ", " [bhyve options: ", " [bhyve iso device: ", " [bhyve console: "}

// maxStatus is the highest status of a process (sh(1)).
const maxStatus = 255

// ParseLog reads the end of a vm-bhyve.log. A first line that is cut, a last one that is not finished and whatever is not known
// tell nothing.
func ParseLog(tail []byte) Log {
	var p logParser
	for line := range strings.Lines(string(tail)) {
		line, whole := strings.CutSuffix(line, "\n")
		stamp, text, ok := strings.Cut(line, ": ")
		if !whole || !ok {
			continue
		}
		at, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			continue
		}
		p.line(at, text)
	}
	return p.log
}

// A logParser reads a log line by line.
type logParser struct {
	log Log
	// resuming and args are what was said of the bhyve that is not started yet.
	resuming bool
	args     [len(logArgs)][]string
}

// line reads one line.
func (p *logParser) line(at time.Time, text string) {
	l := &p.log
	switch {
	case text == logInitialising:
		*p = logParser{log: Log{Initialised: at}}
	case text == logResuming:
		p.resuming = true
	case strings.HasPrefix(text, logStarting):
		p.start(at, text[len(logStarting):])
	case strings.HasPrefix(text, logExited):
		status, err := strconv.Atoi(text[len(logExited):])
		if err == nil && status >= 0 && status <= maxStatus {
			l.Exited, l.Status, l.ExitedAt = true, status, at
		}
	case text == logStopped, text == logSuspended:
		l.Ended = true
	case strings.HasPrefix(text, logFatal):
		l.Ended = true
		l.Failed = l.Started.IsZero() && !l.Exited
	default:
		p.argument(text)
	}
}

// start begins a bhyve. The first of a start begins that as well, if the log has lost the line before it.
func (p *logParser) start(at time.Time, run string) {
	l := &p.log
	if run == logFirst && (!l.Started.IsZero() || l.Exited || l.Ended) {
		*l = Log{}
	}
	if l.Exited && l.Status != 0 {
		l.Began, l.Before = at, l.Status
	}
	l.Started, l.Resuming, l.Args = at, p.resuming, slices.Concat(p.args[:]...)
	l.Exited, l.Status, l.ExitedAt, l.Ended, l.Failed = false, 0, time.Time{}, false, false
	p.resuming, p.args = false, [len(logArgs)][]string{}
}

// argument takes a line with arguments of the bhyve that is started next.
func (p *logParser) argument(text string) {
	inner, ok := strings.CutSuffix(text, "]")
	if !ok {
		return
	}
	for i, prefix := range logArgs {
		if words, ok := strings.CutPrefix(inner, prefix); ok {
			p.args[i] = withoutPasswords(strings.Fields(words))
		}
	}
}

// fbufPassword is the option of a frame buffer that nobody shall read here.
const fbufPassword = "password="

// withoutPasswords takes the passwords of frame buffers out of arguments. They may have any character but a space.
func withoutPasswords(words []string) []string {
	for i, word := range words {
		words[i], _, _ = strings.Cut(word, ","+fbufPassword)
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" })
}
