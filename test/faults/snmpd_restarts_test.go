//go:build linux

package faults

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

const (
	// masterRestarts is how often the master is restarted, masterWarmup how often before, until vmond has all that it needs.
	masterRestarts = 100
	masterWarmup   = 5
	// heapGrowth is how much larger the heap may be after all of them. What lives is known to a MiB, and is less than one at
	// first: so no restart may leave as much behind as a fifth of what a session reads at once.
	heapGrowth = 1 << 20
)

// TestMasterRestarts proves that 100 restarts in a row leave nothing behind in vmond, and that it serves within 2 s of each.
func TestMasterRestarts(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	v := lab.StartVmondTraced(t, calm(few), s.AgentX)
	before := walkAll(t, s, few)
	restart(t, s, masterWarmup)
	first, firstHeap := v.Footprint(t), v.LiveHeap(t)
	took := restart(t, s, masterRestarts)
	slices.Sort(took)
	t.Logf("served again after %v (median), %v at most", took[len(took)/2], took[len(took)-1])
	checkAsBefore(t, s, before)

	var last lab.Footprint
	lab.Eventually(t, back, "vmond is as it was", func() error {
		if last = v.Footprint(t); last.Descriptors > first.Descriptors || last.Goroutines > first.Goroutines {
			return fmt.Errorf("it has %+v after %d restarts, and had %+v", last, masterRestarts, first)
		}
		return nil
	})
	lastHeap := v.LiveHeap(t)
	t.Logf("%+v and a heap of %d before, %+v and %d after", first, firstHeap, last, lastHeap)
	if grown := lastHeap - firstHeap; grown > heapGrowth {
		t.Errorf("the heap has grown by %d octets in %d restarts", grown, masterRestarts)
	}
}

// restart restarts the snmpd n times, with TERM and KILL in turn, each time as soon as it is served. It returns how long that
// took after each.
func restart(t *testing.T, s *lab.Snmpd, n int) []time.Duration {
	t.Helper()
	c := hastyClient(t, s)
	var took []time.Duration
	for i := range n {
		s.Restart(t, []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[i%2])
		took = append(took, awaitServed(t, c))
	}
	return took
}
