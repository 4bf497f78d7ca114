package libvirt

import (
	"testing"
	"time"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)
	a := agents{runs: map[string]deafness{}}
	a.note("a", 1, noon)
	for _, tt := range []struct {
		key  string
		run  int64
		at   time.Time
		want bool
	}{
		{"a", 1, noon, true},
		{"a", 1, noon.Add(deafFor - 1), true},
		{"a", 1, noon.Add(deafFor), false},
		{"a", 2, noon, false},
		{"b", 1, noon, false},
	} {
		if got := a.deaf(tt.key, tt.run, tt.at); got != tt.want {
			t.Errorf("%q in run %d at %v: deaf is %t, want %t", tt.key, tt.run, tt.at, got, tt.want)
		}
	}
}
