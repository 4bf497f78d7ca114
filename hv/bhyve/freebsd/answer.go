package freebsd

import (
	"errors"
	"io/fs"
	"time"
)

// ErrNoProcess is the error of a question about a process or thread that is no more (ESRCH).
var ErrNoProcess = errors.New("no such process")

// A Clock is what the host's clocks say, read at once.
type Clock struct {
	// Now is the time of day. Its location is the host's.
	Now time.Time
	// Up is how long the host has been up, by a clock that nobody sets (CLOCK_UPTIME, clock_gettime(2)).
	Up time.Duration
}

// A Stat is what stat(2) tells of a file.
type Stat struct {
	// Path is where the file is once all symbolic links on the way are followed.
	Path string
	Mode fs.FileMode
	// Size is how long it is and Allocated what it takes of the file system, in octets.
	Size, Allocated int64
	Modified        time.Time
}

// A Command is a program to run, without a shell.
type Command struct {
	// Argv is the absolute path of the program and its arguments.
	Argv []string
	// Env are variables as "NAME=value", besides PATH and the like.
	Env []string
}

// An Exit is the end of a process.
type Exit struct {
	PID int
	// Status is what wait(2) would tell its parent.
	Status WaitStatus
}
