package collector

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

const (
	// A reading that takes longer is given up. That of definitions and statistics may take so much for each virtual
	// machine besides.
	statesTimeout  = 30 * time.Second
	depthTimeout   = 30 * time.Second
	timeoutPerVM   = 20 * time.Millisecond
	hostTimeout    = 10 * time.Second       // for a host that is known: the states do not wait longer for it
	idleTimeout    = depthTimeout           // between two virtual machines
	batchSize      = 128                    // so many virtual machines are taken over at once
	batchAge       = 200 * time.Millisecond // or those of so long
	measureGap     = time.Second            // between statistics of virtual machines that were not read yet
	surveyPerVM    = 100 * time.Millisecond // more than for the others: guests may be asked
	surveyGap      = 5 * time.Second        // between surveys
	surveySettle   = 5 * time.Second        // in which a guest that was started may get an address
	restAfterState = 4                      // times as long as a reading of the states took, they are not read again
)

// ask starts what is due and returns how long until something else is.
func (c *Collector) ask(ctx context.Context, wg *sync.WaitGroup) time.Duration {
	now := time.Now()
	if !now.Before(c.sweepDue) {
		c.sweepDue = now.Add(c.intervals.Load().Definitions)
		c.sweep()
	}
	c.askStates(ctx, wg, now)
	c.askDefinitions(ctx, wg, now)
	c.askStatistics(ctx, wg, now)
	c.askSurveys(ctx, wg, now)

	wait := min(never, c.sweepDue.Sub(now))
	if !c.states.busy {
		wait = min(wait, c.states.next.Sub(now))
	}
	if !c.definitions.busy && len(c.inv.undefined) > 0 {
		wait = min(wait, max(c.definitions.next.Sub(now), c.patience.Sub(now)))
	}
	if !c.statistics.busy && c.published {
		wait = min(wait, c.statisticsDue(now).Sub(now))
	}
	if !c.surveys.busy && c.surveysWanted(now) {
		wait = min(wait, c.surveys.next.Sub(now))
	}
	if !c.saving && !c.saveDue.IsZero() {
		wait = min(wait, c.saveDue.Sub(now))
	}
	if !c.published && !c.firstDue.IsZero() {
		wait = min(wait, c.firstDue.Sub(now))
	}
	return max(wait, 0)
}

// sweep has the host and all definitions read again, and with the next statistics of the active virtual machines also those of
// the others. It hastens no statistics: whether somebody looks at them decides when they are due.
func (c *Collector) sweep() {
	c.hostDue, c.inv.restDue = true, true
	for key := range c.inv.byKey {
		c.inv.undefined[key] = true
	}
}

// resync has everything read again, and soon.
func (c *Collector) resync() {
	c.sweep()
	for key := range c.inv.byKey {
		c.inv.unmeasured[key] = true
	}
}

// askStates reads the host, if that is due, and the states.
func (c *Collector) askStates(ctx context.Context, wg *sync.WaitGroup, now time.Time) {
	if c.states.busy || now.Before(c.states.next) {
		return
	}
	withHost, known, watching := c.hostDue, !c.firstDue.IsZero(), c.watching
	c.inv.touch(c.open)
	c.deaf = false
	c.patience = time.Time{}
	maps.Copy(c.inv.undefined, c.inv.failed)
	clear(c.inv.failed)
	c.states.next = now.Add(c.intervals.Load().States)
	var (
		host    hv.Host
		hostErr error
		list    []hv.Summary
		at      time.Time
	)
	c.states.start(ctx, wg, statesTimeout, func(ctx context.Context) (err error) {
		if withHost {
			if host, hostErr = c.host(ctx, known); hostErr != nil && !known {
				return hostErr
			}
		}
		at = time.Now()
		if list, err = c.src.States(ctx); err == nil && watching {
			// What had happened when it was read is told by events that may still be on their way.
			err = c.watcher.Flush(ctx)
		}
		return err
	}, func(err error) {
		c.turn(ctx, func() {
			if err != nil {
				c.states.finish(now, err)
				if !watching || !errors.Is(err, hv.ErrTooMany) {
					c.states.hasten(retry(now))
				}
				c.hostDue = true // it may be another life of the hypervisor when it is back
				c.inv.blind = c.inv.blind || !c.watching
				return
			}
			c.states.finish(now, hostErr)
			if c.watching && !watching {
				c.states.hasten(time.Now())
				return // what it found may be told by events that are still to come
			}
			if withHost && hostErr == nil {
				c.hostDue = false
				c.inv.setHost(host)
			}
			if c.firstDue.IsZero() {
				c.firstDue = time.Now().Add(firstGrace)
			}
			c.inv.watched = watching && c.watching
			c.stored(c.inv.states(list, at))
			if len(c.inv.missing) > 0 {
				done := time.Now()
				c.states.hasten(done.Add(max(endGrace, c.states.rest(done))))
			}
			if n := c.inv.leftOut; n > 0 {
				c.log.Warn("virtual machines are left out: they have no key, or one too long to be kept", zap.Int("count", n))
			}
			c.inv.blind = c.deaf
			c.dirty = true
		})
	})
}

// host reads the host. One that is known already may take only a part of the time that the states have.
func (c *Collector) host(ctx context.Context, known bool) (hv.Host, error) {
	if known {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hostTimeout)
		defer cancel()
	}
	return c.src.Host(ctx)
}

// askDefinitions reads the definitions that are not known or no longer true.
func (c *Collector) askDefinitions(ctx context.Context, wg *sync.WaitGroup, now time.Time) {
	if c.definitions.busy || len(c.inv.undefined) == 0 || now.Before(c.patience) || now.Before(c.definitions.next) {
		return
	}
	c.patience = time.Time{}
	runs := c.inv.toDefine()
	pending, keys := maps.Clone(runs), c.inv.inOrder(runs)
	batch := newBatch(len(keys), func(list []definition) {
		c.turn(ctx, func() {
			c.stored(c.inv.definitions(list))
			c.dirty = true
		})
	})
	c.definitions.start(ctx, wg, depthTimeout+time.Duration(len(keys))*timeoutPerVM, func(ctx context.Context) error {
		defer batch.flush()
		return inTime(ctx, func(ctx context.Context, told func()) error {
			return c.src.Definitions(ctx, keys, func(key string, d hv.Definition, err error) {
				told()
				delete(pending, key)
				batch.add(definition{key, runs[key], d, err})
			})
		}, pending)
	}, func(err error) {
		c.turn(ctx, func() {
			c.definitions.finish(now, err)
			if err != nil {
				c.definitions.next = retry(now)
				c.inv.unread(pending)
			}
			c.dirty = true
		})
	})
}

// measureDue returns when the statistics of all active virtual machines, or of all after a sweep, are to be read next.
func (c *Collector) measureDue(now time.Time) time.Time {
	return c.measured.Add(c.interest.interval(*c.intervals.Load(), now))
}

// statisticsDue returns when statistics are to be read next: of all active virtual machines at their interval, of
// those that were not read yet soon.
func (c *Collector) statisticsDue(now time.Time) time.Time {
	due := c.measureDue(now)
	if len(c.inv.unmeasured) > 0 && c.statistics.next.Before(due) {
		return c.statistics.next
	}
	return due
}

// askStatistics reads the statistics. They are of use only for devices that are known, so the first come after the
// definitions.
func (c *Collector) askStatistics(ctx context.Context, wg *sync.WaitGroup, now time.Time) {
	if c.statistics.busy || !c.published || now.Before(c.statisticsDue(now)) {
		return
	}
	all := !now.Before(c.measureDue(now))
	runs := c.inv.toMeasure(all)
	if all {
		c.measured = now
		c.interest.renew()
	}
	pending, keys := maps.Clone(runs), c.inv.inOrder(runs)
	batch := newBatch(len(keys), func(list []measurement) {
		c.turn(ctx, func() {
			c.inv.statistics(list)
			c.dirty = true
		})
	})
	c.statistics.start(ctx, wg, depthTimeout+time.Duration(len(keys))*timeoutPerVM, func(ctx context.Context) error {
		defer batch.flush()
		return inTime(ctx, func(ctx context.Context, told func()) error {
			return c.src.Statistics(ctx, keys, func(key string, s hv.Statistics, err error) {
				told()
				delete(pending, key)
				batch.add(measurement{key, runs[key], s, err})
			})
		}, pending)
	}, func(err error) {
		c.turn(ctx, func() {
			c.statistics.finish(now, err)
			c.statistics.next = time.Now().Add(measureGap)
			if err != nil {
				c.inv.missed(pending)
				c.dirty = true
			}
		})
	})
}

// surveysWanted reports whether somebody looks closer, at what can be found out and shown.
func (c *Collector) surveysWanted(now time.Time) bool {
	return c.surveyor != nil && c.published && c.closer.lasts(c.intervals.Load().Attention, now)
}

// askSurveys reads the surveys while they are wanted: each at its interval, and those of virtual machines that have come or
// were started meanwhile once these have settled.
func (c *Collector) askSurveys(ctx context.Context, wg *sync.WaitGroup, now time.Time) {
	if !c.surveysWanted(now) {
		c.closely = false
		return
	}
	if c.surveys.busy || now.Before(c.surveys.next) {
		return
	}
	settle := surveySettle
	if !c.closely {
		settle = 0 // how long those that nobody looked at have been there is not known
	}
	c.closely = true
	c.surveys.next = now.Add(surveyGap)
	runs, interval := c.inv.toSurvey(now, settle), c.intervals.Load().Surveys
	if len(runs) == 0 {
		return
	}
	c.inv.surveyAgain(runs, now.Add(interval))
	pending, keys := maps.Clone(runs), c.inv.inOrder(runs)
	batch := newBatch(len(keys), func(list []finding) {
		c.turn(ctx, func() {
			c.inv.surveys(list)
			c.dirty = true
		})
	})
	c.surveys.start(ctx, wg, depthTimeout+time.Duration(len(keys))*surveyPerVM, func(ctx context.Context) error {
		defer batch.flush()
		return inTime(ctx, func(ctx context.Context, told func()) error {
			return c.surveyor.Surveys(ctx, keys, func(key string, s hv.Survey, err error) {
				told()
				delete(pending, key)
				batch.add(finding{key, runs[key], s, err})
			})
		}, pending)
	}, func(err error) {
		c.turn(ctx, func() {
			c.surveys.finish(now, err)
			end := time.Now()
			c.surveys.next = end.Add(surveyGap)
			if err != nil {
				c.inv.surveyAgain(pending, end.Add(min(restAfterFailure*c.surveys.took, interval)))
			}
		})
	})
}
