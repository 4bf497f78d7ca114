package freebsd

import "testing"

// TestWaitStatus proves that how a process ended is told apart: by itself with a code, or by a signal. What wait(2) has of both is
// what the kernel has for NOTE_EXIT (kqueue(2)).
func TestWaitStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		s            WaitStatus
		raw          uint32
		code, signal int
	}{
		{"the guest rebooted", Exited(0), 0, 0, 0},
		{"it was powered off", Exited(1), 0x100, 1, 0},
		{"triple fault", Exited(3), 0x300, 3, 0},
		{"no reason that bhyve knows", Exited(100), 0x6400, 100, 0},
		{"the last code", Exited(255), 0xff00, 255, 0},
		{"abort", Killed(6), 6, 0, 6},
		{"killed", Killed(9), 9, 0, 9},
		{"a core was written", WaitStatus(0x8b), 0x8b, 0, 11},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if uint32(tt.s) != tt.raw || tt.s.Code() != tt.code || tt.s.Signal() != tt.signal {
				t.Errorf("%#x has code %d and signal %d, want %#x, %d and %d", uint32(tt.s), tt.s.Code(), tt.s.Signal(), tt.raw, tt.code, tt.signal)
			}
		})
	}
}
