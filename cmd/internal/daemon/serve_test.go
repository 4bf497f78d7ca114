package daemon

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
)

// serve runs Serve in the bubble of a test and returns a function that waits for its error.
func serve(ctx context.Context, o Options, tasks ...Task) func() error {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	end := make(chan error, 1)
	go func() { end <- Serve(ctx, o, tasks...) }()
	return func() error { return <-end }
}

func TestServeStops(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal)
				m := &fakeManager{start: time.Now()}
				slow := &fakeTask{name: "slow", ready: closed(), run: func(ctx context.Context) error {
					<-ctx.Done()
					time.Sleep(9 * time.Second)
					return nil
				}}
				wait := serve(t.Context(), Options{Signals: signals, Manager: m}, slow, &fakeTask{name: "quick", ready: closed()})
				synctest.Wait()
				signals <- sig
				if err := wait(); err != nil {
					t.Fatalf("unexpected error: %v", err)
				}
				if diff := cmp.Diff([]string{"0s READY=1", "0s STOPPING=1"}, m.take()); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
				if got := time.Since(m.start); got != 9*time.Second {
					t.Errorf("ended after %v", got)
				}
			})
		})
	}
}

func TestServeContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		wait := serve(ctx, Options{}, &fakeTask{name: "a", ready: closed()})
		synctest.Wait()
		cancel()
		if err := wait(); err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
}

func TestServeNoTasks(t *testing.T) {
	t.Parallel()
	if err := Serve(t.Context(), Options{Log: zap.NewNop()}); err != nil {
		t.Errorf("unexpected error: %v", err)
	}
}

func TestServeGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		release := make(chan struct{})
		stuck := func(context.Context) error { <-release; return nil }
		start := time.Now()
		wait := serve(t.Context(), Options{Signals: signals},
			&fakeTask{name: "agentx", run: stuck}, &fakeTask{name: "control"}, &fakeTask{name: "collector", run: stuck})
		signals <- syscall.SIGTERM
		err := wait()
		if err == nil {
			t.Fatal("unexpected success")
		}
		if diff := cmp.Diff("gave up after 10s on what did not end: agentx, collector", err.Error()); diff != "" {
			t.Errorf("unexpected error (-want +got):\n%s", diff)
		}
		if got := time.Since(start); got != stopGrace {
			t.Errorf("ended after %v", got)
		}
		close(release)
	})
}

func TestServeSecondSignal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		release := make(chan struct{})
		start := time.Now()
		reloaded := 0
		wait := serve(t.Context(), Options{Signals: signals, Reload: func() { reloaded++ }},
			&fakeTask{name: "stuck", run: func(context.Context) error { <-release; return nil }})
		signals <- syscall.SIGINT
		signals <- syscall.SIGHUP // is no second signal, and no reload either
		time.Sleep(time.Second)
		signals <- syscall.SIGINT
		if err := wait(); !errors.Is(err, ErrForced) {
			t.Errorf("unexpected error: %v", err)
		}
		if got := time.Since(start); got != time.Second {
			t.Errorf("ended after %v", got)
		}
		if reloaded != 0 {
			t.Error("reloaded while stopping")
		}
		close(release)
	})
}

// TestServeEcho proves that a signal to stop that comes twice at once is one, and that the next one counts again.
func TestServeEcho(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		after time.Duration // from the first signal to the second
		want  error
		ended time.Duration
	}{
		{"at once", 0, nil, 5 * time.Second},
		{"just before", echoFor - time.Nanosecond, nil, 5 * time.Second},
		{"just after", echoFor, ErrForced, echoFor},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal)
				start := time.Now()
				wait := serve(t.Context(), Options{Signals: signals}, &fakeTask{name: "slow", run: func(ctx context.Context) error {
					<-ctx.Done()
					time.Sleep(5 * time.Second)
					return nil
				}})
				signals <- syscall.SIGTERM
				time.Sleep(tt.after)
				signals <- syscall.SIGINT
				if err := wait(); !errors.Is(err, tt.want) {
					t.Errorf("unexpected error: %v, want %v", err, tt.want)
				}
				if got := time.Since(start); got != tt.ended {
					t.Errorf("ended after %v, want %v", got, tt.ended)
				}
				time.Sleep(5 * time.Second) // so that the task ends, too
			})
		})
	}
}

func TestServeTaskEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"with an error", errors.New("disk full"), "collector: disk full"},
		{"without one", nil, "collector ended by itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var stopped bool
				wait := serve(t.Context(), Options{},
					&fakeTask{name: "collector", run: func(context.Context) error { return tt.err }},
					&fakeTask{name: "agentx", run: func(ctx context.Context) error {
						<-ctx.Done()
						stopped = true
						return errors.New("of no interest any more")
					}})
				err := wait()
				if err == nil || err.Error() != tt.want {
					t.Errorf("unexpected error %v, want %s", err, tt.want)
				}
				if !stopped {
					t.Error("the other task was not stopped")
				}
			})
		})
	}
}

// TestServeReady proves that the service manager hears of readiness once, when all tasks are ready or after the grace.
func TestServeReady(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		readyIn time.Duration
		want    []string
	}{
		{"soon", 3 * time.Second, []string{"0s STATUS=waiting", "3s READY=1", "3s STATUS=waiting", "5s STATUS=waiting", "10s STATUS=waiting"}},
		{"late", time.Hour, []string{"0s STATUS=waiting", "5s STATUS=waiting", "10s STATUS=waiting", "10s READY=1", "10s STATUS=waiting"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				m := &fakeManager{start: time.Now()}
				ready := make(chan struct{})
				time.AfterFunc(tt.readyIn, func() { close(ready) })
				wait := serve(ctx, Options{Manager: m, Status: func() string { return "waiting" }},
					&fakeTask{name: "control", ready: closed()}, &fakeTask{name: "collector", ready: ready})
				time.Sleep(readyGrace + time.Millisecond)
				cancel()
				if err := wait(); err != nil {
					t.Fatalf("unexpected error: %v", err)
				}
				got := m.take()
				if last := got[len(got)-1]; last != "10.001s STOPPING=1" {
					t.Errorf("unexpected last notification %q", last)
				}
				// At ten seconds the ticker and the grace are due at once, in either order.
				if diff := cmp.Diff(counts(tt.want), counts(got[:len(got)-1])); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// counts returns how often each text is there.
func counts(texts []string) map[string]int {
	n := map[string]int{}
	for _, s := range texts {
		n[s]++
	}
	return n
}

func TestServeReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		m := &fakeManager{start: time.Now()}
		ready := make(chan struct{})
		reloaded := 0
		ctx, cancel := context.WithCancel(t.Context())
		wait := serve(ctx, Options{Signals: signals, Manager: m, Reload: func() { reloaded++ }}, &fakeTask{name: "a", ready: ready})
		signals <- syscall.SIGHUP
		synctest.Wait()
		if got := m.take(); len(got) != 0 {
			t.Errorf("unexpected notifications before it is ready: %q", got)
		}
		close(ready)
		synctest.Wait()
		m.take()
		signals <- syscall.SIGHUP
		synctest.Wait()
		got := m.take()
		if len(got) != 2 || !strings.HasPrefix(got[0], "0s RELOADING=1\nMONOTONIC_USEC=") || got[1] != "0s READY=1" {
			t.Errorf("unexpected notifications: %q", got)
		}
		if reloaded != 2 {
			t.Errorf("reloaded %d times, want 2", reloaded)
		}
		cancel()
		if err := wait(); err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
}

// TestServeWatchdog freezes each loop in turn: the watchdog must starve then, and only then.
func TestServeWatchdog(t *testing.T) {
	t.Parallel()
	frozen := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	tests := []struct {
		name      string
		collector func(context.Context) error
		agentx    func(context.Context) error
		fed       int // in ten minutes and a half
	}{
		{"all alive", nil, nil, 31},
		{"slow is alive", func(context.Context) error { time.Sleep(14 * time.Second); return nil }, nil, 30},
		{"first frozen", frozen, nil, 0},
		{"second frozen", nil, frozen, 0},
		{"does not mind its context", nil, func(context.Context) error { time.Sleep(24 * time.Hour); return nil }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				m := &fakeManager{start: time.Now(), period: time.Minute}
				wait := serve(ctx, Options{Manager: m},
					&fakeTask{name: "collector", ready: closed(), alive: tt.collector},
					&fakeTask{name: "agentx", ready: closed(), alive: tt.agentx})
				time.Sleep(10*time.Minute + 30*time.Second)
				fed := 0
				for _, s := range m.take() {
					if strings.HasSuffix(s, " WATCHDOG=1") {
						fed++
					}
				}
				if fed != tt.fed {
					t.Errorf("fed %d times, want %d", fed, tt.fed)
				}
				cancel()
				if err := wait(); err != nil {
					t.Errorf("unexpected error: %v", err)
				}
				time.Sleep(48 * time.Hour)
			})
		})
	}
}

// TestServeWatchdogRecovers proves that a loop that comes back feeds again, and that the log names it meanwhile.
func TestServeWatchdogRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		log, logs := observed()
		start := time.Now()
		m := &fakeManager{start: start, period: time.Minute}
		wait := serve(ctx, Options{Manager: m, Log: log}, &fakeTask{name: "collector", ready: closed(),
			alive: func(ctx context.Context) error {
				if time.Since(start) < 30*time.Second {
					<-ctx.Done()
				}
				return ctx.Err()
			}})
		time.Sleep(59 * time.Second)
		if diff := cmp.Diff([]string{"0s READY=1", "40s WATCHDOG=1"}, m.take()); diff != "" {
			t.Errorf("unexpected notifications (-want +got):\n%s", diff)
		}
		late := logs.FilterMessage("a task does not answer, the watchdog is not fed").All()
		if len(late) != 1 || cmp.Diff([]any{"collector"}, late[0].ContextMap()["tasks"]) != "" {
			t.Errorf("unexpected log: %v", late)
		}
		cancel()
		if err := wait(); err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
}
