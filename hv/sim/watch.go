package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vmond/vmond/hv"
)

// maxQueue is how many events wait for one who watches, before the connection is lost as libvirt would lose it.
const maxQueue = 1 << 17

// A watcher is one call of Watch.
type watcher struct {
	queue  []hv.Event
	behind bool          // events were dropped
	wake   chan struct{} // holds one token if there may be something new
}

// Watch implements hv.Watcher. An event is handed over after what it tells can be read. One who falls behind by more
// than 131,072 events loses the connection.
func (s *Source) Watch(ctx context.Context, yield func(hv.Event)) error {
	err := s.watch(ctx, yield)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Source) watch(ctx context.Context, yield func(hv.Event)) error {
	w := &watcher{queue: []hv.Event{{Kind: hv.Connected}}, wake: make(chan struct{}, 1)}
	if err := s.lock(ctx); err != nil {
		return err
	}
	s.watchers = append(s.watchers, w)
	s.mu.Unlock()
	defer s.forget(w)

	for {
		fault, changed := s.ward.at(Watch, "")
		if fault.Mode == Fail {
			return fault.Err
		}
		events, next, err := s.collect(ctx, w)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := s.deliver(ctx, e, yield); err != nil {
				return err
			}
		}
		if len(events) > 0 {
			continue
		}
		s.idle(ctx, w, next, changed)
	}
}

// deliver hands one event over, with the faults of the watch and of the virtual machine.
func (s *Source) deliver(ctx context.Context, e hv.Event, yield func(hv.Event)) error {
	if err := s.ward.pass(ctx, Watch, ""); err != nil {
		return err
	}
	if e.Key != "" && s.ward.mode(Watch, e.Key) != Healthy {
		if err := s.ward.pass(ctx, Watch, e.Key); err != nil {
			return err
		}
	}
	yield(e)
	return nil
}

// collect catches up with the clock, and returns what is new and how long it takes until there is more to do.
func (s *Source) collect(ctx context.Context, w *watcher) ([]hv.Event, time.Duration, error) {
	if err := s.lock(ctx); err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	if w.behind {
		return nil, 0, fmt.Errorf("watch is behind by more than %d events", maxQueue)
	}
	events := w.queue
	w.queue = nil
	next := s.world.next()
	if next == never {
		return events, never, nil
	}
	return events, next - s.world.now, nil
}

// idle waits until there may be something to do.
func (s *Source) idle(ctx context.Context, w *watcher, d time.Duration, changed <-chan struct{}) {
	var due <-chan time.Time
	if d != never {
		t := time.NewTimer(d)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-due:
	case <-w.wake:
	case <-changed:
	case <-s.ward.closed:
	case <-ctx.Done():
	}
}

// publish hands what happened to all who watch. The world is locked.
func (s *Source) publish() {
	events := s.world.take()
	if len(events) == 0 {
		return
	}
	for _, w := range s.watchers {
		w.queue = append(w.queue, events...)
		if len(w.queue) > maxQueue {
			w.queue, w.behind = nil, true
		}
	}
	s.rouse()
}

// rouse has all who watch look again. The world is locked.
func (s *Source) rouse() {
	for _, w := range s.watchers {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// forget ends what watch began.
func (s *Source) forget(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = slices.DeleteFunc(s.watchers, func(other *watcher) bool { return other == w })
}
