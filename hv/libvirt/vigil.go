package libvirt

import (
	"context"
	"fmt"
	"sync"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// A vigil is one Watch under way: what has come on its connection, and what the events told that a state does not.
type vigil struct {
	mute    bool // that a virtual machine was booted says nothing of its state
	busy    *busy
	origins origins
	queue   *queue

	mu    sync.Mutex
	heeds map[*attention]bool
	marks []item        // of the Flushes that wait for the next calls
	asked chan struct{} // holds an element if there are marks
	over  chan struct{} // closed when nothing is handed on any more
}

// newVigil returns a vigil that marks in b who is busy. QEMU's driver tells Started alike of a virtual machine that runs
// and of one that was started paused, before or after the event that tells which.
func newVigil(t target, b *busy) *vigil {
	return &vigil{
		mute: t.opens() == driverQEMU, busy: b, origins: origins{m: map[string]origin{}}, queue: newQueue(),
		heeds: map[*attention]bool{}, asked: make(chan struct{}, 1), over: make(chan struct{}),
	}
}

// hear is the tap of the connection.
func (v *vigil) hear(procedure uint32, body []byte) error {
	e, ours, err := parseEvent(procedure, body)
	if err != nil || !ours {
		return err
	}
	v.origins.note(e)
	v.attract(e)
	if e.Kind == hv.Busy {
		v.busy.mark(e.Key)
	}
	if v.mute && e.Kind == hv.Started && e.Detail == hv.StartedBooted {
		e.Kind = hv.Changed
	}
	v.queue.put(item{event: e})
	return nil
}

// heed begins or ends an attention here.
func (v *vigil) heed(a *attention, begins bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if begins {
		v.heeds[a] = true
		return
	}
	delete(v.heeds, a)
}

// attract has all attentions note the event.
func (v *vigil) attract(e hv.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for a := range v.heeds {
		a.note(e)
	}
}

// hand hands on what has come, until ctx is done.
func (v *vigil) hand(ctx context.Context, yield func(hv.Event)) {
	for _, i := range v.queue.take() {
		switch {
		case ctx.Err() != nil:
			return
		case i.mark != nil:
			close(i.mark)
		default:
			yield(i.event)
		}
	}
}

// mark returns a channel that is closed once all is handed on that had happened before the call.
func (v *vigil) mark() <-chan struct{} {
	reached := make(chan struct{})
	v.mu.Lock()
	v.marks = append(v.marks, item{mark: reached})
	v.mu.Unlock()
	select {
	case v.asked <- struct{}{}:
	default:
	}
	return reached
}

// takeMarks returns the marks of those who have asked so far.
func (v *vigil) takeMarks() []item {
	v.mu.Lock()
	defer v.mu.Unlock()
	marks := v.marks
	v.marks = nil
	return marks
}

// pulse asks the daemon now and then, or when there are marks, for something that it has at hand, until the connection
// ends, and returns why it did. It is the only one who asks there, so that nobody else can end the watch by giving up.
func (v *vigil) pulse(c *conn, every time.Duration) error {
	beat := time.NewTicker(every)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
		case <-v.asked:
		case <-c.wire.ended:
			_, reason := c.wire.over()
			return fmt.Errorf("%w: %w", errLost, reason)
		}
		marks, calls := v.takeMarks(), 1
		if len(marks) > 0 {
			calls = flushCalls
		}
		for range calls {
			if err := ping(c, every); err != nil {
				return err
			}
		}
		v.queue.put(marks...)
	}
}

// ping asks for the version of the library: each daemon answers that itself, whatever its virtual machines do.
func ping(c *conn, bound time.Duration) error {
	return c.do(context.Background(), "heartbeat", bound, func(l *lv.Libvirt) error {
		_, err := l.ConnectGetLibVersion()
		return err
	})
}
