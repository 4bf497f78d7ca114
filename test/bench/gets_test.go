//go:build linux

package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// getGap is the time from one GET to the next.
	getGap = 2 * time.Millisecond
	// getTurns is how many turns of other work are one here: the slowest are few.
	getTurns = 3
	// delayGoal is how much longer a GET may take that is one of the slowest.
	delayGoal = 1.5
	// often is how often the statistics are read that are read all the time, as a configuration may have it at most, and rarely
	// how often those are that rest.
	often, rarely = time.Second, time.Hour
)

// A patient is a vmond that is asked while it does something else.
type patient struct {
	vmond  *lab.Vmond
	client *gosnmp.GoSNMP
	names  []string
}

// getsMeanwhile measures GETs while the statistics of the guests are read, beside those while nobody reads them, and while somebody
// else does: what libvirtd and QEMU take of the CPUs, they take then as well.
func (b *bench) getsMeanwhile(t *testing.T, g *lab.Guests) {
	s := lab.StartSnmpd(t)
	v := lab.StartVmondWith(t, readEach(often), g.URI(), s.AgentX)
	served.AwaitVMs(t, s, b.guests)
	p := patient{vmond: v, client: s.Client(t), names: []string{"." + served.Number.String()}}
	lab.Eventually(t, settle, "the statistics are served", func() error {
		times := s.BulkWalk(t, served.CPUTime)
		if len(times) != b.guests {
			return fmt.Errorf("%d guests have a CPU time", len(times))
		}
		p.names = append(p.names[:1], "."+times[0].Name.String())
		return nil
	})
	ask := groupAsker(t, g, b.guests)

	work := fmt.Sprintf("GET while the statistics of %d QEMU guests are read each second", b.guests)
	const rest, bare = "the same while they rest", "the same while a bare client of libvirt reads them"
	slowRest := figure{work: work + ", the slowest of 100", unit: "µs", beside: rest, goal: atMost(delayGoal)}
	slowBare := figure{work: work + ", the slowest of 100", unit: "µs", beside: bare, goal: atMost(delayGoal)}
	usual := figure{work: work + ", the median", unit: "µs", beside: rest, goal: atMost(delayGoal)}
	for range b.rounds {
		p.configure(t, often, func(age time.Duration) bool { return age < often })
		read := p.getFor(t, getTurns*b.turn)
		p.configure(t, rarely, func(age time.Duration) bool { return age > often+often/2 })
		rested := p.getFor(t, getTurns*b.turn)
		asked := during(t, ask, func() times { return p.getFor(t, getTurns*b.turn) })
		slowRest.ours, slowRest.theirs = append(slowRest.ours, read.slow), append(slowRest.theirs, rested.slow)
		slowBare.ours, slowBare.theirs = append(slowBare.ours, read.slow), append(slowBare.theirs, asked.slow)
		usual.ours, usual.theirs = append(usual.ours, read.median), append(usual.theirs, rested.median)
	}
	b.figures = append(b.figures, slowRest, slowBare, usual)
}

// readEach is the configuration of a vmond that reads the statistics so often.
func readEach(interval time.Duration) string {
	return fmt.Sprintf("[hypervisor]\nstatistics = %q\nstatistics_unread = %[1]q\n", interval)
}

// configure has the statistics read so often, and returns when their age says that they are.
func (p patient) configure(t *testing.T, interval time.Duration, are func(age time.Duration) bool) {
	t.Helper()
	const said = "configuration read again"
	before := strings.Count(p.vmond.Log().String(), said)
	p.vmond.Configure(t, readEach(interval))
	p.vmond.Signal(syscall.SIGHUP)
	lab.Eventually(t, settle, fmt.Sprintf("the statistics are read each %v", interval), func() error {
		if strings.Count(p.vmond.Log().String(), said) == before {
			return errors.New("the configuration is not read")
		}
		age := p.vmond.Health(t).Hypervisor.Readings["statistics"].Age
		if age == nil || !are(*age) {
			return errors.New("their age says otherwise")
		}
		return nil
	})
}

// times are how long GETs took, in microseconds.
type times struct{ median, slow float64 }

// getFor sends a GET at each gap for so long.
func (p patient) getFor(t *testing.T, turn time.Duration) times {
	t.Helper()
	var all []float64
	m := metronome{gap: getGap, due: time.Now()}
	for began := time.Now(); len(all) == 0 || time.Since(began) < turn; {
		from := m.beat()
		answer, err := p.client.Get(p.names)
		if err != nil || answer.Error != gosnmp.NoError {
			t.Fatalf("GET is answered %+v: %v", answer, err)
		}
		all = append(all, microseconds(time.Since(from)))
	}
	slices.Sort(all)
	return times{median: median(all), slow: all[len(all)*slowest/100]}
}

// during calls background now and then while f runs.
func during(t *testing.T, background func() error, f func() times) times {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(often)
		defer tick.Stop()
		for ctx.Err() == nil {
			if err := background(); err != nil {
				t.Errorf("the background fails: %v", err)
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	defer wg.Wait()
	defer cancel()
	return f()
}
