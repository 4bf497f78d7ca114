package collector

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// openLedger returns a ledger on a store in a folder of the test's own, and the store.
func openLedger(t *testing.T, path string) (*ledger, *Store) {
	t.Helper()
	s, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l, err := newLedger(s)
	if err != nil {
		t.Fatal(err)
	}
	return l, s
}

// indices returns the index of each key that exists.
func indices(l *ledger) map[string]int32 {
	m := map[string]int32{}
	for key, r := range l.records {
		if r.exists() {
			m[key] = r.Index
		}
	}
	return m
}

func TestLedgerGivesSmallIndicesAndKeepsThem(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	l.begin("life", 0)
	for i := range 5 {
		l.take(fmt.Sprintf("vm-%d", i), 0)
	}
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	want := map[string]int32{"vm-0": 1, "vm-1": 2, "vm-2": 3, "vm-3": 4, "vm-4": 5}
	if diff := cmp.Diff(want, indices(l)); diff != "" {
		t.Errorf("unexpected indices (-want +got):\n%s", diff)
	}
	s.Close()
	for _, life := range []string{"life", "another life", ""} {
		l, s := openLedger(t, path)
		l.begin(life, 0)
		if err := l.commit(); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if diff := cmp.Diff(want, indices(l)); diff != "" {
			t.Errorf("unexpected indices in life %q (-want +got):\n%s", life, diff)
		}
	}
}

func TestLedgerWhatWasNotCommittedIsNotThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	l.begin("life", 0)
	r, existed := l.take("vm", 0)
	if existed || r.saved {
		t.Errorf("a record that was never written: existed %t, saved %t", existed, r.saved)
	}
	if _, existed := l.take("vm", 0); existed {
		t.Error("asked again before the commit, it existed")
	}
	s.Close()
	if err := l.commit(); err == nil {
		t.Error("a commit to a closed store succeeded")
	}
	if r.saved {
		t.Error("saved after a commit that failed")
	}
}

func TestLedgerQuarantine(t *testing.T) {
	t.Parallel()
	const gone = time.Minute
	tests := []struct {
		name string
		key  string
		now  time.Duration
		want int32
	}{
		{"another soon after", "new", gone + time.Second, 4},
		{"another just before the end", "new", gone + quarantine - 1, 4},
		{"another after the quarantine", "new", gone + quarantine, 2},
		{"itself soon after", "b", gone + time.Second, 2},
		{"itself long after", "b", gone + 10*quarantine, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLedger(nil)
			l.begin("life", 0)
			for _, key := range []string{"a", "b", "c"} {
				l.take(key, 0)
			}
			if err := l.commit(); err != nil {
				t.Fatal(err)
			}
			l.drop("b", gone)
			r, existed := l.take(tt.key, tt.now)
			if existed {
				t.Error("it existed")
			}
			if r.Index != tt.want {
				t.Errorf("unexpected index: want %d, got %d", tt.want, r.Index)
			}
		})
	}
}

func TestLedgerGivesTheLongestFreeIndexFirst(t *testing.T) {
	t.Parallel()
	l, _ := newLedger(nil)
	l.begin("life", 0)
	for _, key := range []string{"a", "b", "c"} {
		l.take(key, 0)
	}
	l.drop("c", 1)
	l.drop("a", 2)
	l.take("c", 3) // came back: its departure is void
	l.drop("b", 4)
	l.drop("c", 5)
	var got []int32
	for i := range 4 {
		r, _ := l.take(fmt.Sprint(i), 5+quarantine)
		got = append(got, r.Index)
	}
	if diff := cmp.Diff([]int32{1, 2, 3, 4}, got); diff != "" {
		t.Errorf("unexpected indices (-want +got):\n%s", diff)
	}
}

func TestLedgerAnotherLifeVoidsTimesAndBeginsTheQuarantineAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	l.begin("one", 0)
	r, _ := l.take("up", 0)
	r.follow(hv.Summary{Admin: hv.AdminRunning, Run: 7}, 50*time.Second, true)
	l.take("gone", 0)
	l.drop("gone", 20*time.Hour)
	l.setLastChange(hv.Some(20 * time.Hour))
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	s.Close()

	l, _ = openLedger(t, path)
	l.begin("one", 21*time.Hour)
	if got := l.meta.LastChange; got != hv.Some(20*time.Hour) {
		t.Errorf("the same life has another last change: %v", got)
	}
	if got := l.records["up"].Started; got != hv.Some(50*time.Second) {
		t.Errorf("the same life has another start: %v", got)
	}
	l.begin("two", time.Minute)
	if !l.meta.LastChange.IsZero() || !l.records["up"].Started.IsZero() {
		t.Error("times of another life are kept")
	}
	if r, _ := l.take("new", time.Minute+quarantine-1); r.Index != 3 {
		t.Errorf("the quarantine did not begin anew: index %d was given", r.Index)
	}
	if r, _ := l.take("newer", time.Minute+quarantine); r.Index != 2 {
		t.Errorf("the quarantine did not end: index %d was given", r.Index)
	}
}

func TestLedgerForgetsVoidDepartures(t *testing.T) {
	t.Parallel()
	l, _ := newLedger(nil)
	l.begin("life", 0)
	l.take("gone for good", 0)
	l.take("comes and goes", 0)
	l.drop("gone for good", 0)
	for i := range 10_000 {
		now := time.Duration(i) * time.Minute
		l.drop("comes and goes", now)
		if r, _ := l.take("comes and goes", now); r.Index != 2 {
			t.Fatalf("unexpected index: want 2, got %d", r.Index)
		}
	}
	if most := spareDepartures + 2*len(l.records); len(l.gone) > most {
		t.Errorf("unexpected departures of two virtual machines: want at most %d, got %d", most, len(l.gone))
	}
	if r, _ := l.take("new", quarantine); r.Index != 1 {
		t.Errorf("unexpected index after the quarantine: want 1, got %d", r.Index)
	}
}
