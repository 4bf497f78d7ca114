package bench

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMetronome has one of the answers take longer than the gap: it counts for those that were due meanwhile as well.
func TestMetronome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		m := metronome{gap: 10 * ms, due: time.Now()}
		began := time.Now()
		var asked, took []time.Duration
		for _, answer := range []time.Duration{1 * ms, 2 * ms, 35 * ms, 1 * ms, 1 * ms, 1 * ms, 1 * ms, 3 * ms} {
			from := m.beat()
			asked = append(asked, time.Since(began))
			<-time.After(answer)
			took = append(took, time.Since(from))
		}
		if diff := cmp.Diff([]time.Duration{0, 10 * ms, 20 * ms, 55 * ms, 56 * ms, 57 * ms, 60 * ms, 70 * ms}, asked); diff != "" {
			t.Errorf("unexpected times of asking (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{1 * ms, 2 * ms, 35 * ms, 26 * ms, 17 * ms, 8 * ms, 1 * ms, 3 * ms}, took); diff != "" {
			t.Errorf("unexpected times of answers (-want +got):\n%s", diff)
		}
	})
}
