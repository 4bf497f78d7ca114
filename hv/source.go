package hv

import (
	"context"
	"errors"
)

// ErrGone is the error of a virtual machine that was asked for and is no longer there. It is not a failure: the next
// States will not have it.
var ErrGone = errors.New("virtual machine is gone")

// ErrTooMany is the error of States when there are more virtual machines than the hypervisor can list, and an event will come
// once there may be fewer: before that it is of no use to ask again and again.
var ErrTooMany = errors.New("too many virtual machines")

// A Source reads one hypervisor. It connects when it is first asked and again whenever the connection was lost; an
// error says that this reading failed, not that the Source is of no more use.
//
// All methods may be called at once from several goroutines. Each returns soon after its context is done, even if
// the hypervisor hangs: what it waits for is given up, by closing the connection if need be.
type Source interface {
	// Host reads what the hypervisor tells of itself.
	Host(ctx context.Context) (Host, error)
	// States reads the Summary of every virtual machine, in any order. It is all or an error, never a part. The
	// error is [ErrTooMany] where only an event can end it.
	States(ctx context.Context) ([]Summary, error)
	// Definitions reads the Definition of each named virtual machine and hands it to yield as it comes, in any order
	// and from one goroutine at a time. A virtual machine that cannot be read gets an error there, its neighbours
	// their Definition. The error returned says that the rest could not be asked.
	Definitions(ctx context.Context, keys []string, yield func(key string, d Definition, err error)) error
	// Statistics does the same for Statistics.
	Statistics(ctx context.Context, keys []string, yield func(key string, s Statistics, err error)) error
}

// A Watcher is a Source that can tell what happens without being asked. Its events and the answers to questions come by
// different ways, so an answer may be ahead of events that are still to come: Flush brings them in order.
type Watcher interface {
	// Watch hands each event to yield, in order and from one goroutine, until ctx is done, which is no error, or
	// the connection is lost, which is one. It begins with an event of kind [Connected]: whatever happened before
	// must be read. yield does not block for long.
	Watch(ctx context.Context, yield func(Event)) error
	// Flush returns nil once yield has returned for every event that tells what had happened when Flush was called.
	// Its error says that this cannot be known: nothing is watched, the watch was lost meanwhile, or ctx is done.
	Flush(ctx context.Context) error
	// State reads the state of one virtual machine at once, whatever others do, and settles what an event leaves open,
	// such as what a [Busy] one does. Its error is [ErrGone] if there is no such virtual machine.
	State(ctx context.Context, key string) (OperState, error)
}

// A Closer is a Source that holds something open. After Close all its methods return an error; a second call does
// nothing.
type Closer interface {
	Close() error
}
