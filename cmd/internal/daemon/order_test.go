package daemon

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A diary notes what tasks do, and when.
type diary struct {
	start time.Time

	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, time.Since(d.start).String()+" "+line)
}

// leaver returns a task that notes when it is told to end, and when it ends, that much later.
func (d *diary) leaver(name string, after time.Duration) *fakeTask {
	return &fakeTask{name: name, ready: closed(), run: func(ctx context.Context) error {
		<-ctx.Done()
		d.note(name + " is told")
		time.Sleep(after)
		d.note(name + " ends")
		return nil
	}}
}

// TestServeOrder proves that the tasks end one after the other, and that one that is late holds up the next for a
// while only.
func TestServeOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after []time.Duration // how long each takes to end
		want  []string
	}{
		{"one after the other", []time.Duration{time.Second, time.Second, time.Second}, []string{
			"0s a is told", "1s a ends", "1s b is told", "2s b ends", "2s c is told", "3s c ends",
		}},
		{"the first is late", []time.Duration{5 * time.Second, time.Second, time.Second}, []string{
			"0s a is told", "2s b is told", "3s b ends", "3s c is told", "4s c ends", "5s a ends",
		}},
		{"the first ends while the second is late", []time.Duration{3 * time.Second, 3 * time.Second, time.Second}, []string{
			"0s a is told", "2s b is told", "3s a ends", "4s c is told", "5s b ends", "5s c ends",
		}},
		{"all are late", []time.Duration{9 * time.Second, 6 * time.Second, 3 * time.Second}, []string{
			"0s a is told", "2s b is told", "4s c is told", "7s c ends", "8s b ends", "9s a ends",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := &diary{start: time.Now()}
				signals := make(chan os.Signal)
				wait := serve(t.Context(), Options{Signals: signals},
					d.leaver("a", tt.after[0]), d.leaver("b", tt.after[1]), d.leaver("c", tt.after[2]))
				signals <- syscall.SIGTERM
				if err := wait(); err != nil {
					t.Errorf("unexpected error: %v", err)
				}
				if diff := cmp.Diff(counts(tt.want), counts(d.lines)); diff != "" {
					t.Errorf("unexpected order (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestServeOrderAfterFailure proves that the others end in their order, too, where one of them has failed, and that it
// is not waited for.
func TestServeOrderAfterFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &diary{start: time.Now()}
		broken := &fakeTask{name: "b", run: func(context.Context) error {
			time.Sleep(time.Second)
			return errors.New("disk full")
		}}
		wait := serve(t.Context(), Options{}, d.leaver("a", time.Second), broken, d.leaver("c", time.Second))
		if err := wait(); err == nil || err.Error() != "b: disk full" {
			t.Errorf("unexpected error: %v", err)
		}
		want := []string{"1s a is told", "2s a ends", "2s c is told", "3s c ends"}
		if diff := cmp.Diff(want, d.lines); diff != "" {
			t.Errorf("unexpected order (-want +got):\n%s", diff)
		}
	})
}

// TestServeOrderForced proves that a second signal is heard while the tasks end one after the other.
func TestServeOrderForced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &diary{start: time.Now()}
		signals := make(chan os.Signal)
		wait := serve(t.Context(), Options{Signals: signals}, d.leaver("a", time.Hour), d.leaver("b", 0))
		signals <- syscall.SIGTERM
		time.Sleep(time.Second)
		signals <- syscall.SIGTERM
		if err := wait(); !errors.Is(err, ErrForced) {
			t.Errorf("unexpected error: %v", err)
		}
		synctest.Wait()
		want := []string{"0s a is told", "1s b is told", "1s b ends"}
		d.mu.Lock()
		if diff := cmp.Diff(want, d.lines); diff != "" {
			t.Errorf("unexpected order (-want +got):\n%s", diff)
		}
		d.mu.Unlock()
		time.Sleep(2 * time.Hour) // so that the task ends, too
	})
}
