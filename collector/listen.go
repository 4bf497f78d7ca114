package collector

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// eventDelay makes one reading of a burst of events.
const eventDelay = 50 * time.Millisecond

// listen watches the source's events until ctx is done, again and again.
func (c *Collector) listen(ctx context.Context, w hv.Watcher) {
	for ctx.Err() == nil {
		began := time.Now()
		err := w.Watch(ctx, func(e hv.Event) { c.turn(ctx, func() { c.event(e, began) }) })
		if ctx.Err() != nil {
			return
		}
		c.turn(ctx, func() {
			c.watch.finish(began, err)
			c.states.hasten(time.Now())
		})
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
		}
	}
}

// event takes over what a source told by itself. For now an event hastens a reading: states first, then what else of
// that virtual machine may have changed.
func (c *Collector) event(e hv.Event, began time.Time) {
	now := time.Now()
	if e.Kind == hv.Connected {
		c.watch.finish(began, nil)
		c.resync()
		c.hastenStates(now)
		return
	}
	c.log.Debug("event", zap.Stringer("event", e))
	if c.inv.byKey[e.Key] != nil {
		c.inv.undefined[e.Key] = true
	}
	c.hastenStates(now.Add(max(eventDelay, restAfterState*c.states.took)))
}

// hastenStates has the states read at t, before any definition. States that hang do not hold up the definitions.
func (c *Collector) hastenStates(t time.Time) {
	c.states.hasten(t)
	if c.patience.IsZero() {
		c.patience = time.Now().Add(max(time.Until(c.states.next), 0) + eventDelay)
	}
}
