package control

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

func TestNewReadings(t *testing.T) {
	t.Parallel()
	now := time.Now()
	h := collector.Health{
		States:     collector.ReadingHealth{LastSuccess: now.Add(-3 * time.Second)},
		Statistics: collector.ReadingHealth{LastSuccess: now.Add(-5 * time.Second), Asked: now.Add(-4 * time.Second)},
		Watch:      collector.ReadingHealth{Failures: 2},
	}
	want := Readings{
		States:     Reading{Age: hv.Some(3 * time.Second), ReadingHealth: h.States},
		Statistics: Reading{Age: hv.Some(5 * time.Second), Waits: hv.Some(4 * time.Second), ReadingHealth: h.Statistics},
		Watch:      Reading{ReadingHealth: h.Watch},
	}
	if diff := cmp.Diff(want, NewReadings(h, now)); diff != "" {
		t.Errorf("unexpected readings (-want +got):\n%s", diff)
	}
}
