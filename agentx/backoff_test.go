package agentx

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBackoffDoublesUpToASecond(t *testing.T) {
	t.Parallel()
	for range 100 { // it is random
		var b backoff
		for _, most := range []time.Duration{
			100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond,
			time.Second, time.Second, time.Second,
		} {
			if got := b.next(); got > most || got <= most/2 {
				t.Errorf("unexpected delay: %v, want more than %v and at most %v", got, most/2, most)
			}
		}
		b.reset()
		if got := b.next(); got > minDelay {
			t.Errorf("unexpected delay after reset: %v", got)
		}
	}
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	type said struct {
		Kept int
		OK   bool
	}
	tests := []struct {
		name  string
		burst int
		lines []string // three in a repeatWindow
		want  []said
	}{
		{
			name:  "one_line_in_a_window_and_the_rest_counted",
			burst: 1,
			lines: []string{"a", "a", "a", "a", "a"},
			want:  []said{{0, true}, {0, false}, {0, false}, {2, true}, {0, false}},
		},
		{
			name:  "another_text_passes_at_once",
			burst: 1,
			lines: []string{"a", "a", "b", "b", "a"},
			want:  []said{{0, true}, {0, false}, {1, true}, {0, false}, {1, true}},
		},
		{
			name:  "a_burst_passes",
			burst: 2,
			lines: []string{"a", "a", "a", "a", "a", "a"},
			want:  []said{{0, true}, {0, true}, {0, false}, {1, true}, {0, true}, {0, false}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := repeats{burst: tt.burst}
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			var got []said
			for i, l := range tt.lines {
				kept, ok := r.pass(l, now.Add(time.Duration(i)*repeatWindow/3))
				got = append(got, said{kept, ok})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected lines (-want +got):\n%s", diff)
			}
		})
	}
}
