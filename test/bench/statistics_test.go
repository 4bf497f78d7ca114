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
	sides := []struct {
		beside string
		goal   goal
		call   func()
	}{
		{all, atMost(statisticsGoal), func() { g.Virsh(t, "domstats") }},
		{same, atMost(statisticsGoal), func() {
			g.Virsh(t, "domstats", "--cpu-total", "--balloon", "--vcpu", "--block", "--interface", "--nowait")
		}},
		{bare, goal{}, func() {
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		}},
	}
	figures := make([]figure, len(sides))
	for i, side := range sides {
		figures[i] = figure{
			work: fmt.Sprintf("statistics of %d QEMU guests refreshed, which are paused", b.guests), unit: "ms",
			beside: side.beside, goal: side.goal,
		}
	}
	for range b.rounds {
		for i, side := range sides {
			figures[i].ours = append(figures[i].ours, callFor(b.turn, refresh).wall)
			figures[i].theirs = append(figures[i].theirs, callFor(b.turn, side.call).wall)
		}
	}
	b.figures = append(b.figures, figures...)
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
