package collector

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

const (
	// watchGrace is how long the first reading waits for the events to be watched, so that nothing happens between.
	watchGrace = time.Second
	// firstGrace is how long the first snapshot waits for the definitions, so that it has whole rows.
	firstGrace = 3 * time.Second
	// saveShare is how many times as long as a write took the next one waits, so that writing takes a tenth of the
	// time at most; saveDelay is the longest wait.
	saveShare = 9
	saveDelay = time.Second
	// never is far enough away for a timer.
	never = 24 * time.Hour
)

// A Collector reads one source and publishes what it learns. Make one with [New].
type Collector struct {
	src        hv.Source
	watcher    hv.Watcher  // nil if src is none
	surveyor   hv.Surveyor // likewise
	disk       *Store
	log        *zap.Logger
	turns      chan func() // what the loop has to do, one after the other
	inbox      *inbox
	interest   *interest // in the statistics
	closer     *interest // in the surveys
	followers  []func([]Change)
	watchBegan atomic.Pointer[time.Time] // when the watch was last tried

	intervals atomic.Pointer[Intervals]
	latest    atomic.Pointer[Snapshot]
	ready     chan struct{}

	states, definitions, statistics, surveys, watch, store *reading

	// What follows belongs to the loop.
	inv       *inventory
	watching  bool                  // the events come
	deaf      bool                  // events came while the first reading was under way, of which nothing could be told
	open      map[string][]hv.Event // virtual machines of which an answer is awaited, with the events that wait for it
	saveDue   time.Time             // when the ledger is to be written; zero if it is as on disk
	saving    bool                  // the ledger is being written
	saveTook  time.Duration         // how long the last write took
	hostDue   bool
	sweepDue  time.Time // when all definitions are to be read again
	closely   bool      // somebody looked closer when the surveys were last considered
	measured  time.Time // when all statistics were last asked for
	patience  time.Time // definitions wait so long for states that are due because of an event; zero if there are none
	firstDue  time.Time // when the first snapshot is published at the latest; zero before the first states
	published bool
	dirty     bool // something is to be published
}

// New returns a Collector of src that keeps its numbers in store, or only in memory if store is nil. It does nothing
// before Run.
func New(src hv.Source, store *Store, iv Intervals, log *zap.Logger) *Collector {
	c := &Collector{
		src: src, disk: store, log: log,
		turns:    make(chan func()),
		inbox:    newInbox(),
		interest: newInterest(),
		closer:   newInterest(),
		open:     map[string][]hv.Event{},
		ready:    make(chan struct{}),
	}
	c.watcher, _ = src.(hv.Watcher)
	c.surveyor, _ = src.(hv.Surveyor)
	for name, r := range map[string]**reading{
		"states": &c.states, "definitions": &c.definitions, "statistics": &c.statistics,
		"surveys": &c.surveys, "watch": &c.watch, "store": &c.store,
	} {
		*r = &reading{name: name, log: log}
	}
	c.intervals.Store(&iv)
	c.latest.Store(NewSnapshot(hv.Host{}, time.Time{}))
	return c
}

// String names the task.
func (c *Collector) String() string { return "collector" }

// Latest returns the newest Snapshot. It is never nil: before the first reading it is empty, with a zero StatesAt.
func (c *Collector) Latest() *Snapshot { return c.latest.Load() }

// Ready returns a channel that is closed once the first Snapshot with virtual machines and their definitions is
// published.
func (c *Collector) Ready() <-chan struct{} { return c.ready }

// SetIntervals changes how often the source is read. It takes effect after the readings that are due next.
func (c *Collector) SetIntervals(iv Intervals) { c.intervals.Store(&iv) }

// Look notes that somebody looks at statistics, so that they are read as often as is said for that. If that was not so, they
// are read soon. It may be called from any goroutine, for each value that is looked at.
func (c *Collector) Look() { c.interest.look() }

// LookCloser is Look, and notes that somebody looks at surveys as well. These are read while somebody does, and at first soon;
// those that are no older than they may become are not read for that. It may be called from any goroutine, for each
// document that is looked at.
func (c *Collector) LookCloser() {
	c.Look()
	c.closer.look()
}

// Follow has f called with the changes, in order and once each, after a Snapshot is published in which they have
// happened. The caller's goroutine is the one that reads the hypervisor: f must not block. What f is given it may keep
// but not change. Follow is called before Run.
func (c *Collector) Follow(f func([]Change)) { c.followers = append(c.followers, f) }

// Alive returns nil once the loop has come round, or the context's error.
func (c *Collector) Alive(ctx context.Context) error {
	came := make(chan struct{})
	if !c.turn(ctx, func() { close(came) }) {
		return ctx.Err()
	}
	select {
	case <-came:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn has the loop run f, and reports false if ctx is done before.
func (c *Collector) turn(ctx context.Context, f func()) bool {
	select {
	case c.turns <- f:
		return true
	case <-ctx.Done():
		return false
	}
}

// Run reads and publishes until ctx is done, which is no error. Its error says that the store cannot be read. It is
// called once.
func (c *Collector) Run(ctx context.Context) error {
	ledger, err := newLedger(c.disk)
	if err != nil {
		return err
	}
	now := time.Now()
	c.inv = newInventory(ledger, now)
	c.hostDue = true
	c.sweepDue = now.Add(c.intervals.Load().Definitions)
	c.interest.last = now // whoever looked at them before a restart goes on

	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	if c.watcher != nil {
		c.states.next = now.Add(watchGrace)
		wg.Go(func() { c.listen(ctx) })
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case f := <-c.turns:
			c.drain(ctx, &wg) // what f brings is later than the events that have come
			f()
		case <-c.inbox.wake:
			c.drain(ctx, &wg)
		case <-c.interest.looks:
			c.interest.last = time.Now()
		case <-c.closer.looks:
			c.closer.renew() // every look counts: nothing is read for one that is longer ago than attention lasts
			c.closer.last = time.Now()
		case <-timer.C:
		case <-ctx.Done():
			c.stored(c.inv.ledger.commit())
			return nil
		}
		c.publish()
		c.save(ctx, &wg, time.Now())
		timer.Reset(c.ask(ctx, &wg))
	}
}

// publish publishes a snapshot if something changed. The first one waits for the definitions, but not for long.
func (c *Collector) publish() {
	if !c.dirty || c.firstDue.IsZero() {
		return
	}
	whole := len(c.inv.undefined) == 0 && !c.definitions.busy
	if !c.published && !whole && time.Now().Before(c.firstDue) {
		return
	}
	c.latest.Store(c.inv.snapshot())
	c.dirty = false
	if !c.published {
		c.published = true
		close(c.ready)
	}
	changes := c.inv.changes
	c.inv.changes = nil
	if len(changes) == 0 {
		return
	}
	for _, f := range c.followers {
		f(changes)
	}
}

// save has the ledger written soon after it changed. What must be on disk before it is shown is there already: this is
// what the next vmond compares with. A write for each event of a burst would be too dear, and a disk that is slow is not to
// hold up the events.
func (c *Collector) save(ctx context.Context, wg *sync.WaitGroup, now time.Time) {
	switch {
	case c.saving:
	case !c.inv.ledger.unsaved():
		c.saveDue = time.Time{}
	case c.saveDue.IsZero():
		c.saveDue = now.Add(min(saveShare*c.saveTook, saveDelay))
	case now.Before(c.saveDue):
	case c.inv.ledger.urgent(): // it could not be written when it had to be
		c.stored(c.inv.ledger.commit())
		c.saveDue = now.Add(saveDelay)
	default:
		c.write(ctx, wg, now)
	}
}

// write writes the ledger in a goroutine of its own.
func (c *Collector) write(ctx context.Context, wg *sync.WaitGroup, now time.Time) {
	write, settle := c.inv.ledger.background()
	c.saving = true
	wg.Go(func() {
		err := write()
		c.turn(ctx, func() {
			settle(err)
			c.stored(err)
			c.saving, c.saveTook, c.saveDue = false, time.Since(now), time.Time{}
			if err != nil {
				c.saveDue = time.Now().Add(saveDelay)
			}
		})
	})
}

// stored notes whether the ledger could be written. That nothing had to be says nothing of a disk that failed before.
func (c *Collector) stored(err error) {
	if err == nil && c.inv.ledger.failing {
		return
	}
	c.store.finish(time.Now(), err)
}
