package collector

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// before returns t as it would have been read if the wall clock had been set by that much since: the same monotonic
// reading with another time on the wall. There is no other way to such a time than to set the clock, as test/faults does.
func before(t *testing.T, set time.Duration, at time.Time) time.Time {
	t.Helper()
	const nanosecondBits = 30 // below the seconds (package time, Time)
	out := at
	*(*uint64)(unsafe.Pointer(&out)) -= uint64(set/time.Second) << nanosecondBits
	if out.Sub(at) != 0 || at.Round(0).Sub(out.Round(0)) != set {
		t.Fatalf("package time is no longer what it was: %v and %v", at, out)
	}
	return out
}

func TestMoment(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Now()
	for _, set := range []time.Duration{0, time.Hour, -time.Hour, day, -day, 20 * 365 * day} {
		for _, age := range []time.Duration{0, time.Second, time.Minute, 400 * day} {
			want := now.Round(0).Add(-age)
			got := Moment(before(t, set, now.Add(-age)), now)
			if !got.Round(0).Equal(want) {
				t.Errorf("%v ago, before the clock was set by %v: %v, want %v", age, set, got.Round(0), want)
			}
		}
	}
}

// TestMomentStays proves that a time is not moved where there is no reason to: not by a hair, so that what was read once
// is told alike each time.
func TestMomentStays(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, at := range map[string]time.Time{
		"none":                 {},
		"long before any host": time.Unix(math.MinInt32, 0),
		"of another process":   time.Date(2026, 1, 31, 12, 0, 0, 5, time.UTC),
		"just now":             now,
		"later":                now.Add(time.Hour),
		"hours ago":            now.Add(-5 * time.Hour),
		"300 years ago":        now.AddDate(-300, 0, 0),
	} {
		for _, now := range []time.Time{now, now.Add(time.Minute), now.Round(0)} {
			if got := Moment(at, now); got != at {
				t.Errorf("%s: %v is told as %v at %v", name, at, got, now)
			}
		}
	}
}

// TestSnapshotAfterTheClockWasSet proves that what is written has the moments of the clock as it is when it is written, and
// ages that no clock on the wall has a part in.
func TestSnapshotAfterTheClockWasSet(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, set := range []time.Duration{0, time.Hour, -time.Hour, day, -day} {
		now := time.Now()
		ago := func(d time.Duration) time.Time { return before(t, set, now.Add(-d)) }
		vm := &VM{
			Index: 1, Summary: hv.Summary{Key: "k", Run: 1}, Started: hv.Some(ago(2 * time.Hour)), StatsAt: ago(3 * time.Second),
		}
		never := &VM{Index: 2, Summary: hv.Summary{Key: "never"}}
		s := NewSnapshot(hv.Host{Started: hv.Some(ago(50 * day))}, ago(time.Second), vm, never)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back Snapshot
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		// What follows is later than now by what the writing took.
		told := back.Now()
		if late := told.Sub(now.Round(0)); late < 0 || late > time.Minute {
			t.Errorf("set by %v: told at %v, %v after the beginning", set, told, late)
		}
		about := func(what string, got time.Time, want time.Duration) {
			t.Helper()
			if d := now.Round(0).Sub(got); (d - want).Abs() > time.Minute/2 {
				t.Errorf("set by %v: %s was %v ago, want %v", set, what, d, want)
			}
		}
		about("the reading of the states", back.StatesAt, time.Second)
		about("the start of the host", back.Host.Started.Or(time.Time{}), 50*day)
		about("the start", back.VM(1).Started.Or(time.Time{}), 2*time.Hour)
		about("the reading of the statistics", back.VM(1).StatsAt, 3*time.Second)
		if !back.VM(2).StatsAt.IsZero() {
			t.Errorf("set by %v: what was never read was read at %v", set, back.VM(2).StatsAt)
		}
		var ages struct {
			States time.Duration `json:"states_age"`
			VMs    []struct {
				Stats *time.Duration `json:"stats_age"`
			} `json:"vms"`
		}
		if err := json.Unmarshal(text, &ages); err != nil {
			t.Fatal(err)
		}
		near := func(got, want time.Duration) bool { return got >= want && got < want+time.Minute }
		if !near(ages.States, time.Second) || ages.VMs[0].Stats == nil || !near(*ages.VMs[0].Stats, 3*time.Second) || ages.VMs[1].Stats != nil {
			t.Errorf("set by %v: unexpected ages in %s", set, text)
		}
		if vm.StatsAt != ago(3*time.Second) {
			t.Errorf("set by %v: the snapshot itself was changed", set)
		}
	}
}

// TestSnapshotWrittenAgain proves that a snapshot that was read says the same when it is written: its now is that of who
// wrote it first.
func TestSnapshotWrittenAgain(t *testing.T) {
	t.Parallel()
	first, err := json.Marshal(NewSnapshot(hv.Host{Started: hv.Some(time.Now())}, time.Now(), &VM{Index: 1, StatsAt: time.Now()}))
	if err != nil {
		t.Fatal(err)
	}
	var s Snapshot
	if err := json.Unmarshal(first, &s); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := json.Unmarshal(first, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &b); err != nil {
		t.Fatal(err)
	}
	// Ages are of nanoseconds of a monotonic clock the first time, and of moments on the wall the second.
	delete(a, "states_age")
	delete(b, "states_age")
	for _, m := range []map[string]any{a, b} {
		delete(m["vms"].([]any)[0].(map[string]any), "stats_age")
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("unexpected snapshot (-want +got):\n%s", diff)
	}
}

// TestNoAgeIsNegative proves that a clock which was set back by so little that it counts as jitter makes nothing younger
// than it can be.
func TestNoAgeIsNegative(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	late := at.Add(stepBound / 2)
	s := NewSnapshot(hv.Host{}, late, &VM{Index: 1, StatsAt: late})
	s.ToldAt = at
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte(`s_age":0`)); n != 2 {
		t.Errorf("%d ages are 0, want 2: %s", n, text)
	}
}
