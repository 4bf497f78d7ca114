package bhyve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience proves that what hangs is waited for once, keeps nobody else waiting, is asked again once it has answered, and is then
// forgotten.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPatience[int](t.Context(), 2*time.Second)
		release := make(chan struct{})
		ask := func(name string) (int, error, time.Duration) {
			began := time.Now()
			n, err := p.ask(t.Context(), name, func(context.Context) (int, error) {
				if name == "away" {
					<-release
				}
				return len(name), nil
			})
			return n, err, time.Since(began)
		}
		steps := []struct {
			what, name string
			n          int
			late       bool
			took       time.Duration
		}{
			{"it hangs", "away", 0, true, 2 * time.Second},
			{"it hangs still", "away", 0, true, 0},
			{"another does not", "near", 4, false, 0},
			{"it is back", "away", 4, false, 0},
		}
		for _, step := range steps {
			if step.what == "it is back" {
				close(release)
				synctest.Wait()
			}
			n, err, took := ask(step.name)
			if _, late := errors.AsType[lateError](err); n != step.n || late != step.late || (err != nil) != step.late || took != step.took {
				t.Errorf("%s: %d, %v after %v; want %d after %v", step.what, n, err, took, step.n, step.took)
			}
		}
		if len(p.waiting) != 0 {
			t.Errorf("%d are remembered that nobody waits for", len(p.waiting))
		}
	})
}

// TestPatienceOnce proves that what took too long once, and takes its time ever since, though in time, is had again.
func TestPatienceOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPatience[int](t.Context(), 5*time.Second)
		ask := func(took time.Duration) error {
			_, err := p.ask(t.Context(), "pool", func(context.Context) (int, error) {
				time.Sleep(took)
				return 1, nil
			})
			return err
		}
		if _, late := errors.AsType[lateError](ask(6 * time.Second)); !late {
			t.Fatal("it was waited for longer than the bound")
		}
		tries := 0
		for ; ask(300*time.Millisecond) != nil && tries < 10; tries++ {
			time.Sleep(5 * time.Second)
		}
		if tries > 2 {
			t.Errorf("it was asked %d times in vain", tries)
		}
	})
}

// TestPatienceGivenUp proves that who gives up is told so at once.
func TestPatienceGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithCancel(t.Context())
		p := newPatience[int](life, time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.ask(ctx, "away", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ask = %v, want that of its context", err)
		}
		end()
		synctest.Wait()
	})
}
