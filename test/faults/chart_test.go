//go:build linux

package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/lab"
)

// chartGap is the time between two entries of a chart.
const chartGap = 100 * time.Millisecond

// A chart is what a vmond tells of its virtual machines, noted all the time.
type chart struct {
	mu     sync.Mutex
	sheets []*collector.Snapshot
	failed error // why a sheet is missing, if one is
}

// startChart starts one that ends with the test.
func startChart(t *testing.T, v *lab.Vmond) *chart {
	t.Helper()
	c := &chart{}
	throughout(t, chartGap, func() { c.note(v) })
	return c
}

// note makes one entry.
func (c *chart) note(v *lab.Vmond) {
	s, err := snapshotOf(v)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failed = err
		return
	}
	c.sheets = append(c.sheets, s)
}

// snapshotOf returns what a vmond tells of its virtual machines now.
func snapshotOf(v *lab.Vmond) (*collector.Snapshot, error) {
	s := new(collector.Snapshot)
	err := v.Ask("/snapshot", func(r *http.Response) error { return json.NewDecoder(r.Body).Decode(s) })
	return s, err
}

// vmOf returns what a vmond tells of the virtual machine of that name now.
func vmOf(v *lab.Vmond, name string) (entry, error) {
	s, err := snapshotOf(v)
	if err != nil {
		return entry{}, err
	}
	if e, ok := entryOf(s, name); ok {
		return e, nil
	}
	return entry{}, fmt.Errorf("vmond knows no %s", name)
}

// during returns the part of the chart that was noted while f ran. A gap in it fails the test.
func (c *chart) during(t *testing.T, f func()) sheets {
	t.Helper()
	began := time.Now()
	f()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		t.Errorf("there was a moment when vmond told nothing: %v", c.failed)
	}
	var out sheets
	for _, s := range c.sheets {
		if s.ToldAt.After(began) {
			out = append(out, s)
		}
	}
	return out
}

// sheets are a part of a chart.
type sheets []*collector.Snapshot

// An entry is what a chart says of one virtual machine at one time.
type entry struct {
	at time.Time
	*collector.VM
}

// of returns what the sheets say of the virtual machine of that name. One that has none of it fails the test.
func (s sheets) of(t *testing.T, name string) entries {
	t.Helper()
	out := entries{name: name}
	for _, one := range s {
		e, ok := entryOf(one, name)
		if !ok {
			t.Errorf("%s was not there at %v", name, one.ToldAt)
			continue
		}
		out.all = append(out.all, e)
	}
	if len(out.all) == 0 {
		t.Fatalf("nothing was noted of %s", name)
	}
	return out
}

func entryOf(s *collector.Snapshot, name string) (entry, bool) {
	for vm := range s.VMs() {
		if vm.Name == name {
			return entry{s.ToldAt, vm}, true
		}
	}
	return entry{}, false
}

// age returns how old its statistics were. It has some.
func (e entry) age() time.Duration { return e.at.Sub(e.StatsAt) }

// counters returns what is counted of it, by what that is. What is not known is left out.
func (e entry) counters() map[string]uint64 {
	all := map[string]uint64{}
	put := func(name string, n hv.Opt[uint64]) {
		if v, ok := n.Get(); ok {
			all[name] = v
		}
	}
	took := func(name string, d hv.Opt[time.Duration]) {
		if v, ok := d.Get(); ok {
			all[name] = uint64(v)
		}
	}
	took("CPU time", e.CPUTime)
	for _, c := range e.CPUs {
		took(fmt.Sprintf("time of CPU %d", c.ID), c.Time)
	}
	for _, d := range e.Disks {
		put("reads of "+d.Key, d.Stats.ReadRequests)
		put("writes of "+d.Key, d.Stats.WriteRequests)
		put("octets read from "+d.Key, d.Stats.ReadBytes)
		put("octets written to "+d.Key, d.Stats.WriteBytes)
		took("time of reads of "+d.Key, d.Stats.ReadTime)
		took("time of writes of "+d.Key, d.Stats.WriteTime)
	}
	for _, n := range e.NICs {
		put("octets received by "+n.Key, n.Stats.RxBytes)
		put("packets received by "+n.Key, n.Stats.RxPackets)
		put("octets sent by "+n.Key, n.Stats.TxBytes)
	}
	return all
}
