package collector

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

const (
	// eventDelay makes one reading of a burst of events.
	eventDelay = 50 * time.Millisecond
	// questionTimeout is how long an event that leaves the state open waits for the answer that settles it, and with it
	// the later events of that virtual machine.
	questionTimeout = 2 * time.Second
)

// listen watches the source's events until ctx is done, again and again: at once where a watch was lost that went on for
// retryAfter, so that little is missed.
func (c *Collector) listen(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		c.watchBegan.Store(&began)
		err := c.watcher.Watch(ctx, c.inbox.put)
		if ctx.Err() != nil {
			return
		}
		c.turn(ctx, func() {
			c.inv.blind = c.inv.blind || c.watching
			c.watching = false
			c.watch.finish(began, err)
			c.states.hasten(time.Now())
		})
		select {
		case <-time.After(time.Until(began.Add(retryAfter))):
		case <-ctx.Done():
		}
	}
}

// drain takes over the events that have come, but for those that do not say of which virtual machine they tell.
func (c *Collector) drain(ctx context.Context, wg *sync.WaitGroup) {
	events := slices.DeleteFunc(c.inbox.take(), func(e hv.Event) bool { return !identifies(e.Key) && e.Kind != hv.Connected })
	if len(events) == 0 {
		return
	}
	if c.known() {
		if err := c.inv.reserve(events, time.Now()); err != nil {
			c.stored(err)
		}
	}
	for _, e := range events {
		c.event(ctx, wg, e)
	}
}

// known reports whether the virtual machines were read, so that events can be told of them.
func (c *Collector) known() bool { return c.inv.looked }

// event takes over one event, and has read what it leaves open of the rest.
func (c *Collector) event(ctx context.Context, wg *sync.WaitGroup, e hv.Event) {
	now := time.Now()
	if e.Kind == hv.Connected {
		c.watching, c.inv.blind = true, true
		c.watch.finish(*c.watchBegan.Load(), nil)
		c.resync()
		c.hastenStates(now)
		c.definitions.next, c.statistics.next = now, now // what failed before need not fail now
		return
	}
	c.log.Debug("event", zap.Stringer("event", e))
	c.hastenStates(now.Add(max(eventDelay, c.states.rest(now))))
	if !c.known() {
		c.deaf = true
		return // the first reading finds what came of it, or the next one
	}
	if e.Kind != hv.Changed {
		c.inv.touched[e.Key] = true
	}
	if later, waits := c.open[e.Key]; waits {
		if n := len(later); n == 0 || e.Kind != hv.Busy || later[n-1].Kind != hv.Busy {
			c.open[e.Key] = append(later, e) // else the same is to be asked already
		}
		return
	}
	c.apply(ctx, wg, e)
}

// apply takes over an event to which all before it of that virtual machine were. If it leaves the state open, the
// hypervisor is asked, and what comes later of that virtual machine waits for the answer.
func (c *Collector) apply(ctx context.Context, wg *sync.WaitGroup, e hv.Event) {
	was, active := c.inv.last(e.Key)
	t := tell(e, was, active)
	if !t.open {
		c.happen(e, t, t.state)
		return
	}
	c.open[e.Key] = nil
	wg.Go(func() {
		asking, cancel := context.WithTimeout(ctx, questionTimeout)
		defer cancel()
		answer, err := c.watcher.State(asking, e.Key)
		c.turn(ctx, func() { c.answer(ctx, wg, e, t, answer, err) })
	})
}

// answer takes over the answer to an event that left the state open, and the events that have waited for it.
func (c *Collector) answer(ctx context.Context, wg *sync.WaitGroup, e hv.Event, t tale, answer hv.OperState, err error) {
	later := c.open[e.Key]
	delete(c.open, e.Key)
	if err != nil {
		c.log.Debug("no answer", zap.Stringer("event", e), zap.Error(err))
		answer = hv.StateUnknown
	}
	c.happen(e, t, settle(e, t, answer))
	for i, e := range later {
		if _, waits := c.open[e.Key]; waits {
			c.open[e.Key] = append(c.open[e.Key], later[i:]...)
			return
		}
		c.apply(ctx, wg, e)
	}
}

// happen takes over what an event told, and has the definition read again where it may have changed.
func (c *Collector) happen(e hv.Event, t tale, to hv.OperState) {
	if err := c.inv.happen(e, t, to, time.Now()); err != nil {
		c.stored(err)
	}
	c.dirty = true
	switch e.Kind {
	case hv.Suspended, hv.Resumed, hv.PMSuspended, hv.Crashed, hv.Shutdown, hv.Busy:
		return
	}
	if c.inv.byKey[e.Key] != nil {
		c.inv.undefined[e.Key] = true
	}
}

// hastenStates has the states read at t, before any definition. States that hang do not hold up the definitions.
func (c *Collector) hastenStates(t time.Time) {
	c.states.hasten(t)
	if c.patience.IsZero() {
		c.patience = time.Now().Add(max(time.Until(c.states.next), 0) + eventDelay)
	}
}
