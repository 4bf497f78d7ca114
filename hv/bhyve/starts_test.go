package bhyve

import (
	"io/fs"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestStarts proves when a run is told to have begun: as long ago as the host's clock said when it was first asked.
func TestStarts(t *testing.T) {
	t.Parallel()
	rec := freebsd.NewRecording()
	rec.SetError(fs.ErrPermission, "clock")
	s := newStarts()
	run := func(n int64, ago time.Duration) *standing {
		return &standing{guest: guest{key: plainVM}, run: n, began: noon().Add(-ago)}
	}
	clock := func(d time.Duration) func() {
		return func() { rec.SetClock(freebsd.Clock{Now: noon().Add(d), Up: hostUp}) }
	}
	steps := []struct {
		name string
		do   func()
		st   *standing
		told bool
		ago  time.Duration
	}{
		{"the clock cannot be read", func() {}, run(1, time.Hour), false, 0},
		{"runs", clock(0), run(1, time.Hour), true, time.Hour},
		{"the clock is set", clock(5 * time.Hour), run(1, time.Hour), true, time.Hour},
		{"it is found to have begun before", clock(0), run(1, 2*time.Hour), true, 2 * time.Hour},
		{"another run", clock(0), run(2, time.Minute), true, time.Minute},
		{"began in the future", clock(0), run(3, -time.Minute), true, 0},
		{"does not run", clock(0), run(0, time.Minute), false, 0},
		{"when it began is not known", clock(0), &standing{guest: guest{key: plainVM}, run: 4}, false, 0},
	}
	for _, step := range steps {
		step.do()
		before := time.Now()
		at, told := s.take(step.st, rec).Get()
		after := time.Now()
		const asked = time.Minute // steps are quicker than that, and hours apart
		if told != step.told || told && (at.Before(before.Add(-step.ago-asked)) || at.After(after.Add(-step.ago))) {
			t.Errorf("%s: began %v before now, %v; want %v, %v", step.name, after.Sub(at), told, step.ago, step.told)
		}
	}
	s.keep(map[string]standing{plainVM: *run(3, 0)})
	if len(s.of) != 1 {
		t.Errorf("%d are remembered, want the one that runs", len(s.of))
	}
	s.keep(map[string]standing{plainVM: *run(0, 0)})
	if len(s.of) != 0 {
		t.Errorf("%d are remembered, want none", len(s.of))
	}
}
