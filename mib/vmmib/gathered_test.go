package vmmib_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib/vmmib"
)

// TestGathered proves that a change waits from when it is followed until its window ends or is dropped.
func TestGathered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFollower(vmmib.NotificationOptions{PerVM: true, Bulk: true, Window: 2 * time.Second})
		defer f.run(t)()
		check := func(step string, want ...uint64) {
			t.Helper()
			synctest.Wait()
			got := f.Gathered()
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected changes %s (-want +got):\n%s", step, diff)
			}
		}
		check("at first")
		f.goes(hv.StateRunning, 1, 2)
		pass(time.Second)
		f.goes(hv.StatePaused, 3)
		f.goes(hv.StateUnknown, 4) // is told by no notification
		check("in two windows", 1, 2, 3)
		pass(time.Second)
		check("when the first has ended", 3)
		f.set(t, bulkNumber, no)
		check("when the switch is off")
		f.goes(hv.StateShutdown, 5)
		check("while the switch is off")
	})
}
