package libvirt

import (
	"context"
	"errors"
	"fmt"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// reasonPace is how often a state without a reason is read again.
const reasonPace = 10 * time.Millisecond

// State reads the state of one virtual machine with a single request where that tells it, and else asks for its
// managed-save image and its job. It uses a connection that no bulk reading uses, and takes two seconds at most. A
// request that is not answered ends long before, so that it does not hold up those about others for long. The error is
// ErrGone if there is no such virtual machine, and any other says that the state is not known.
func (s *Source) State(ctx context.Context, key string) (hv.OperState, error) {
	d, ok := domainOf(key)
	if !ok {
		return hv.StateUnknown, fmt.Errorf("key %q: %w", key, hv.ErrGone)
	}
	ctx, cancel := context.WithTimeout(ctx, s.bounds.state)
	defer cancel()
	c, err := s.condition(ctx, key, d)
	if err != nil {
		return hv.StateUnknown, err
	}
	if marked, _ := s.busy.get(key, time.Time{}); c.active && (marked || c.unsettled()) {
		c, err = s.settled(ctx, key, d, c)
	}
	if err != nil {
		return hv.StateUnknown, err
	}
	oper, _ := c.states()
	return oper, nil
}

// condition reads what the state depends on but for the job. The image is asked for before the state that it goes
// with: one that is saved in between says so with its reason.
func (s *Source) condition(ctx context.Context, key string, d lv.Domain) (condition, error) {
	c, err := s.explained(ctx, key, d)
	if err != nil || !c.imaged() {
		return c, err
	}
	saved, err := s.image(ctx, d)
	if err != nil {
		return condition{}, err
	}
	c, err = s.bare(ctx, key, d)
	c.saved = saved
	return c, err
}

// explained reads the state, and again for a while if it is paused without a reason: QEMU stops a guest that panics, and
// libvirt tells that stop before it finds the panic. The last time is when the while is over, whatever kept us from asking in it.
func (s *Source) explained(ctx context.Context, key string, d lv.Domain) (condition, error) {
	c, err := s.bare(ctx, key, d)
	if err != nil || !c.pausedFor(lv.DomainPausedUnknown) {
		return c, err
	}
	patience := time.NewTimer(s.bounds.reason)
	defer patience.Stop()
	pace := time.NewTicker(reasonPace)
	defer pace.Stop()
	for over := false; !over; {
		select {
		case <-pace.C:
		case <-patience.C:
			over = true
		case <-ctx.Done():
			return c, missed(ctx)
		}
		if c, err = s.bare(ctx, key, d); err != nil || !c.pausedFor(lv.DomainPausedUnknown) {
			return c, err
		}
	}
	return c, nil
}

// bare reads only the state, which is at hand in the daemon, and adds what the events told.
func (s *Source) bare(ctx context.Context, key string, d lv.Domain) (condition, error) {
	var state, reason int32
	err := s.telling.do(ctx, "DomainGetState", s.shortBound(ctx), func(_ *conn, l *lv.Libvirt) (err error) {
		state, reason, err = l.DomainGetState(d, 0)
		return err
	})
	active := lv.DomainState(state) != lv.DomainShutoff
	return condition{
		state: lv.DomainState(state), reason: reason, active: active, origin: s.vigils.origin(key),
	}, err
}

// image reads whether there is a managed-save image. A driver that does not have the function has no images.
func (s *Source) image(ctx context.Context, d lv.Domain) (bool, error) {
	var saved int32
	err := s.telling.do(ctx, "DomainHasManagedSaveImage", s.shortBound(ctx), func(_ *conn, l *lv.Libvirt) (err error) {
		saved, err = l.DomainHasManagedSaveImage(d, 0)
		return err
	})
	if errors.Is(err, errUnsupported) {
		return false, nil
	}
	return saved > 0, err
}

// settled adds the job to c. A driver without jobs, and the side that a migration comes to, refuse to tell; then c says
// all that there is to know. That no answer came says nothing: the job that was last told goes on then, and without one
// the state might be wrong.
func (s *Source) settled(ctx context.Context, key string, d lv.Domain, c condition) (condition, error) {
	j, err := s.job(ctx, d)
	switch {
	case fatal(err), errors.Is(err, errLost), errors.Is(err, hv.ErrGone), ctx.Err() != nil:
		return c, errors.Join(err, ctx.Err())
	case errors.Is(err, errMissed):
		s.busy.rest(key, time.Now().Add(jobRest))
		if c.job = s.busy.last(key); c.job.underWay() {
			return c, nil
		}
		return c, err
	}
	c.job = j
	s.busy.tell(key, j)
	if j.underWay() {
		return c, nil
	}
	s.busy.clear(key)
	if j == jobNone {
		c, err = s.condition(ctx, key, d) // the job may have ended since c was read
		c.job = j
		return c, err
	}
	return c, nil
}
