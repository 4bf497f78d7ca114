package libvirt

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// jobRest is how long a virtual machine is not asked for its job after it did not answer, unless it answers something else.
const jobRest = 30 * time.Second

// busy are the virtual machines that an event said have a job, so that their job is asked. A migration shows in the
// state of its source only when it is nearly over.
type busy struct {
	mu    sync.Mutex
	marks map[string]time.Time // by key; not to be asked before
	jobs  map[string]job       // by key, as they were last told: nobody who is not asked again tells otherwise
}

// mark notes that the virtual machine has a job.
func (b *busy) mark(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, marked := b.marks[key]; !marked {
		b.marks[key] = time.Time{}
	}
}

// tell notes the job that was told.
func (b *busy) tell(key string, j job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jobs[key] = j
}

// forget notes that no job is of interest.
func (b *busy) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.jobs, key)
}

// last returns the job that was last told, or jobUnknown.
func (b *busy) last(key string) job {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.jobs[key]
}

// rest keeps the virtual machine from being asked for a while.
func (b *busy) rest(key string, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.marks[key] = until
}

// wake notes that the virtual machine answers, so that it need not rest.
func (b *busy) wake(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, marked := b.marks[key]; marked {
		b.marks[key] = time.Time{}
	}
}

// clear notes that the virtual machine has no job.
func (b *busy) clear(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.marks, key)
}

// get reports whether the virtual machine is marked, and whether it rests.
func (b *busy) get(key string, now time.Time) (marked, rests bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, marked := b.marks[key]
	return marked, now.Before(until)
}

// keep forgets all who are not active among summaries.
func (b *busy) keep(summaries []hv.Summary) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.marks)+len(b.jobs) == 0 {
		return
	}
	active := make(map[string]bool, len(summaries))
	for _, sum := range summaries {
		active[sum.Key] = sum.Active()
	}
	gone := func(key string) bool { return !active[key] }
	maps.DeleteFunc(b.marks, func(key string, _ time.Time) bool { return gone(key) })
	maps.DeleteFunc(b.jobs, func(key string, _ job) bool { return gone(key) })
}

// settle asks those that look busy for their job, on a connection of its own and for a short time each: the question
// goes to a virtual machine's process, and the list is not to wait for one that hangs. It returns the jobs by key, and
// puts right the state of a member whose job has ended since it was read. Of who does not answer the job is the one that
// was last told: a migration is none the less one for it.
func (s *Source) settle(ctx context.Context, members []member, saved flagSet) map[string]job {
	found := map[string]job{}
	silence := false // somebody did not answer: the others are asked next time
	for i := range members {
		m := &members[i]
		key := m.key
		marked, rests := s.busy.get(key, time.Now())
		unsettled := m.condition(saved, jobUnknown).unsettled()
		if !m.known || m.ID < 0 || !marked && !unsettled {
			s.busy.forget(key)
			continue
		}
		if rests || silence {
			found[key] = s.busy.last(key)
			continue
		}
		j, err := s.job(ctx, m.Domain)
		switch {
		case fatal(err), errors.Is(err, errLost), errors.Is(err, errMissed), ctx.Err() != nil:
			silence, j = true, s.busy.last(key)
			if errors.Is(err, errMissed) {
				s.busy.rest(key, time.Now().Add(jobRest))
			}
		default:
			s.busy.tell(key, j)
			if !j.underWay() {
				s.busy.clear(key)
			}
		}
		if j == jobNone && unsettled {
			s.again(ctx, m)
		}
		found[key] = j
	}
	return found
}

// again reads the state of m anew. That it is off by now is left to the next reading, which sees that in all places.
func (s *Source) again(ctx context.Context, m *member) {
	var state, reason int32
	err := s.asking.do(ctx, "DomainGetState", s.shortBound(ctx), func(_ *conn, l *lv.Libvirt) (err error) {
		state, reason, err = l.DomainGetState(m.Domain, 0)
		return err
	})
	if err == nil && lv.DomainState(state) != lv.DomainShutoff {
		m.state, m.reason = state, reason
	}
}

// job asks for the job of one. The side that a migration comes to refuses to tell, with an error.
func (s *Source) job(ctx context.Context, d lv.Domain) (job, error) {
	var kind int32
	var params []lv.TypedParam
	err := s.asking.do(ctx, "DomainGetJobStats", s.shortBound(ctx), func(_ *conn, l *lv.Libvirt) (err error) {
		kind, params, err = l.DomainGetJobStats(d, 0)
		return err
	})
	if err != nil {
		return jobUnknown, err
	}
	if kind == int32(lv.DomainJobNone) {
		return jobNone, nil
	}
	for _, p := range params {
		if n, ok := enumerator(p).Get(); ok && n >= 0 && p.Field == lv.DomainJobOperationStr {
			return job(n), nil
		}
	}
	return jobUnknown, nil
}
