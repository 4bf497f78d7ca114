package soak

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestPulse proves that a machine that is busy is not taken for one that stood still. It runs in a bubble, where only what it
// does itself takes time.
func TestPulse(t *testing.T) {
	t.Parallel()
	late := errors.New("too late")
	tests := []struct {
		name  string
		takes time.Duration
		err   error
		want  bool
	}{
		{"well", 0, nil, false},
		{"an error", 0, late, false},
		{"an error after a long time", time.Hour, late, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var p pulse
				go p.run(ctx)
				stood, err := p.steady(ctx, func() error {
					time.Sleep(tt.takes) // in the bubble
					return tt.err
				})
				if stood != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("steady() = %t, %v, want %t, %v", stood, err, tt.want, tt.err)
				}
			})
		})
	}
}

// TestPulseStops proves that an error is excused while the machine stood still, and only then.
func TestPulseStops(t *testing.T) {
	t.Parallel()
	var p pulse
	broken := errors.New("broken")
	ended, cancel := context.WithCancel(t.Context())
	cancel() // nothing is waited for
	p.stops.Add(1)
	if stood, _ := p.steady(ended, func() error { return broken }); stood {
		t.Error("it stood still before, not meanwhile")
	}
	if stood, err := p.steady(ended, func() error { p.stops.Add(1); return broken }); !stood || !errors.Is(err, broken) {
		t.Errorf("steady() = %t, %v of a machine that stood still", stood, err)
	}
	if stood, err := p.steady(ended, func() error { p.stops.Add(1); return nil }); stood || err != nil {
		t.Errorf("steady() = %t, %v of what went well", stood, err)
	}
}
