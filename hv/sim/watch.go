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
	queue  []item
	behind bool          // events were dropped
	wake   chan struct{} // holds one token if there may be something new
	ended  chan struct{} // closed when the call returns
}

// newWatcher returns one that nothing was told yet but that the watch begins.
func newWatcher() *watcher {
	return &watcher{
		queue: []item{{event: hv.Event{Kind: hv.Connected}}},
		wake:  make(chan struct{}, 1),
		ended: make(chan struct{}),
	}
}

// Watch implements hv.Watcher. An event is handed over after what it tells can be read. One who falls behind by more
// than 131,072 events and calls of Flush loses the connection.
func (s *Source) Watch(ctx context.Context, yield func(hv.Event)) error {
	err := s.watch(ctx, yield)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Source) watch(ctx context.Context, yield func(hv.Event)) error {
	w := newWatcher()
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
		items, next, err := s.collect(ctx, w)
		if err != nil {
			return err
		}
		for _, i := range items {
			if err := s.deliver(ctx, i, yield); err != nil {
				return err
			}
		}
		if len(items) > 0 {
			continue
		}
		s.idle(ctx, w, next, changed)
	}
}

// deliver hands one item over, with the faults of the watch and of the event's virtual machine.
func (s *Source) deliver(ctx context.Context, i item, yield func(hv.Event)) error {
	if err := s.ward.passOne(ctx, Watch, i.event.Key); err != nil {
		return err
	}
	if i.mark != nil {
		close(i.mark)
		return nil
	}
	yield(i.event)
	return nil
}

// collect catches up with the clock, and returns what is new and how long it takes until there is more to do.
func (s *Source) collect(ctx context.Context, w *watcher) ([]item, time.Duration, error) {
	if err := s.lock(ctx); err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	if w.behind {
		return nil, 0, fmt.Errorf("watch is behind by more than %d events", maxQueue)
	}
	items := w.queue
	w.queue = nil
	next := s.world.next()
	if next == never {
		return items, never, nil
	}
	return items, next - s.world.now, nil
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
		for _, e := range events {
			w.push(item{event: e})
		}
	}
	s.rouse()
}

// push adds an item to the queue, unless too many wait there already: then all are dropped, and the watch will end.
// The world is locked.
func (w *watcher) push(i item) {
	if w.behind || len(w.queue) >= maxQueue {
		w.queue, w.behind = nil, true
		return
	}
	w.queue = append(w.queue, i)
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
	close(w.ended)
}
