package bhyve

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettling(t *testing.T) {
	t.Parallel()
	type step struct {
		after     time.Duration
		now, want string
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"the first", []step{{0, "a", "a"}, {time.Second, "a", "a"}}},
		{"for a moment", []step{{0, "a", "a"}, {time.Hour, "", "a"}, {time.Second, "a", "a"}, {4 * time.Second, "", "a"}, {time.Second, "", "a"}}},
		{"for good", []step{{0, "a", "a"}, {time.Hour, "", "a"}, {4 * time.Second, "", "a"}, {time.Second, "", ""}, {0, "", ""}}},
		{"bit by bit", []step{{0, "a", "a"}, {time.Hour, "", "a"}, {4 * time.Second, "b", "a"}, {4 * time.Second, "b", "a"}, {time.Second, "b", "b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := settling[string]{same: func(a, b string) bool { return a == b }}
				for i, step := range tt.steps {
					time.Sleep(step.after)
					if diff := cmp.Diff(step.want, s.take(step.now)); diff != "" {
						t.Errorf("unexpected belief after step %d (-want +got):\n%s", i, diff)
					}
				}
			})
		})
	}
}
