package collector

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestInTime(t *testing.T) {
	down := errors.New("down")
	tests := []struct {
		name   string
		pace   time.Duration // between two that are told
		told   int           // of three
		hang   bool          // after those that are told
		err    error
		want   error
		fails  bool
		lasted time.Duration
	}{
		{name: "at once", told: 3},
		{name: "slowly, but each in time", pace: idleTimeout * 3 / 4, told: 3, lasted: idleTimeout * 9 / 4},
		{name: "hangs at once", hang: true, want: errSilent, fails: true, lasted: idleTimeout},
		{name: "hangs later", pace: time.Second, told: 2, hang: true, want: errSilent, fails: true, lasted: 2*time.Second + idleTimeout},
		{name: "fails", told: 1, err: down, want: down, fails: true},
		{name: "leaves one out", told: 2, fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				keys := []string{"a", "b", "c"}
				pending := map[string]int64{"a": 1, "b": 1, "c": 1}
				began := time.Now()
				err := inTime(t.Context(), func(ctx context.Context, told func()) error {
					for _, key := range keys[:tt.told] {
						pass(tt.pace)
						told()
						delete(pending, key)
					}
					if tt.hang {
						<-ctx.Done()
						return ctx.Err()
					}
					return errors.Join(tt.err, ctx.Err())
				}, pending)
				if (err != nil) != tt.fails || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("unexpected error: want %v (%t), got %v", tt.want, tt.fails, err)
				}
				if got := time.Since(began); got != tt.lasted {
					t.Errorf("unexpected duration: want %v, got %v", tt.lasted, got)
				}
			})
		})
	}
}

func TestInTimeThatIsCalledOff(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := inTime(ctx, func(ctx context.Context, _ func()) error { return ctx.Err() }, nil)
	if !errors.Is(err, context.Canceled) || errors.Is(err, errSilent) {
		t.Errorf("unexpected error: %v", err)
	}
}
