package freebsd

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
)

// Exits begins to be told of what End has end.
func (r *Recording) Exits() (Exits, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.answers[ask(askExits)]; a.err != nil {
		return nil, a.err
	}
	e := &recordedExits{of: r, pids: map[int]bool{}, wake: make(chan struct{})}
	r.watches[e] = true
	return e, nil
}

// End has a process end, which is told to those that watch it. It says whether there is one. What else is answered of the process
// stays as it is, but nobody can begin to watch it.
func (r *Recording) End(exit Exit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended[exit.PID] = true
	var told bool
	for e := range r.watches {
		if !e.pids[exit.PID] {
			continue
		}
		delete(e.pids, exit.PID)
		e.exits = append(e.exits, exit)
		e.signal()
		told = true
	}
	return told
}

// recordedExits are the Exits of a Recording. What is in it is held by the recording's mu.
type recordedExits struct {
	of    *Recording
	pids  map[int]bool
	exits []Exit
	// wake is closed when there is something new, and then replaced.
	wake   chan struct{}
	closed bool
}

// Add has the end of the process told.
func (e *recordedExits) Add(pid int) error {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	if e.closed {
		return fmt.Errorf("process %d is not watched: %w", pid, fs.ErrClosed)
	}
	if a := e.of.answers[ask(askExit, strconv.Itoa(pid))]; a.err != nil {
		return a.err
	}
	if e.of.ended[pid] {
		return fmt.Errorf("process %d is not watched: %w", pid, ErrNoProcess)
	}
	e.pids[pid] = true
	return nil
}

// Wait returns the processes that ended.
func (e *recordedExits) Wait(ctx context.Context) ([]Exit, error) {
	for {
		exits, wake, err := e.take()
		if err != nil || len(exits) > 0 {
			return exits, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wake:
		}
	}
}

// take returns what ended, or else what is closed when that changes.
func (e *recordedExits) take() ([]Exit, <-chan struct{}, error) {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	if e.closed {
		return nil, nil, fmt.Errorf("processes are not watched: %w", fs.ErrClosed)
	}
	exits := e.exits
	e.exits = nil
	return exits, e.wake, nil
}

// Close lets go of all. A second call does nothing.
func (e *recordedExits) Close() error {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	delete(e.of.watches, e)
	e.signal()
	return nil
}

// signal wakes who waits. The caller holds mu.
func (e *recordedExits) signal() {
	close(e.wake)
	e.wake = make(chan struct{})
}
