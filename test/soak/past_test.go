package soak

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/url"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/sim"
)

const (
	// past is how long the hypervisor has been churning when the soak begins. The collector remembers the index of a virtual
	// machine for an hour after that is gone, so what it remembers grows through the first hour, as it is meant to: a soak
	// that began with nothing would see that, and find no leak beside it.
	past = time.Hour
	// pastStep is how long the virtual machines of the past lived: all that came at one step are gone at the next.
	pastStep = time.Minute
	// changesPerDeath is how many changes of the simulation there are for each virtual machine that goes for good.
	changesPerDeath = 13
)

// writePast writes the state that vmond would have after an hour of churn at so many changes per second, by the collector
// itself in an hour that passes at once.
func writePast(t *testing.T, path, life string, churn int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store, err := collector.OpenStore(path, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		src := &pastSource{began: time.Now(), life: life, each: churn * int(pastStep.Seconds()) / changesPerDeath}
		iv := collector.Intervals{States: pastStep, Statistics: past, Definitions: past}
		ctx, cancel := context.WithTimeout(context.Background(), past+pastStep)
		defer cancel()
		if err := collector.New(src, store, iv, zap.NewNop()).Run(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// A pastSource is a hypervisor whose virtual machines are others at each step. After the past it has none.
type pastSource struct {
	began time.Time
	life  string
	each  int
}

// Host implements hv.Source.
func (s *pastSource) Host(context.Context) (hv.Host, error) {
	return hv.Host{Software: "past", Version: "1", Started: hv.Some(s.began), Life: s.life}, nil
}

// States implements hv.Source.
func (s *pastSource) States(context.Context) ([]hv.Summary, error) {
	// A reading that comes early must not find those of the step before again.
	step := int(time.Since(s.began).Round(pastStep) / pastStep)
	if step >= int(past/pastStep) {
		return nil, nil
	}
	all := make([]hv.Summary, s.each)
	for i := range all {
		id := hv.UUID{byte(step + 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)}
		all[i] = hv.Summary{
			Key: id.String(), UUID: id, Name: fmt.Sprintf("past-%02d-%04d", step, i), State: hv.StateRunning,
			Admin: hv.AdminRunning, AutoStart: hv.Yes, Persistent: hv.Yes, Run: int64(step*s.each + i + 1),
		}
	}
	return all, nil
}

// Definitions implements hv.Source. Those of the past have the devices that those of the simulation have.
func (s *pastSource) Definitions(_ context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	for _, key := range keys {
		yield(key, hv.Definition{
			CPUs:  make([]hv.CPU, 2),
			Disks: []hv.Disk{{Key: "vda"}, {Key: "vdb"}},
			NICs:  []hv.NIC{{Key: "52:54:00:00:00:01"}},
		}, nil)
	}
	return nil
}

// Statistics implements hv.Source.
func (s *pastSource) Statistics(_ context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	for _, key := range keys {
		yield(key, hv.Statistics{}, nil)
	}
	return nil
}

// TestPastIsRemembered proves that the collector remembers all virtual machines of the past: one that is new gets an index
// above all of theirs.
func TestPastIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vmond.db")
	const churn = 10
	writePast(t, path, life, churn)
	synctest.Test(t, func(t *testing.T) {
		store, err := collector.OpenStore(path, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		src, err := sim.New("sim:///?" + url.Values{
			"vms": {"1"}, "life": {life}, "started": {time.Now().Add(-past).Format(time.RFC3339)},
		}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		c := collector.New(src, store, collector.DefaultIntervals(), zap.NewNop())
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- c.Run(ctx) }()
		<-c.Ready()
		var got []int32
		for vm := range c.Latest().VMs() {
			got = append(got, vm.Index)
		}
		steps, each := int(past/pastStep), churn*int(pastStep.Seconds())/changesPerDeath
		if diff := cmp.Diff([]int32{int32(steps*each + 1)}, got); diff != "" {
			t.Errorf("unexpected indices (-want +got):\n%s", diff)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestChangesPerDeath proves that as many went in each second of the past as go in each of the soak.
func TestChangesPerDeath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const look, looks = time.Second, 300
		src, err := sim.New(simulation(time.Now(), time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[hv.UUID]bool{}
		grow := func() {
			all, err := src.States(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				seen[s.UUID] = true
			}
		}
		grow()
		before := len(seen)
		for range looks {
			time.Sleep(look) // in the bubble
			grow()
		}
		// There are always about as many, so as many have gone as have come.
		got := float64(churn*looks) / float64(len(seen)-before)
		if math.Abs(got-changesPerDeath) > 1 {
			t.Errorf("%.1f changes for each virtual machine that goes, want %d", got, changesPerDeath)
		}
	})
}

// TestLongestChange proves that nothing changes any more when so much time has passed since the last change began, and that
// something does before.
func TestLongestChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const churning, later = time.Minute, time.Hour
		src, err := sim.New(simulation(time.Now(), churning))
		if err != nil {
			t.Fatal(err)
		}
		look := func() map[hv.UUID]row {
			t.Helper()
			all, err := src.States(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			rows := map[hv.UUID]row{}
			for _, s := range all {
				rows[s.UUID] = rowOf(s)
			}
			return rows
		}
		time.Sleep(churning) // in the bubble
		calm := look()
		time.Sleep(longestChange)
		rested := look()
		if maps.Equal(calm, rested) {
			t.Error("nothing changes after the last change has begun")
		}
		time.Sleep(later)
		if !maps.Equal(rested, look()) {
			t.Errorf("something changes more than %v after the last change has begun", longestChange)
		}
	})
}
