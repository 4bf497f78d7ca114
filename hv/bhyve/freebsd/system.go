package freebsd

import (
	"context"
	"io"
)

// A System is the FreeBSD that is asked, or what one answered once.
type System interface {
	Kernel
	Files
	Programs
	Heralds
}

// A Kernel answers for itself.
type Kernel interface {
	// Sysctl reads the variable of that name, with the arguments that a node of it takes, such as the number of a process. Its
	// error is fs.ErrNotExist if there is no such variable, ErrNoProcess if there is no such process.
	Sysctl(name string, args ...int) ([]byte, error)
	// Affinity reads the set of CPUs that the thread may run on (cpuset_getaffinity(2)).
	Affinity(thread int) ([]byte, error)
	// Clock reads the host's clocks.
	Clock() (Clock, error)
}

// Files are a file system. Their errors are those of package os.
type Files interface {
	// ReadDir returns the names in a directory, sorted.
	ReadDir(path string) ([]string, error)
	// ReadFile reads a file, which is an error if it is unreasonably long.
	ReadFile(path string) ([]byte, error)
	// Tail reads the last n octets of a file, or all of it if it is shorter.
	Tail(path string, n int) ([]byte, error)
	// Stat tells of a file, with symbolic links followed.
	Stat(path string) (Stat, error)
}

// Programs are what can be run.
type Programs interface {
	// Run runs a program and returns its standard output. It and its children are ended when ctx is done. The error has what
	// the program said on standard error.
	Run(ctx context.Context, c Command) ([]byte, error)
}

// Heralds tell what happens without being asked.
type Heralds interface {
	// Exits begins to watch processes end.
	Exits() (Exits, error)
	// Devices opens devd's stream of lines about what becomes of devices (devd(8)).
	Devices(ctx context.Context) (io.ReadCloser, error)
}

// Exits tells of processes that end (kqueue(2), EVFILT_PROC).
type Exits interface {
	// Add has the end of the process told. Its error is ErrNoProcess if it is over already. A second call for the same
	// process does nothing.
	Add(pid int) error
	// Wait returns the processes that ended since the last call, at least one, or the error of ctx.
	Wait(ctx context.Context) ([]Exit, error)
	// Close lets go of all. Wait then returns an error.
	Close() error
}
