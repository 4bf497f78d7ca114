package libvirt

import (
	"errors"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// TestBackoff fails again and again, and finds between which times it is let pass again.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackoff(target{transport: transportSSH})
		why := errors.New("refused")
		if err := b.refused(); err != nil {
			t.Errorf("unexpected refusal before the first failure: %v", err)
		}
		const second = time.Second
		for range 2 {
			for _, most := range []time.Duration{second, 2 * second, 4 * second, 8 * second, 16 * second, 30 * second, 30 * second} {
				b.failed(time.Now(), why)
				took := untilAllowed(t, b, why)
				if took < most/2 || took > most {
					t.Errorf("let pass after %v: expected from %v to %v", took, most/2, most)
				}
			}
			b.connected() // and all begins anew
		}
	})
}

// untilAllowed returns how long it takes until b lets pass, which refuses for that reason.
func untilAllowed(t *testing.T, b *backoff, why error) time.Duration {
	t.Helper()
	began := time.Now()
	for b.refused() != nil {
		if err := b.refused(); !errors.Is(err, why) {
			t.Fatalf("unexpected refusal: %v", err)
		}
		<-time.After(time.Millisecond)
	}
	return time.Since(began)
}

// TestBackoffDiffers proves that something of the time is left to chance.
func TestBackoffDiffers(t *testing.T) {
	t.Parallel()
	ends := map[time.Duration]bool{}
	for range 20 {
		b := newBackoff(target{transport: transportTCP})
		b.failed(time.Now(), errMissed)
		ends[b.until.Sub(b.since)] = true
	}
	if len(ends) == 1 {
		t.Errorf("all are let pass at the same time: %v", ends)
	}
}

// TestBackoffAtOnce has attempts fail that were under way together.
func TestBackoffAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackoff(target{transport: transportTLS})
		began := time.Now()
		for range 5 {
			<-time.After(time.Millisecond)
			b.failed(began, errMissed)
		}
		if b.wait != firstBackoff {
			t.Errorf("unexpected wait after attempts at once: %v", b.wait)
		}
		b.connected()
		if err := b.refused(); err != nil {
			t.Errorf("unexpected refusal after a connection: %v", err)
		}
	})
}

// A moody is a listener that hangs up at once as long as it is told to.
type moody struct {
	net.Listener
	refuses  atomic.Bool
	attempts atomic.Int64 // that it has hung up
}

func (m *moody) Accept() (net.Conn, error) {
	for {
		c, err := m.Listener.Accept()
		if err != nil || !m.refuses.Load() {
			return c, err
		}
		m.attempts.Add(1)
		c.Close()
	}
}

// TestAttempts has a daemon hang up for a while on all who come, and counts how often it is asked by readings that are tried again
// twice a second; then it is there again.
func TestAttempts(t *testing.T) {
	t.Parallel()
	const (
		gap  = 500 * time.Millisecond
		away = 10 * time.Minute
		// gaps is how often each of them is tried.
		gaps = int64(away / gap)
		// kinds are the statistics, the states and the watch.
		kinds = 3
	)
	socket := filepath.Join(t.TempDir(), "sock")
	tests := []struct {
		name, network, address string
		uri                    func(address string) string
		least, most            int64
		back                   time.Duration
	}{
		{
			"a socket of this host", "unix", socket, func(address string) string { return "qemu:///system?socket=" + address },
			kinds * gaps, kinds * gaps, gap,
		},
		// Each waits 15 to 30 s, but for the first ones, and a little more for the next trial.
		{
			"another host", "tcp", "127.0.0.1:0", func(address string) string { return "qemu+tcp://" + address + "/system" },
			int64(away / (maxBackoff + gap)), kinds * int64(2*away/maxBackoff+6), maxBackoff + gap,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen(tt.network, tt.address)
			if err != nil {
				t.Fatal(err)
			}
			door := &moody{Listener: l}
			door.refuses.Store(true)
			srv := libvirttest.Serve(door, someDaemon())
			t.Cleanup(srv.Close)
			target, err := parseURI(tt.uri(l.Addr().String()), env)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				s := newSource(target, defaultBounds(), nopLog())
				defer s.Close()
				began := time.Now()
				for time.Since(began) < away {
					if _, err := s.States(t.Context()); !errors.Is(err, errUnreachable) {
						t.Fatalf("unexpected error of the states: %v", err)
					}
					if err := s.Statistics(t.Context(), []string{key(1)}, nil); !errors.Is(err, errUnreachable) {
						t.Fatalf("unexpected error of the statistics: %v", err)
					}
					if err := s.Watch(t.Context(), nil); !errors.Is(err, errUnreachable) {
						t.Fatalf("unexpected error of the watch: %v", err)
					}
					<-time.After(time.Until(began.Add(time.Since(began).Truncate(gap) + gap)))
				}
				if n := door.attempts.Load(); n < tt.least || n > tt.most {
					t.Errorf("unexpected number of attempts: %d, expected %d to %d", n, tt.least, tt.most)
				}
				door.refuses.Store(false)
				returned := time.Now()
				var list []hv.Summary
				for list == nil && time.Since(returned) <= tt.back {
					if list, err = s.States(t.Context()); err != nil {
						<-time.After(gap)
					}
				}
				if diff := cmp.Diff(len(someSummaries()), len(list)); diff != "" {
					t.Errorf("unexpected number of summaries after %v (-want +got):\n%s", time.Since(returned), diff)
				}
			})
		})
	}
}

// TestBackoffSurveys has the daemon hang up on the connection of the surveys. That holds up nothing else.
func TestBackoffSurveys(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := &moody{Listener: l}
	door.refuses.Store(true)
	srv := libvirttest.Serve(door, someDaemon())
	t.Cleanup(srv.Close)
	target, err := parseURI("qemu+tcp://"+l.Addr().String()+"/system", env)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSource(target, defaultBounds(), nopLog())
		defer s.Close()
		if err := s.Surveys(t.Context(), []string{key(1)}, nil); !errors.Is(err, errUnreachable) {
			t.Fatalf("unexpected error of the surveys: %v", err)
		}
		door.refuses.Store(false)
		if list, err := s.States(t.Context()); len(list) != len(someSummaries()) || err != nil {
			t.Errorf("unexpected states: %d, %v", len(list), err)
		}
		attempts := door.attempts.Load()
		door.refuses.Store(true)
		if err := s.Surveys(t.Context(), []string{key(1)}, nil); !errors.Is(err, errUnreachable) || door.attempts.Load() != attempts {
			t.Errorf("the surveys connect again at once: %v", err)
		}
	})
}
