package bench

import (
	"testing"
	"time"
)

func TestRoundAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		since, whole time.Duration
		rounds, want int
	}{
		{0, time.Second, 1, 0},
		{time.Hour, time.Second, 1, 0},
		{0, time.Minute, 6, 0},
		{10*time.Second - 1, time.Minute, 6, 0},
		{10 * time.Second, time.Minute, 6, 1},
		{59 * time.Second, time.Minute, 6, 5},
		{time.Minute, time.Minute, 6, 5},
		{time.Minute - 1, time.Minute, 7, 6}, // which is no whole number of nanoseconds each
	}
	for _, tt := range tests {
		if got := roundAt(tt.since, tt.whole, tt.rounds); got != tt.want {
			t.Errorf("unexpected round after %v of %v in %d: want %d, got %d", tt.since, tt.whole, tt.rounds, tt.want, got)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	began := mark{time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), time.Minute}
	for used, want := range map[time.Duration]float64{0: 0, 10 * time.Millisecond: 0.1, 20 * time.Second: 200} {
		if got := began.share(mark{began.at.Add(10 * time.Second), began.used + used}); got != want {
			t.Errorf("unexpected share of %v in 10s: want %v, got %v", used, want, got)
		}
	}
}
