package bhyve

import (
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// TestJudgeFuture proves that what is written down with a time that is yet to come, by a clock that was wrong then or is now, is not taken
// for something that has just begun.
func TestJudgeFuture(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		ahead time.Duration
		guest func(at time.Time, q trait) guest
		want  hv.OperState
	}{
		{"a lock that nobody minds", 12 * time.Hour, func(at time.Time, _ trait) guest { return underVM(locked(at)) }, hv.StateCrashed},
		{"a lock of this moment", time.Second, func(at time.Time, _ trait) guest { return underVM(locked(at)) }, hv.StatePreparing},
		{"resumed", 12 * time.Hour, func(at time.Time, q trait) guest {
			return underVM(locked(at), watched, q, logged(vmbhyve.Log{Initialised: at, Started: at, Resuming: true}))
		}, hv.StateRunning},
		{"resumed at this moment", time.Second, func(at time.Time, q trait) guest {
			return underVM(locked(at), watched, q, logged(vmbhyve.Log{Initialised: at, Started: at, Resuming: true}))
		}, hv.StateResuming},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			g := tt.guest(p.clock.Now.Add(tt.ahead), runs(p.process(pid)))
			if got, _ := judge(situation{guest: g, now: p.clock.Now}); got != tt.want {
				t.Errorf("unexpected state %v, want %v", got, tt.want)
			}
		})
	}
}
