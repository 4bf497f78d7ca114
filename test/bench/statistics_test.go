//go:build linux

package bench

import (
	"fmt"
	"testing"

	golibvirt "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt"
	"github.com/vmond/vmond/test/lab"
)

// statisticsGoal is how much of the time of virsh a refreshing of the statistics may take.
const statisticsGoal = 1.0

// statistics measures what it takes to read the counters of QEMU guests, and what it takes from those who GET meanwhile.
func (b *bench) statistics(t *testing.T) {
	g := startGuests(t, b.guests)
	b.countings(t, g)
	b.getsMeanwhile(t, g)
}

// countings measures what the collector does at each interval of the statistics, beside virsh, which is asked for all that there
// is and for the same as we ask, and beside the request alone.
func (b *bench) countings(t *testing.T, g *lab.Guests) {
	src := startSource(t, g.Libvirtd)
	keys := b.keysOf(t, src)
	const (
		all  = "virsh domstats"
		same = "virsh domstats --cpu-total --balloon --vcpu --block --interface --nowait"
		bare = "one bare ConnectGetAllDomainStats of the same groups with go-libvirt"
	)
	ask := groupAsker(t, g, b.guests)
	refresh := func() {
		read := 0
		err := src.Statistics(t.Context(), keys, func(key string, s hv.Statistics, err error) {
			if err != nil || len(s.CPUs) == 0 || len(s.Disks) == 0 || len(s.NICs) == 0 {
				t.Errorf("%q has %+v: %v", key, s, err)
			}
			read++
		})
		if err != nil || read != b.guests {
			t.Fatalf("statistics of %d guests are read: %v", read, err)
		}
	}
	refresh() // which opens the connection
	own, childrens := func(c cost) float64 { return c.cpu }, func(c cost) float64 { return c.children }
	sides := []struct {
		beside string
		goal   goal
		call   func()
		cpu    func(cost) float64 // that of the client
	}{
		{all, atMost(statisticsGoal), func() { g.Virsh(t, "domstats") }, childrens},
		{same, atMost(statisticsGoal), func() {
			g.Virsh(t, "domstats", "--cpu-total", "--balloon", "--vcpu", "--block", "--interface", "--nowait")
		}, childrens},
		{bare, goal{}, func() {
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		}, own},
	}
	walls, cpus := make([]figure, len(sides)), make([]figure, len(sides))
	work := fmt.Sprintf("statistics of %d QEMU guests refreshed, which are paused", b.guests)
	for i, side := range sides {
		walls[i] = figure{work: work, unit: "ms", beside: side.beside, goal: side.goal}
		cpus[i] = figure{work: work + ": the client's CPU time", unit: "ms", beside: side.beside}
	}
	for range b.rounds {
		for i, side := range sides {
			ours := callFor(b.turn, refresh)
			theirs := callFor(b.turn, side.call)
			walls[i].ours, walls[i].theirs = append(walls[i].ours, ours.wall), append(walls[i].theirs, theirs.wall)
			cpus[i].ours, cpus[i].theirs = append(cpus[i].ours, own(ours)), append(cpus[i].theirs, side.cpu(theirs))
		}
	}
	b.figures = append(append(b.figures, walls...), cpus...)
}

// keysOf returns the keys of all guests, whose definitions have been read as the collector reads them first.
func (b *bench) keysOf(t *testing.T, src *libvirt.Source) []string {
	t.Helper()
	list, err := src.States(t.Context())
	if err != nil || len(list) != b.guests {
		t.Fatalf("%d guests are listed: %v", len(list), err)
	}
	var keys []string
	for _, sum := range list {
		keys = append(keys, sum.Key)
	}
	err = src.Definitions(t.Context(), keys, func(key string, _ hv.Definition, err error) {
		if err != nil {
			t.Errorf("definition of %q: %v", key, err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// groupAsker returns what asks for the statistics of all guests on a bare connection: for those groups that the collector asks for.
func groupAsker(t *testing.T, g *lab.Guests, guests int) func() error {
	t.Helper()
	client := connect(t, g.Libvirtd)
	const groups = golibvirt.DomainStatsCPUTotal | golibvirt.DomainStatsBalloon | golibvirt.DomainStatsVCPU | golibvirt.DomainStatsBlock |
		golibvirt.DomainStatsInterface
	return func() error {
		records, err := client.ConnectGetAllDomainStats(nil, uint32(groups), uint32(golibvirt.ConnectGetAllDomainsStatsNowait))
		if err == nil && len(records) != guests {
			err = fmt.Errorf("statistics of %d guests are read, not of %d", len(records), guests)
		}
		return err
	}
}
