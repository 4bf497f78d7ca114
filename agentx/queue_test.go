package agentx

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/mib"
)

// withQueue makes the queue of a rig that does not run yet a smaller one.
func (r *rig) withQueue(limit int) {
	r.sub.cfg.Queue = limit
	r.sub.queue = newQueue(limit)
}

func TestFullQueue(t *testing.T) {
	const limit = 3
	full, accepted := ErrDropped.Error(), "accepted"
	tests := []struct {
		name     string
		inFlight bool // the first, before the others come
		count    int
		want     []string
		sent     []int
	}{
		{
			name:  "that_just_fits_drops_none",
			count: limit,
			want:  []string{accepted, accepted, accepted},
			sent:  []int{0, 1, 2},
		},
		{
			name:  "drops_the_oldest",
			count: limit + 2,
			want:  []string{full, full, accepted, accepted, accepted},
			sent:  []int{2, 3, 4},
		},
		{
			name:     "has_its_places_besides_the_one_in_flight",
			inFlight: true,
			count:    limit + 1,
			want:     []string{accepted, accepted, accepted, accepted},
			sent:     []int{0, 0, 1, 2, 3},
		},
		{
			name:     "never_drops_the_one_in_flight",
			inFlight: true,
			count:    limit + 3,
			want:     []string{accepted, full, full, accepted, accepted, accepted},
			sent:     []int{0, 0, 3, 4, 5},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				r.withQueue(limit)
				var fates []<-chan error
				if tt.inFlight {
					r.master.Ignore(pdu.TypeNotify, 1)
					r.run(t)
					r.session = r.master.Session()
					fates = append(fates, notify(t, r, numbered(0)))
					r.master.Await(pdu.TypeNotify)
					r.master.Stop() // its fate is in doubt, and it still is not dropped
				}
				for n := len(fates); n < tt.count; n++ {
					fates = append(fates, notify(t, r, numbered(n)))
				}
				if tt.inFlight {
					r.master.Start()
				} else {
					r.run(t)
				}
				r.master.Session()
				synctest.Wait()
				var got []string
				for _, c := range fates {
					got = append(got, outcome(c))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("unexpected outcomes (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.sent, numbers(r.master)); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestSpellsOfDrops proves that there is a log line for the begin of each spell and one for its end.
func TestSpellsOfDrops(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, logs *observer.ObservedLogs) {
		const limit = 10
		const began, ended = "notifications dropped, the queue is full", "the queue of notifications has drained, no more are dropped"
		r.withQueue(limit)
		check := func(when string, warned int, told ...int64) {
			t.Helper()
			synctest.Wait()
			if got := logs.FilterMessage(began).Len(); got != warned {
				t.Errorf("unexpected number of warnings %s: %d, want %d", when, got, warned)
			}
			var got []int64
			for _, l := range logs.FilterMessage(ended).All() {
				got = append(got, l.ContextMap()["dropped"].(int64))
			}
			if diff := cmp.Diff(told, got); diff != "" {
				t.Errorf("unexpected numbers of drops told %s (-want +got):\n%s", when, diff)
			}
		}
		burst := func(count int) {
			for n := range count {
				notify(t, r, numbered(n))
			}
		}
		burst(limit + 5)
		check("before Run", 0)
		r.master.Stop()
		r.run(t)
		check("when Run has begun", 1)
		burst(1)
		pass(time.Hour)
		burst(1)
		check("while the spell goes on", 1)
		r.master.Start()
		r.master.Session()
		check("when the queue is empty", 1, 7)
		burst(limit)
		check("after a burst that fits", 1, 7)
		r.master.Stop()
		synctest.Wait()
		burst(limit + 1)
		check("in the second spell", 2, 7)
		r.master.Start()
		r.master.Session()
		check("after the second spell", 2, 7, 1)
		r.master.Stop()
		synctest.Wait()
		burst(limit + 2)
		r.stop()
		check("after the end", 3, 7, 1, 2)
		if got := r.sub.Status().Notifications.Dropped; got != 7+1+2+limit {
			t.Errorf("unexpected number of drops: %d", got)
		}
	})
}

// TestQueueKeepsItsBooks does anything with a queue, in any order, and compares it with a plain list.
func TestQueueKeepsItsBooks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		q := newQueue(1 + random.IntN(4))
		var waiting []string
		var sent string // "" for none
		var ended, back bool
		var want Notifications
		added, drops := uint64(0), 0
		for step := range 200 {
			switch random.IntN(7) {
			case 0, 1:
				added++
				id := mib.OID{uint32(added)}
				dropped, full, ring, err := q.add(note{id: id})
				if ended {
					want.Dropped++
					if !errors.Is(err, ErrEnded) || full || ring {
						t.Fatalf("seed %d step %d: unexpected result after the end: %v", seed, step, err)
					}
					break
				}
				idle := sent == "" && len(waiting) == 0
				first := len(waiting) == q.limit && drops == 0
				if ring != (idle || first) || err != nil || full != (len(waiting) == q.limit) {
					t.Fatalf("seed %d step %d: unexpected result: full %v, ring %v, error %v", seed, step, full, ring, err)
				}
				if full {
					if got := dropped.id.String(); got != waiting[0] {
						t.Fatalf("seed %d step %d: %s was dropped, want %s", seed, step, got, waiting[0])
					}
					waiting, drops = waiting[1:], drops+1
					want.Dropped++
				}
				waiting = append(waiting, id.String())
			case 2, 3:
				n := q.take()
				switch {
				case sent != "" && back:
				case sent != "":
					want.Resent++
				case len(waiting) > 0:
					sent, waiting = waiting[0], waiting[1:]
				}
				back = false
				if got := (n != nil); got != (sent != "") || got && n.id.String() != sent {
					t.Fatalf("seed %d step %d: took %v, want %q", seed, step, n, sent)
				}
			case 4:
				if sent == "" {
					break
				}
				var err error
				want.Accepted++
				if random.IntN(2) == 0 {
					err = ErrNoResponse
					want.Accepted--
					want.Refused++
				}
				if n := q.land(err); n.id.String() != sent {
					t.Fatalf("seed %d step %d: %v has landed, want %s", seed, step, n.id, sent)
				}
				sent, back = "", false
				if len(waiting) == 0 {
					drops = 0
				}
				q.spell()
			case 5:
				if sent == "" {
					break
				}
				q.putBack()
				back = true
			case 6:
				if random.IntN(10) > 0 {
					break
				}
				if ended {
					q.begin()
					ended = false
					break
				}
				all := waiting
				if sent != "" {
					all = append([]string{sent}, waiting...)
				}
				var got []string
				for _, n := range q.end() {
					got = append(got, n.id.String())
				}
				if diff := cmp.Diff(append([]string(nil), all...), got); diff != "" {
					t.Fatalf("seed %d step %d: unexpected rest (-want +got):\n%s", seed, step, diff)
				}
				q.spell()
				want.Dropped += uint64(len(all))
				waiting, sent, back, ended, drops = nil, "", false, true, 0
			}
			want.Waiting = len(waiting)
			if sent != "" {
				want.Waiting++
			}
			got := q.status()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d step %d: unexpected counters (-want +got):\n%s", seed, step, diff)
			}
			if sum := uint64(got.Waiting) + got.Accepted + got.Refused + got.Dropped; sum != added {
				t.Fatalf("seed %d step %d: %d notifications in the books, %d were added", seed, step, sum, added)
			}
		}
	}
}

// TestQueueReleasesItsMemory fills and drains a queue.
func TestQueueReleasesItsMemory(t *testing.T) {
	t.Parallel()
	q := newQueue(defaultQueue)
	for range 3 {
		for range defaultQueue + 10 {
			q.add(note{payload: make([]byte, 1)})
		}
		left := q.waiting // the same memory
		for q.take() != nil {
			q.land(nil)
		}
		for i, n := range left {
			if n.payload != nil {
				t.Fatalf("notification %d is kept after it has left", i)
			}
		}
		if q.waiting != nil {
			t.Errorf("an empty queue has room for %d", cap(q.waiting))
		}
	}
	// A queue that never is empty must not keep room for what it once held, nor for what went through it.
	for range defaultQueue {
		q.add(note{})
	}
	for range defaultQueue - 1 {
		q.take()
		q.land(nil)
	}
	for range 10 * defaultQueue {
		q.add(note{})
		q.take()
		q.land(nil)
	}
	if got := cap(q.waiting); got > 100 {
		t.Errorf("a queue of one has room for %d", got)
	}
}

// TestPayloadsAreTight proves that a notification in the queue has no more room than it needs, but for what the
// allocator rounds up.
func TestPayloadsAreTight(t *testing.T) {
	t.Parallel()
	r := prepare(t, nil)
	payload, err := r.sub.notifyPayload(vmRunning())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cap(payload), len(payload)*5/4; got > want {
		t.Errorf("a payload of %d octets has room for %d", len(payload), got)
	}
}
