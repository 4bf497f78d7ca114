package daemon

import "context"

// A Task is one of the things that a daemon does for as long as it lives.
type Task interface {
	// Run does it until ctx is done, and then returns nil. An error ends the daemon.
	Run(ctx context.Context) error
	// Ready returns a channel that is closed when the task does what it is there for.
	Ready() <-chan struct{}
	// String names the task.
	String() string
}

// A Prober is a Task that can show that its loop is alive.
type Prober interface {
	// Alive returns nil once the loop itself has answered, or an error once ctx is done.
	Alive(ctx context.Context) error
}
