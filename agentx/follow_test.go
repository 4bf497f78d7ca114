package agentx

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A stage is a place of which the test says where the master is.
type stage struct {
	at      int
	away    error // of master
	refused error // of stay
	said    []string
}

func (s *stage) master() (int, error) {
	s.said = append(s.said, "look")
	return s.at, s.away
}

func (s *stage) stay(cpu int) error {
	s.said = append(s.said, fmt.Sprintf("stay on %d", cpu))
	return s.refused
}

func (s *stage) leave() { s.said = append(s.said, "leave") }
func (s *stage) close() { s.said = append(s.said, "close") }

// said returns what was said to the place since it was last asked.
func (s *stage) heard() []string {
	said := s.said
	s.said = nil
	return said
}

// A walk is the requests of one, with the time of the last.
type walk struct {
	f   *follower
	now time.Time
}

// comes has n requests come, with so much time before each.
func (w *walk) comes(n int, gap time.Duration) {
	for range n {
		w.now = w.now.Add(gap)
		w.f.came(w.now)
	}
}

func newWalk(s *stage) *walk {
	return &walk{&follower{place: s, cpu: nowhere}, time.Unix(1000, 0)}
}

func expect(t *testing.T, s *stage, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.heard()); diff != "" {
		t.Errorf("unexpected calls (-want +got):\n%s", diff)
	}
}

// TestFollowerFollows proves that a master that walks is followed to where it is, and where it goes, until it rests.
func TestFollowerFollows(t *testing.T) {
	t.Parallel()
	s := &stage{at: 3}
	w := newWalk(s)
	w.comes(followAfter-1, time.Microsecond)
	expect(t, s)
	w.comes(1, time.Microsecond)
	expect(t, s, "look", "stay on 3")
	if !w.f.follows() {
		t.Error("the master is not followed")
	}
	w.comes(followAfter-1, time.Microsecond)
	expect(t, s)
	w.comes(1, time.Microsecond)
	expect(t, s, "look") // it is still there
	w.comes(100, time.Microsecond)
	expect(t, s)
	w.comes(1, lookGap)
	expect(t, s, "look")
	s.at = 5
	w.comes(1, lookGap)
	expect(t, s, "look", "leave")
	w.comes(followAfter, time.Microsecond)
	expect(t, s, "look", "stay on 5")
	w.f.rest()
	expect(t, s, "leave")
	w.f.rest()
	expect(t, s)
	if w.f.follows() {
		t.Error("the master is followed where it rests")
	}
	w.comes(followAfter, time.Microsecond)
	expect(t, s, "look", "stay on 5")
	w.f.end()
	expect(t, s, "leave", "close")
	w.f.end()
	w.comes(followAfter, lookGap)
	expect(t, s)
}

// TestFollowerLeavesAlone proves that a master that cannot be followed is tried again, but more and more seldom, until it can.
func TestFollowerLeavesAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		stage   *stage
		flees   bool // whenever it is followed
		attempt []string
	}{
		{"nobody knows where the master is", &stage{away: errors.New("away")}, false, []string{"look"}},
		{"not for us", &stage{at: 1, refused: errors.New("refused")}, false, []string{"look", "stay on 1"}},
		{"it wakes up elsewhere", &stage{at: 1}, true, []string{"look", "stay on 1", "look", "leave"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(tt.stage)
			attempt := func() {
				t.Helper()
				w.comes(followAfter, time.Microsecond)
				if tt.flees {
					tt.stage.at = 2
					w.comes(followAfter, time.Microsecond)
					tt.stage.at = 1
				}
				expect(t, tt.stage, tt.attempt...)
			}
			attempt()
			for _, flight := range []time.Duration{10, 20, 40, 80, 160, 320, 640, 1000, 1000} {
				w.comes(100*followAfter, flight*time.Millisecond/(100*followAfter+1))
				expect(t, tt.stage)
				w.f.rest() // what was between two walks counts too
				w.now = w.now.Add(flight * time.Millisecond)
				attempt()
			}
			w.now = w.now.Add(longestFlight)
			tt.stage.away, tt.stage.refused = nil, nil
			w.comes(2*followAfter, time.Microsecond)
			expect(t, tt.stage, "look", fmt.Sprintf("stay on %d", tt.stage.at), "look")
			tt.stage.away = errors.New("away")
			w.comes(1, lookGap)
			expect(t, tt.stage, "look", "leave")
			w.comes(followAfter, time.Microsecond)
			expect(t, tt.stage, "look")
			tt.stage.away = nil
			w.f.rest()
			w.now = w.now.Add(shortestFlight) // it was patient again
			w.comes(followAfter, time.Microsecond)
			expect(t, tt.stage, "look", fmt.Sprintf("stay on %d", tt.stage.at))
		})
	}
}

// TestFollowerOfNobody proves that there need be no place.
func TestFollowerOfNobody(t *testing.T) {
	t.Parallel()
	f := follower{cpu: nowhere}
	for range 2 * followAfter {
		f.came(time.Now())
	}
	if f.follows() {
		t.Error("a master is followed that is nowhere")
	}
	f.rest()
	f.end()
}
