//go:build linux

package faults

import (
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
)

// entries are what a chart says of one virtual machine, in the order of their time.
type entries struct {
	name string
	all  []entry
}

// last returns the last of them.
func (e entries) last() entry { return e.all[len(e.all)-1] }

// checkFresh proves that its statistics were never older than that, and not marked.
func (e entries) checkFresh(t *testing.T, limit time.Duration) {
	t.Helper()
	var oldest time.Duration
	for _, one := range e.all {
		if one.StatsAt.IsZero() || one.Stale {
			t.Errorf("%s: at %v its statistics are of %v, stale %t", e.name, one.at, one.StatsAt, one.Stale)
			return
		}
		oldest = max(oldest, one.age())
	}
	t.Logf("the statistics of %s were never older than %v", e.name, oldest)
	if oldest > limit {
		t.Errorf("the statistics of %s were %v old, want at most %v", e.name, oldest, limit)
	}
}

// checkMoves proves that counters never stood still for longer than that.
func (e entries) checkMoves(t *testing.T, limit time.Duration, counters ...string) {
	t.Helper()
	for _, name := range counters {
		since, before := e.all[0].at, e.all[0].counters()[name]
		var longest time.Duration
		for _, one := range e.all {
			now, known := one.counters()[name]
			if !known {
				t.Errorf("%s: at %v there is no %s", e.name, one.at, name)
				break
			}
			if now != before {
				since, before = one.at, now
			}
			longest = max(longest, one.at.Sub(since))
		}
		if longest > limit {
			t.Errorf("%s: %s stood still for %v, want at most %v", e.name, name, longest, limit)
		}
	}
}

// checkKept proves that no counter was ever lost or went back, and that it was in one state and one run all the time.
func (e entries) checkKept(t *testing.T, state hv.OperState) {
	t.Helper()
	before := e.all[0]
	for _, one := range e.all {
		if one.State != state || one.Run != before.Run {
			t.Errorf("%s: at %v it is %v in run %d, want %v in run %d", e.name, one.at, one.State, one.Run, state, before.Run)
			return
		}
		now := one.counters()
		for name, was := range before.counters() {
			if is, known := now[name]; !known || is < was {
				t.Errorf("%s: at %v %s is %d (known: %t), and was %d", e.name, one.at, name, is, known, was)
				return
			}
		}
		before = one
	}
}

// checkMarked proves that it was marked at last, and all the time from its first mark on, with the counters that it had
// then and the age that they have. It returns how long after the moment the mark came.
func (e entries) checkMarked(t *testing.T, moment time.Time) {
	t.Helper()
	for i, first := range e.all {
		if !first.Stale {
			continue
		}
		t.Logf("%s is marked %v after it stopped", e.name, first.at.Sub(moment))
		for _, one := range e.all[i:] {
			if !one.Stale || !one.StatsAt.Equal(first.StatsAt) {
				t.Errorf("%s: at %v stale is %t, and its statistics are of %v, want %v", e.name, one.at, one.Stale, one.StatsAt, first.StatsAt)
				return
			}
		}
		return
	}
	t.Errorf("%s was never marked", e.name)
}
