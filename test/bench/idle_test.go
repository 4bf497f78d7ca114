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
	one.figure = figure{work: work + "libvirt's test driver as it comes", goal: atMost(idleGoal)}
	many.figure = figure{work: fmt.Sprintf("%sas many as %s domains in it", work, number(float64(b.farm)))}
	for _, r := range []*resting{one, many} {
		r.begin(t)
	}
	over := time.After(lasts)
	select {
	case <-over:
	case <-one.vmond.Done():
	case <-many.vmond.Done():
	}
	for _, r := range []*resting{one, many} {
		r.end(t)
		b.figures = append(b.figures, r.figure, figure{
			work: r.work + ", the largest RSS since the start", unit: "MiB", ours: []float64{mebibytes(r.vmond.Memory(t).Peak)},
		})
	}
}

// A resting is a vmond that has nothing to do but to read its hypervisor now and then.
type resting struct {
	figure
	vmond *lab.Vmond
	began time.Time
	used  time.Duration // of a CPU until then
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

// begin and end are called when the time begins and ends that is measured.
func (r *resting) begin(t *testing.T) {
	t.Helper()
	r.began, r.used = time.Now(), r.vmond.CPU(t)
}

func (r *resting) end(t *testing.T) {
	t.Helper()
	if r.vmond.Ended() {
		t.Fatalf("vmond has ended: %v", r.vmond.Err())
	}
	const percent = 100
	used := r.vmond.CPU(t) - r.used
	r.unit = "% of a core"
	r.ours = append(r.ours, percent*used.Seconds()/time.Since(r.began).Seconds())
}
