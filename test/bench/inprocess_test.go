//go:build linux

package bench

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
	"github.com/vmond/vmond/test/farm"
	"github.com/vmond/vmond/test/served"
)

const (
	// nextGoal is how many nanoseconds a Next may take, and pduGoal how many allocations an answer may make.
	nextGoal, pduGoal = 1000, 1
	// firstColumn is the first that can be read, vmName, and manyColumns is how many are asked for at once.
	firstColumn, manyColumns = 2, 10
)

// inProcess measures what is in vmond's own hands between the master's request and the answer, where neither snmpd nor a manager is
// beside it.
func (b *bench) inProcess(t *testing.T) {
	b.search(t)
	b.answers(t)
}

// search measures walks through the tree of a farm, from the first instance to the last one.
func (b *bench) search(t *testing.T) {
	w := newWalker(b.farm)
	took := figure{work: fmt.Sprintf("Next in process, %s VMs", number(float64(b.farm))), unit: "ns", goal: atMost(nextGoal)}
	used := figure{work: took.work, unit: "ns of CPU"}
	made := figure{work: took.work, unit: "allocations", goal: atMost(0)}
	for range b.rounds {
		c := stepsFor(b.turn, w.walk)
		took.ours = append(took.ours, c.wall)
		used.ours = append(used.ours, c.cpu)
		made.ours = append(made.ours, c.allocations)
	}
	b.figures = append(b.figures, took, used, made)
}

// answers measures requests that a master sends, over a unix socket, and the answers that come back.
func (b *bench) answers(t *testing.T) {
	m := farm.NewMaster(t, b.farm)
	for _, r := range []struct {
		name    string
		columns int
	}{
		{"GetNext of 1 instance", 1},
		{"GetNext of 10 instances", manyColumns},
	} {
		work := fmt.Sprintf("%s over AgentX alone, %s VMs", r.name, number(float64(b.farm)))
		took := figure{work: work, unit: "µs an answer"}
		used := figure{work: work, unit: "µs of CPU an answer, of both ends"}
		made := figure{work: work, unit: "allocations an answer", goal: atMost(pduGoal)}
		req := getNext(r.columns, b.farm/2)
		encoded := agentxtest.Encode(req)
		m.Write(t, encoded)
		if err := agentxtest.CheckResponse(req, m.Read(t)); err != nil {
			t.Fatal(err)
		}
		for range b.rounds {
			c := stepsFor(b.turn, func() int {
				m.Write(t, encoded)
				m.Receive(t)
				return 1
			})
			took.ours = append(took.ours, c.wall/perMicrosecond)
			used.ours = append(used.ours, c.cpu/perMicrosecond)
			made.ours = append(made.ours, c.allocations)
		}
		b.figures = append(b.figures, took, used, made)
	}
}

// getNext asks for what comes after that row in so many columns of vmTable.
func getNext(columns, row int) agentxtest.PDU {
	p := agentxtest.PDU{Type: pdu.TypeGetNext, Session: 1}
	entry := served.Name[:len(served.Name)-1]
	for i := range columns {
		column := entry.Append(uint32(firstColumn + i))
		p.Ranges = append(p.Ranges, agentxtest.Range{Start: column.Append(uint32(row)), End: column.Append(math.MaxUint32)})
	}
	return p
}

// A step is what one step of many cost on average: nanoseconds that passed, those that this process used of the CPUs, and
// allocations.
type step struct{ wall, cpu, allocations float64 }

// stepsFor has steps taken until so long has passed, by an f that returns how many it has taken and allocates nothing itself. What
// is made at the first step only is no cost of all: it is made after the garbage is collected, which may take it away. What other
// goroutines allocate meanwhile counts, so allocations are rounded to a thousandth of one: a few among a million steps are none of
// theirs.
func stepsFor(turn time.Duration, f func() int) step {
	runtime.GC()
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, used, steps := time.Now(), usedCPU(), 0
	for steps == 0 || time.Since(began) < turn {
		steps += f()
	}
	took, n := time.Since(began), float64(steps)
	used = usedCPU() - used
	runtime.ReadMemStats(&after)
	return step{float64(took) / n, float64(used) / n, thousandths(float64(after.Mallocs-before.Mallocs) / n)}
}

// thousandths rounds v to the next of them.
func thousandths(v float64) float64 {
	const one = 1000
	return math.Round(v*one) / one
}

// A walker walks through the tree of a farm as the subagent does it, and allocates nothing itself.
type walker struct {
	view       *vmmib.View
	here, next mib.OID
}

// newWalker returns one before the first instance of so many virtual machines.
func newWalker(vms int) *walker {
	snapshot := vmmibtest.Farm(vms)
	view := vmmib.New(func() *collector.Snapshot { return snapshot }, vmmib.Options{Now: vmmibtest.Now})
	return &walker{view, make(mib.OID, 0, mib.MaxSubIDs), make(mib.OID, 0, mib.MaxSubIDs)}
}

// walk goes from the first instance to the end, and returns how many times it asked for the next.
func (w *walker) walk() int {
	w.here = w.here[:0]
	for n := 1; ; n++ {
		name, _, ok := w.view.Tree().Next(w.next[:0], w.here, false, nil)
		if !ok {
			return n
		}
		w.here, w.next = name, w.here
	}
}
