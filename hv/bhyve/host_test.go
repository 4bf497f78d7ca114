package bhyve

import (
	"encoding/binary"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestHost(t *testing.T) {
	t.Parallel()
	s := makeUp(t)
	before := time.Now()
	h, err := s.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	started, ok := h.Started.Get()
	if !ok || started.Before(before.Add(-hostUp)) || started.After(after.Add(-hostUp)) {
		t.Errorf("unexpected start %v, want %v before now", h.Started, hostUp)
	}
	want := hv.Host{
		Software: "bhyve", Version: "14.3-RELEASE-p2", ObjectID: []uint32{1, 3, 6, 1, 4, 1, 2238, 4, 14, 3},
		Started: h.Started, Life: "1787220000", CPUs: []int{0, 1, 2, 3, 4, 5, 6, 7},
	}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("unexpected host (-want +got):\n%s", diff)
	}
}

func TestHostLacks(t *testing.T) {
	t.Parallel()
	t.Run("a version that is none", func(t *testing.T) {
		t.Parallel()
		s := makeUp(t)
		s.host.SetSysctl([]byte("CURRENT\x00"), releaseVariable)
		if h, err := s.Host(t.Context()); err != nil || h.ObjectID != nil || h.Version != "CURRENT" {
			t.Errorf("Host = %+v, %v", h, err)
		}
	})
	for name, octets := range map[string][]byte{
		"no CPUs": {0, 0, 0, 0}, "too many": {0xff, 0xff, 0xff, 0xff}, "half a number": {1, 0}, "nothing": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := makeUp(t)
			s.host.SetSysctl(octets, hostCPUsVariable)
			if h, err := s.Host(t.Context()); err != nil || h.CPUs != nil {
				t.Errorf("Host = %+v, %v", h, err)
			}
		})
	}
	t.Run("no version", func(t *testing.T) {
		t.Parallel()
		s := makeUp(t)
		s.host.SetError(fs.ErrPermission, "sysctl", releaseVariable)
		if h, err := s.Host(t.Context()); err == nil {
			t.Errorf("Host = %+v without an error", h)
		}
	})
	t.Run("no clock", func(t *testing.T) {
		t.Parallel()
		s := makeUp(t)
		s.host.SetError(fs.ErrPermission, "clock")
		if h, err := s.Host(t.Context()); err == nil {
			t.Errorf("Host = %+v without an error", h)
		}
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		s := makeUp(t)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if h, err := s.Host(t.Context()); err == nil {
			t.Errorf("Host = %+v without an error", h)
		}
	})
}

// timeval returns a time as the kernel has it.
func timeval(at time.Time) []byte {
	octets := binary.LittleEndian.AppendUint64(nil, uint64(at.Unix()))
	return binary.LittleEndian.AppendUint64(octets, uint64(at.Nanosecond())/uint64(time.Microsecond))
}

// TestHostLife proves that a boot is told from another, and that nothing else is told from it.
func TestHostLife(t *testing.T) {
	t.Parallel()
	later := noon().Add(time.Hour)
	tests := []struct {
		name string
		// meanwhile is what happens between two readings.
		meanwhile func(*madeUp)
		same      bool
	}{
		{"time goes on", func(s *madeUp) { s.host.Advance(time.Minute) }, true},
		{"the clock is set", func(s *madeUp) {
			s.host.SetClock(freebsd.Clock{Now: later, Up: hostUp + time.Second})
			s.host.SetSysctl(timeval(later.Add(-hostUp)), bootVariable)
		}, true},
		{"the messages are written again", func(s *madeUp) {
			s.host.SetStat(bootMessages, freebsd.Stat{Modified: later})
			s.host.Advance(time.Minute)
		}, true},
		{"the messages are taken away", func(s *madeUp) {
			s.host.Remove(bootMessages)
			s.host.Advance(time.Minute)
		}, true},
		{"the host boots", func(s *madeUp) {
			s.host.SetStat(bootMessages, freebsd.Stat{Modified: later})
			s.host.SetClock(freebsd.Clock{Now: later, Up: time.Minute})
		}, false},
	}
	for _, without := range []bool{false, true} {
		for _, tt := range tests {
			name := tt.name
			if without {
				name += ", without messages"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := makeUp(t)
				s.host.SetSysctl(timeval(noon().Add(-hostUp)), bootVariable)
				if without {
					s.host.Remove(bootMessages)
				}
				first, err := s.Host(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				tt.meanwhile(s)
				second, err := s.Host(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if first.Life == "" || (first.Life == second.Life) != tt.same {
					t.Errorf("life %q, then %q; want the same: %v", first.Life, second.Life, tt.same)
				}
			})
		}
	}
}

// TestHostLifeUnknown proves that a life that cannot be told at first is told once it can.
func TestHostLifeUnknown(t *testing.T) {
	t.Parallel()
	s := makeUp(t)
	s.host.Remove(bootMessages)
	for _, want := range []string{"", "boottime 1787220000", "boottime 1787220000"} {
		h, err := s.Host(t.Context())
		if err != nil || h.Life != want {
			t.Errorf("life %q, %v; want %q", h.Life, err, want)
		}
		s.host.SetSysctl(timeval(noon().Add(-hostUp)), bootVariable)
	}
}

// TestBootsStarted proves that the start of the host stays what it is, but for a step.
func TestBootsStarted(t *testing.T) {
	t.Parallel()
	now := time.Now()
	find := func() string { return "life" }
	tests := []struct {
		name    string
		passed  time.Duration // by our clock
		up      time.Duration // by the host's, since the first time
		changed bool
	}{
		{"jitter", time.Minute, time.Minute + 3*time.Millisecond, false},
		{"the host slept", time.Minute, time.Hour, true},
		{"the host booted", time.Hour, -hostUp + time.Minute, true},
	}
	for _, tt := range tests {
		var b boots
		first := b.take(now, hostUp, find)
		second := b.take(now.Add(tt.passed), hostUp+tt.up, find)
		if !first.at.Equal(now.Add(-hostUp)) {
			t.Errorf("%s: first start %v", tt.name, first.at)
		}
		want := first.at
		if tt.changed {
			want = now.Add(tt.passed - hostUp - tt.up)
		}
		if !second.at.Equal(want) {
			t.Errorf("%s: start %v, want %v", tt.name, second.at, want)
		}
	}
}
