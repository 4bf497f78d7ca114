package freebsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// wakeIdent is the event that interrupts a wait (EVFILT_USER). It is none of a process, whose events have another filter.
const wakeIdent = 1

// exitsAtOnce is how many exits one system call returns at most.
const exitsAtOnce = 64

// Exits opens a queue of events (kqueue(2)), which no program that is run inherits.
func (*Live) Exits() (Exits, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, fmt.Errorf("failed to open a queue of events: %w", err)
	}
	q := &queue{fd: fd}
	// EV_CLEAR has it wait again once it was told.
	if err := q.change(wakeIdent, unix.EVFILT_USER, unix.EV_ADD|unix.EV_CLEAR, 0); err != nil {
		return nil, fmt.Errorf("failed to prepare a queue of events: %w", errors.Join(err, unix.Close(fd)))
	}
	return q, nil
}

// A queue tells of exits through kqueue(2). One caller waits at a time.
type queue struct {
	fd int
	// closing is set before Close waits for those that use fd.
	closing atomic.Bool
	// using is held for reading by all that use fd, and for writing to close it: a number of a file must not be used once it may be
	// another's.
	using sync.RWMutex
}

// Add has the end of the process told (EVFILT_PROC, NOTE_EXIT). It is told once (EV_ONESHOT); adding it again changes nothing.
func (q *queue) Add(pid int) error {
	q.using.RLock()
	defer q.using.RUnlock()
	if q.closing.Load() {
		return fmt.Errorf("process %d is not watched: %w", pid, fs.ErrClosed)
	}
	if err := q.change(uint64(pid), unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT, unix.NOTE_EXIT); err != nil {
		return fmt.Errorf("%v: %w", ask(askExit, strconv.Itoa(pid)), translate(err))
	}
	return nil
}

// Wait waits in the system call, which both the end of ctx and Close interrupt.
func (q *queue) Wait(ctx context.Context) ([]Exit, error) {
	q.using.RLock()
	defer q.using.RUnlock()
	stop := context.AfterFunc(ctx, q.wake)
	defer stop()
	events := make([]unix.Kevent_t, exitsAtOnce)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if q.closing.Load() {
			return nil, fmt.Errorf("processes are not watched: %w", fs.ErrClosed)
		}
		n, err := unix.Kevent(q.fd, nil, events, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("failed to wait for the end of processes: %w", err)
		}
		if exits := exitsOf(events[:n]); len(exits) > 0 {
			return exits, nil
		}
	}
}

// exitsOf returns the ends of processes that are among the events. The kernel has the status in the data (filt_proc, kern_event.c).
func exitsOf(events []unix.Kevent_t) []Exit {
	var exits []Exit
	for _, e := range events {
		if e.Filter == unix.EVFILT_PROC && e.Fflags&unix.NOTE_EXIT != 0 {
			exits = append(exits, Exit{PID: int(e.Ident), Status: WaitStatus(e.Data)})
		}
	}
	return exits
}

// Close wakes who waits and closes the queue. A second call does nothing.
func (q *queue) Close() error {
	if q.closing.Swap(true) {
		return nil
	}
	// The queue is there, since only this call closes it.
	err := q.trigger()
	q.using.Lock()
	defer q.using.Unlock()
	return errors.Join(err, unix.Close(q.fd))
}

// wake interrupts a wait, if the queue is not closed. There is nothing to be done if that fails, for the queue is there.
func (q *queue) wake() {
	q.using.RLock()
	defer q.using.RUnlock()
	if !q.closing.Load() {
		_ = q.trigger()
	}
}

// trigger has the event come that interrupts a wait. It comes to the next one if nobody waits, which then goes on to wait.
func (q *queue) trigger() error { return q.change(wakeIdent, unix.EVFILT_USER, 0, unix.NOTE_TRIGGER) }

// change tells the queue of one event. Without room for events the call does not wait, and its error is the event's.
func (q *queue) change(ident uint64, filter int16, flags uint16, fflags uint32) error {
	_, err := unix.Kevent(q.fd, []unix.Kevent_t{{Ident: ident, Filter: filter, Flags: flags, Fflags: fflags}}, nil, nil)
	if err == unix.EINTR {
		return nil // it has taken effect all the same (kqueue(2))
	}
	return err
}
