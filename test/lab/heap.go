package lab

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// heapEnv has a Go program tell on its standard error of each collection of garbage, and collect when a tenth has come to
// what lives (package runtime). So what lives is known to a MiB at any time, whatever garbage and the race detector need.
var heapEnv = []string{"GODEBUG=gctrace=1", "GOGC=10"}

// heapSizes is what it tells of the heap: at the start of a collection, at its end, and what of it lives, in MiB.
var heapSizes = regexp.MustCompile(`\d+->\d+->(\d+) MB, `)

// StartVmondTraced is StartVmond of a vmond that tells how much of its heap lives, for [Vmond.LiveHeap].
func StartVmondTraced(t testing.TB, hypervisor, agentx string) *Vmond {
	t.Helper()
	v := newVmond(t, "", hypervisor, agentx)
	v.env = append(os.Environ(), heapEnv...)
	v.Start(t)
	return v
}

// LiveHeap returns how many bytes lived at the last collection of garbage, rounded down to a MiB.
func (v *Vmond) LiveHeap(t testing.TB) int64 {
	t.Helper()
	n, err := liveHeap(v.Log().String())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// liveHeap reads the last collection out of a log. Another line of the log may have come between the pieces of one that it
// tells of: that one is passed over.
func liveHeap(log string) (int64, error) {
	all := heapSizes.FindAllStringSubmatch(log, -1)
	if len(all) == 0 {
		return 0, errors.New("no collection of garbage in the log")
	}
	const mebi = 1 << 20
	n, err := strconv.ParseInt(all[len(all)-1][1], 10, 64)
	return n * mebi, err
}
