package daemon

import (
	"context"
	"sync"
	"time"
)

// The shares of the service manager's time: it is told that all is well three times, and each of the tasks has to
// answer in a quarter of it.
const (
	feedShare  = 3
	probeShare = 4
)

// A watchdog asks the tasks for signs of life. Nothing but their own loops can give them.
type watchdog struct {
	within time.Duration // how long a task may take to answer
	tasks  []Task
	ticker *time.Ticker // nil if nobody waits for a sign of life

	asked  bool          // a round is under way
	answer chan []string // the names of the tasks that did not answer in time
}

// newWatchdog returns a watchdog that keeps a service manager content that wants a sign of life in every period. It
// does nothing if period is 0.
func newWatchdog(period time.Duration, tasks []Task) watchdog {
	w := watchdog{within: period / probeShare, tasks: tasks, answer: make(chan []string, 1)}
	if period > 0 {
		w.ticker = time.NewTicker(period / feedShare)
	}
	return w
}

// tick returns the channel that says when to ask, or nil.
func (w *watchdog) tick() <-chan time.Time {
	if w.ticker == nil {
		return nil
	}
	return w.ticker.C
}

// stop stops the ticks.
func (w *watchdog) stop() {
	if w.ticker != nil {
		w.ticker.Stop()
	}
}

// ask asks all tasks at once, unless the last round is still under way: a task that does not even mind its context
// keeps it so, and the watchdog is never fed again.
func (w *watchdog) ask(ctx context.Context) {
	if w.asked {
		return
	}
	w.asked = true
	go func() { w.answer <- late(ctx, w.within, w.tasks) }()
}

// late returns the names of the tasks whose loop does not answer in time.
func late(ctx context.Context, within time.Duration, tasks []Task) []string {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	names := make([]string, len(tasks))
	var wg sync.WaitGroup
	for i, t := range tasks {
		p, ok := t.(Prober)
		if !ok {
			continue
		}
		wg.Go(func() {
			if p.Alive(ctx) != nil {
				names[i] = t.String()
			}
		})
	}
	wg.Wait()
	var late []string
	for _, name := range names {
		if name != "" {
			late = append(late, name)
		}
	}
	return late
}
