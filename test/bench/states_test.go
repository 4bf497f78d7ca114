//go:build linux

package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt"
	"github.com/vmond/vmond/test/lab"
)

const (
	// testOwn is how many virtual machines libvirt's test driver has from the beginning.
	testOwn = 1
	// off and autostarts say which virtual machines of the farm are off, and which are started with the host: one of so many.
	off, autostarts = 4, 10
	// defining is how many requests are under way while the farm is made.
	defining = 4
)

// states measures what the collector does at each interval of the states, beside the one request without which nobody knows any of
// them.
func (b *bench) states(t *testing.T) {
	l := lab.StartTestLibvirtd(t)
	makeFarm(t, l, b.farm)
	src := startSource(t, l)
	bare := connect(t, l)
	refresh := func() {
		list, err := src.States(t.Context())
		if err == nil {
			err = src.Flush(t.Context())
		}
		if err != nil || len(list) != b.farm+testOwn {
			t.Fatalf("%d virtual machines are listed: %v", len(list), err)
		}
	}
	ask := func() {
		records, err := bare.ConnectGetAllDomainStats(nil, uint32(golibvirt.DomainStatsState), uint32(golibvirt.ConnectGetAllDomainsStatsNowait))
		if err != nil || len(records) != b.farm+testOwn {
			t.Fatalf("%d virtual machines are listed: %v", len(records), err)
		}
	}
	refresh() // which opens the connection
	b.compareCalls(fmt.Sprintf("states of %s domains refreshed, from libvirtd's test driver (1 of %d is off, 1 of %d autostarts)",
		number(float64(b.farm)), off, autostarts),
		"one bare ConnectGetAllDomainStats(STATE) with go-libvirt", atMost(statesGoal), refresh, ask)
}

// statesGoal is how much of the one request a refreshing of all states may take: what it does besides is to ask who is saved,
// transient and started with the host.
const statesGoal = 1.5

// compareCalls measures two things that this process does, in turn, and adds two figures: of the time that one takes, which
// has the goal, and of the CPU time that this process takes for it.
func (b *bench) compareCalls(work, beside string, g goal, ours, theirs func()) {
	wall := figure{work: work, unit: "ms", beside: beside, goal: g}
	cpu := figure{work: work + ": the client's CPU time", unit: "ms", beside: beside}
	for range b.rounds {
		o := callFor(b.turn, ours)
		th := callFor(b.turn, theirs)
		wall.ours, wall.theirs = append(wall.ours, o.wall), append(wall.theirs, th.wall)
		cpu.ours, cpu.theirs = append(cpu.ours, o.cpu), append(cpu.theirs, th.cpu)
	}
	b.figures = append(b.figures, wall, cpu)
}

// startSource returns a source for the hypervisor that is watched, as the collector's is, until the test ends.
func startSource(t *testing.T, l *lab.Libvirtd) *libvirt.Source {
	t.Helper()
	src, err := libvirt.New(l.URI(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var once sync.Once
		err := src.Watch(ctx, func(hv.Event) { once.Do(func() { close(watched) }) })
		if err != nil {
			t.Errorf("the watch has ended: %v", err)
		}
		once.Do(func() { close(watched) })
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	<-watched
	return src
}

// connect returns a bare connection to the hypervisor that ends with the test.
func connect(t *testing.T, l *lab.Libvirtd) *golibvirt.Libvirt {
	t.Helper()
	c := golibvirt.NewWithDialer(dialers.NewLocal(dialers.WithSocket(l.Socket)))
	uri, _, _ := strings.Cut(l.URI(), "?") // the rest is for the client
	if err := c.ConnectToURI(golibvirt.ConnectURI(uri)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Disconnect(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// makeFarm defines n virtual machines for the test driver, of which some run and some are started with the host.
func makeFarm(t *testing.T, l *lab.Libvirtd, n int) {
	t.Helper()
	c := connect(t, l)
	var wg sync.WaitGroup
	for first := range defining {
		wg.Go(func() {
			for i := first; i < n; i += defining {
				if err := makeDomain(c, i); err != nil {
					t.Errorf("virtual machine %d: %v", i, err)
					return
				}
			}
		})
	}
	if wg.Wait(); t.Failed() {
		t.FailNow()
	}
}

// makeDomain makes the i-th of them.
func makeDomain(c *golibvirt.Libvirt, i int) error {
	d, err := c.DomainDefineXML(lab.TestDomain(i))
	if err == nil && i%off != 0 {
		err = c.DomainCreate(d)
	}
	if err == nil && i%autostarts == 0 {
		err = c.DomainSetAutostart(d, 1)
	}
	return err
}
