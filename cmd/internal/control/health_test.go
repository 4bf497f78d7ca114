package control

import (
	"testing"
	"time"
	"unsafe"

	"github.com/vmond/vmond/collector"
)

// TestReadingsAfterTheClockWasSet proves that ages are by no clock on the wall, and moments by that which is there now.
func TestReadingsAfterTheClockWasSet(t *testing.T) {
	t.Parallel()
	const ago = time.Minute
	for _, set := range []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour} {
		now := time.Now()
		// The same monotonic reading with the time that the wall showed before (package time, Time).
		before := now.Add(-ago)
		*(*uint64)(unsafe.Pointer(&before)) -= uint64(set/time.Second) << 30
		if before.Round(0).Equal(now.Round(0).Add(-ago)) != (set == 0) {
			t.Fatalf("package time is no longer what it was: %v", before)
		}
		r := NewReadings(collector.Health{States: collector.ReadingHealth{LastSuccess: before, LastFailure: before, Asked: before}}, now)
		if got := r.States; got.Age.Or(0) != ago || got.Waits.Or(0) != ago {
			t.Errorf("set by %v: unexpected ages %v and %v, want %v", set, got.Age, got.Waits, ago)
		}
		for _, at := range []time.Time{r.States.LastSuccess, r.States.LastFailure, r.States.Asked} {
			if !at.Round(0).Equal(now.Round(0).Add(-ago)) {
				t.Errorf("set by %v: %v is told for what was %v before %v", set, at, ago, now)
			}
		}
		if never := r.Watch; !never.Age.IsZero() || !never.LastSuccess.IsZero() {
			t.Errorf("set by %v: unexpected reading that there never was: %+v", set, never)
		}
	}
}
