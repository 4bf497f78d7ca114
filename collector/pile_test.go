package collector

import (
	"context"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// A toiling is a hypervisor that needs long for each reading, and for each virtual machine of one.
type toiling struct {
	watchedFake
	takes    time.Duration
	underWay map[string]int // readings, by depth; guarded by the fake's lock, as the most that there were at a time
	most     map[string]int
}

// toil takes its time for a reading, or for one virtual machine of it.
func (s *toiling) toil(ctx context.Context) {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
	}
}

// begin notes that a reading begins, and returns what notes its end.
func (s *toiling) begin(depth string) (end func()) {
	s.set(func() {
		s.underWay[depth]++
		s.most[depth] = max(s.most[depth], s.underWay[depth])
	})
	return func() { s.set(func() { s.underWay[depth]-- }) }
}

func (s *toiling) States(ctx context.Context) ([]hv.Summary, error) {
	defer s.begin("states")()
	s.toil(ctx)
	return s.fake.States(ctx)
}

func (s *toiling) Definitions(ctx context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	defer s.begin("definitions")()
	return s.fake.Definitions(ctx, keys, func(key string, d hv.Definition, err error) {
		s.toil(ctx)
		yield(key, d, err)
	})
}

func (s *toiling) Statistics(ctx context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	defer s.begin("statistics")()
	return s.fake.Statistics(ctx, keys, func(key string, stats hv.Statistics, err error) {
		yield(key, stats, err)
		s.toil(ctx)
	})
}

// TestReadingsDoNotPileUp has each reading take longer than the time to the next one, while events ask for still more of them: of
// each kind one is under way at a time, and what each virtual machine's counters tell is of its own time.
func TestReadingsDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(running("a", 1), running("b", 2), running("c", 3))
		s := &toiling{watchedFake{f}, testIntervals.Statistics, map[string]int{}, map[string]int{}}
		c := run(t, s, zap.NewNop())
		pass(time.Minute)
		before := map[string]int{"states": f.count("states"), "definitions": f.count("definitions"), "statistics": f.count("statistics")}
		for range 40 {
			f.events <- hv.Event{Kind: hv.Defined, Key: "a"}
			pass(testIntervals.Statistics)
		}
		var most map[string]int
		f.set(func() { most = maps.Clone(s.most) })
		if diff := cmp.Diff(map[string]int{"states": 1, "definitions": 1, "statistics": 1}, most); diff != "" {
			t.Errorf("unexpected readings at a time (-want +got):\n%s", diff)
		}
		for depth, n := range before {
			if f.count(depth) <= n {
				t.Errorf("the %s are not read any more", depth)
			}
		}
		times := map[time.Time]bool{}
		for i := range int32(3) {
			vm := c.Latest().VM(i + 1)
			times[vm.StatsAt] = true
			if age := time.Since(vm.StatsAt); vm.Stale || age > 8*s.takes {
				t.Errorf("%q is stale (%t), its statistics are %v old", vm.Key, vm.Stale, age)
			}
		}
		if len(times) != 3 {
			t.Errorf("unexpected times of the statistics, want one for each virtual machine: %v", times)
		}
	})
}
