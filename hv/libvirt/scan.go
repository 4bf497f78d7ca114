package libvirt

import (
	"context"
	"time"
)

// scanPatience is how long command lines are waited for. Linux copies one out of the memory of its process, whose lock
// may be held for ever, as by a process that waits for a disk that is gone (state D). All else that we read of a
// process (stat, status, task, children, ns) takes no such lock.
const scanPatience = 2 * time.Second

// A scan reads command lines, and finds those of QEMUs, by UUID. It cannot be called off.
type scan struct {
	began  time.Time
	done   chan struct{}  // closed at its end
	byUUID map[string]int // PIDs; set when it is done
}

// begin begins a scan, which is what read does.
func begin(read func() map[string]int) *scan {
	s := &scan{began: time.Now(), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.byUUID = read()
	}()
	return s
}

// over reports whether the scan has ended.
func (s *scan) over() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// wait returns what was found. That is nothing if the scan takes longer than ctx or our patience lasts, or if s is nil.
func (s *scan) wait(ctx context.Context) map[string]int {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithDeadline(ctx, s.began.Add(scanPatience))
	defer cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	if !s.over() {
		return nil
	}
	return s.byUUID
}
