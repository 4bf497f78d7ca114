package bhyve

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counting returns a reading whose answer is how often it was begun, and that takes so long as the answer before it says.
func counting(life context.Context, bound time.Duration, takes ...time.Duration) (*reading[int], *atomic.Int64) {
	begun := &atomic.Int64{}
	return &reading[int]{life: life, bound: bound, read: func(context.Context) (int, error) {
		n := int(begun.Add(1)) - 1
		if n < len(takes) {
			time.Sleep(takes[n])
		}
		return n + 1, nil
	}}, begun
}

func TestReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := counting(t.Context(), 2*time.Second)
		for want := 1; want <= 3; want++ {
			if got, err := r.get(t.Context()); got != want || err != nil {
				t.Errorf("unexpected answer %d, %v, want %d", got, err, want)
			}
		}
	})
}

// A reading that hangs is waited for once, is not begun again while it hangs, and is begun again when it is over.
func TestReadingHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, begun := counting(t.Context(), 2*time.Second, time.Hour)
		var late lateError
		started := time.Now()
		if _, err := r.get(t.Context()); !errors.As(err, &late) {
			t.Errorf("unexpected error %v, want that it is late", err)
		}
		if took := time.Since(started); took != 2*time.Second {
			t.Errorf("waited for %v, want 2s", took)
		}
		started = time.Now()
		for range 100 {
			if _, err := r.get(t.Context()); !errors.As(err, &late) {
				t.Errorf("unexpected error %v, want that it is late", err)
			}
		}
		if took := time.Since(started); took != 0 {
			t.Errorf("waited for %v more", took)
		}
		if n := begun.Load(); n != 1 {
			t.Errorf("it was begun %d times, want once", n)
		}
		time.Sleep(time.Hour)
		if got, err := r.get(t.Context()); got != 2 || err != nil {
			t.Errorf("unexpected answer %d, %v, want 2", got, err)
		}
	})
}

// What was begun before the question is no answer to it.
func TestReadingBeganBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := counting(t.Context(), 2*time.Second, time.Second)
		first := make(chan int)
		go func() {
			got, _ := r.get(t.Context())
			first <- got
		}()
		synctest.Wait()
		second := make(chan int)
		go func() {
			got, _ := r.get(t.Context())
			second <- got
		}()
		if got := <-first; got != 1 {
			t.Errorf("unexpected first answer %d", got)
		}
		if got := <-second; got != 2 {
			t.Errorf("unexpected second answer %d", got)
		}
	})
}

func TestReadingContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		r := &reading[int]{life: life, bound: time.Minute, read: func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		if _, err := r.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("unexpected error %v, want the caller's", err)
		}
		if took := time.Since(started); took != time.Second {
			t.Errorf("waited for %v, want 1s", took)
		}
		end()
		synctest.Wait() // nothing is left that waits
		if !r.idle() {
			t.Error("the reading outlives its life")
		}
	})
}

// What takes too long each time is begun again, and is not waited for again until it is quick.
func TestReadingSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const long = 3 * time.Second
		r, begun := counting(t.Context(), 2*time.Second, long, long, 0, long)
		tests := []struct {
			name  string
			after time.Duration
			waits time.Duration
			// got is the answer, or 0 if it is late.
			got   int
			begun int64
		}{
			{"the first waits", 0, 2 * time.Second, 0, 1},
			{"and nobody else while it hangs", 0, 0, 0, 1},
			{"it is begun again", long, hurry, 0, 2},
			{"and nobody waits", 0, 0, 0, 2},
			{"it is quick", long, 0, 3, 3},
			{"so it is waited for", 0, 2 * time.Second, 0, 4},
			{"it is quick again", long, 0, 5, 5},
		}
		for _, tt := range tests {
			time.Sleep(tt.after)
			began := time.Now()
			got, err := r.get(t.Context())
			if took := time.Since(began); took != tt.waits {
				t.Errorf("%s: waited for %v, want %v", tt.name, took, tt.waits)
			}
			if got != tt.got || (err == nil) != (got != 0) {
				t.Errorf("%s: unexpected answer %d, %v, want %d", tt.name, got, err, tt.got)
			}
			if n := begun.Load(); n != tt.begun {
				t.Errorf("%s: it was begun %d times, want %d", tt.name, n, tt.begun)
			}
		}
	})
}
