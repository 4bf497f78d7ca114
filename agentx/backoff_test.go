package agentx

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
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
	tests := []struct {
		name  string
		burst int
		lines []string // three in a repeatWindow
		want  []string // the number and the text of each line, and its count
	}{
		{
			name:  "one_line_in_a_window_and_the_rest_counted",
			burst: 1,
			lines: []string{"a", "a", "a", "a", "a"},
			want:  []string{"0 a", "3 a repeated=2"},
		},
		{
			name:  "another_text_passes_at_once_after_the_count_of_the_earlier",
			burst: 1,
			lines: []string{"a", "a", "a", "b", "c", "c", "a"},
			want:  []string{"0 a", "2 a repeated=2", "3 b", "4 c", "5 c repeated=1", "6 a"},
		},
		{
			name:  "a_burst_passes",
			burst: 2,
			lines: []string{"a", "a", "a", "a", "a", "a"},
			want:  []string{"0 a", "1 a", "3 a repeated=1", "4 a"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := repeats{burst: tt.burst}
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			core, logs := observer.New(zap.DebugLevel)
			log := zap.New(core)
			for i, l := range tt.lines {
				r.pass(l, now.Add(time.Duration(i)*repeatWindow/3), func(repeated zap.Field) {
					log.Info(fmt.Sprint(i, " ", l), repeated)
				})
			}
			var got []string
			for _, e := range logs.All() {
				line := e.Message
				for name, n := range e.ContextMap() {
					line += fmt.Sprintf(" %s=%v", name, n)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected lines (-want +got):\n%s", diff)
			}
		})
	}
}
