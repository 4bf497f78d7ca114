package bench

import (
	"os/exec"
	"testing"
	"testing/synctest"
	"time"
)

// TestCallFor calls for as long as a turn lasts, and once where it lasts no time.
func TestCallFor(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := []struct {
		name  string
		turn  time.Duration
		calls int
	}{
		{"no time", 0, 1},
		{"less than a call", 9 * ms, 1},
		{"a call begins before its end", 35 * ms, 4},
		{"none begins at its end", 40 * ms, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				c := callFor(tt.turn, func() {
					calls++
					<-time.After(10 * ms)
				})
				if calls != tt.calls || c.wall != 10 {
					t.Errorf("unexpected %d calls of %v ms each: want %d of 10", calls, c.wall, tt.calls)
				}
			})
		})
	}
}

// TestCallForChildren proves that what a program uses that is run is told of it.
func TestCallForChildren(t *testing.T) {
	c := callFor(50*time.Millisecond, func() {
		if err := exec.Command("sh", "-c", "echo").Run(); err != nil {
			t.Fatal(err)
		}
	})
	if c.children <= 0 || c.cpu < 0 {
		t.Errorf("unexpected cost %+v", c)
	}
	if idle := callFor(0, func() {}); idle.children != 0 {
		t.Errorf("unexpected cost of no program: %+v", idle)
	}
}
