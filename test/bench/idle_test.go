//go:build linux

package bench

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// idleGoal is how much of a core vmond may use while nobody asks and nothing happens, in percent.
const idleGoal = 0.5

// idleness measures what vmond uses of a CPU while nobody asks and nothing happens, at the intervals that it has by default. That of
// many virtual machines rests at the same time as that of the one which libvirt's test driver has from the beginning.
func (b *bench) idleness(t *testing.T) {
	farm := lab.StartTestLibvirtd(t)
	makeFarm(t, farm, b.farm)
	one := startResting(t, lab.StartTestLibvirtd(t), testOwn)
	many := startResting(t, farm, testOwn+b.farm)
	// All definitions are read every two minutes: in so long, once.
	lasts := 2 * b.idle
	work := fmt.Sprintf("idle for %v at the default intervals: ", lasts)
	one.work, one.goal = work+"libvirt's test driver as it comes", atMost(idleGoal)
	many.work = fmt.Sprintf("%sas many as %s domains in it", work, number(float64(b.farm)))
	both := []*resting{one, many}
	for _, r := range both {
		r.mark(t)
	}
	tick := time.NewTicker(lasts / time.Duration(b.rounds))
	defer tick.Stop()
	for range b.rounds {
		select {
		case <-tick.C:
		case <-one.vmond.Done():
		case <-many.vmond.Done():
		}
		for _, r := range both {
			r.mark(t)
		}
	}
	for _, r := range both {
		b.figures = append(b.figures, r.figures(t)...)
	}
}

// A resting is a vmond that has nothing to do but to read its hypervisor now and then.
type resting struct {
	work  string
	goal  goal
	vmond *lab.Vmond
	marks []mark // from the beginning of the first round to the end of the last
}

// startResting returns a vmond that has read and serves all virtual machines of the hypervisor, which are so many.
func startResting(t *testing.T, l *lab.Libvirtd, vms int) *resting {
	t.Helper()
	s := lab.StartSnmpd(t)
	v := lab.StartVmondWith(t, "[hypervisor]\n", l.URI(), s.AgentX)
	served.AwaitVMs(t, s, vms)
	lab.Eventually(t, settle, "the statistics are read", func() error {
		if v.Health(t).Hypervisor.Readings["statistics"].Age == nil {
			return errors.New("they are not")
		}
		return nil
	})
	return &resting{vmond: v}
}

// mark is called when a round begins or ends.
func (r *resting) mark(t *testing.T) {
	t.Helper()
	if r.vmond.Ended() {
		t.Fatalf("vmond has ended: %v", r.vmond.Err())
	}
	r.marks = append(r.marks, mark{time.Now(), r.vmond.CPU(t)})
}

// figures returns what it used. What happens seldom is in few rounds, and not in their median, so the goal is about all of the time.
func (r *resting) figures(t *testing.T) []figure {
	t.Helper()
	const unit = "% of a core"
	first, last := r.marks[0], r.marks[len(r.marks)-1]
	rounds := figure{work: fmt.Sprintf("%s, 1/%d of that time", r.work, len(r.marks)-1), unit: unit}
	for i, m := range r.marks[1:] {
		rounds.ours = append(rounds.ours, r.marks[i].share(m))
	}
	return []figure{
		{work: r.work, unit: unit, ours: []float64{first.share(last)}, goal: r.goal},
		rounds,
		{work: r.work + ", the largest RSS since the start", unit: "MiB", ours: []float64{mebibytes(r.vmond.Memory(t).Peak)}},
	}
}
