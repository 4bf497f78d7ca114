package bhyve

import (
	"context"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
)

const (
	// scanEvery is how often it is looked though nothing is told: nobody tells that a signal stops a process, and where neither the
	// kernel nor devd tell anything, all is found so.
	scanEvery = 5 * time.Second
	// restTime is how long there is no look after one, so that a burst of reasons makes one look and not many.
	restTime = 100 * time.Millisecond
)

// Watch hands on what looks find, be they its own or others'. It looks when a bhyve ends, when a device node of a virtual machine
// comes or goes, and every 5 seconds. Of what the host cannot tell, the log is told once, and it is found by a later look.
//
// The error says that yield took events too slowly, and some were dropped.
func (o *observer) Watch(ctx context.Context, yield func(hv.Event)) error {
	ctx, cancel := context.WithCancel(ctx)
	v := newVigil()
	o.enter(v)
	var rest sync.WaitGroup
	defer rest.Wait()
	defer o.leave(v)
	defer cancel()
	for _, task := range []func(context.Context, *vigil){o.listen, o.overhear, o.poll, o.patrol} {
		rest.Go(func() { task(ctx, v) })
	}
	for {
		if err := o.hand(ctx, v, yield); err != nil {
			return err
		}
		select {
		case <-v.ready:
		case <-ctx.Done():
			return nil
		}
	}
}

// hand hands over what waits, until ctx is done.
func (o *observer) hand(ctx context.Context, v *vigil, yield func(hv.Event)) error {
	o.mu.Lock()
	items, err := v.take()
	o.mu.Unlock()
	for _, i := range items {
		switch {
		case ctx.Err() != nil:
			return nil
		case i.mark != nil:
			close(i.mark)
		default:
			yield(i.event)
		}
	}
	return err
}

// enter has v told what looks find from now on.
func (o *observer) enter(v *vigil) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.vigils[v] = true
}

// leave ends that.
func (o *observer) leave(v *vigil) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.vigils, v)
	close(v.over)
}

// patrol looks again and again until ctx is done.
func (o *observer) patrol(ctx context.Context, v *vigil) {
	for {
		_, err := o.look(ctx)
		if ctx.Err() != nil {
			return
		}
		o.troubles.note(looksSource, err)
		if !pause(ctx, restTime) || !o.idle(ctx, v) {
			return
		}
	}
}

// idle waits until there is reason to look, and reports whether ctx is not done.
func (o *observer) idle(ctx context.Context, v *vigil) bool {
	for left := o.left(); left > 0; left = o.left() {
		next := time.NewTimer(left)
		select {
		case <-v.wake:
			next.Stop()
			return true
		case <-ctx.Done():
			next.Stop()
			return false
		case <-next.C: // but there may have been others' looks meanwhile
		}
	}
	return true
}

// left returns how long it is until the next look, if there is no reason for one before.
func (o *observer) left() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := o.last.at.Add(scanEvery)
	if due := o.last.due; !due.IsZero() && due.Before(next) {
		next = due
	}
	return time.Until(next)
}

// pause waits, and reports whether ctx is not done.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
