package librenms

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// TestTotals proves that one virtual machine of which something is not known does not take the sums of the others away, but for
// those of counters, which would fall.
func TestTotals(t *testing.T) {
	t.Parallel()
	counters := []string{
		"ftime", "freqs", "rbytes", "rreqs", "rtime", "wbytes", "wreqs", "wtime",
		"ibytes", "idrop", "ierrs", "ipkts", "obytes", "odrop", "oerrs", "opkts",
		"minflt", "nivcsw", "nvcsw", "systime", "usertime",
	}
	starting := machine(99, "one more", hv.StateRunning) // its sizes and its process were not read yet
	starting.Survey = nil
	starting.Disks, starting.NICs = []collector.Disk{{Index: 1, Disk: hv.Disk{Key: "vda"}}}, []collector.NIC{{Index: 1, NIC: hv.NIC{Host: "vnet0"}}}
	silent := *farm(2).VM(2)
	silent.Index, silent.Name, silent.StatsAt = 99, "one more", noon.Add(-11*time.Minute)
	off := machine(99, "one more", hv.StateShutdown) // on a disk of the network, of which nobody tells a size
	off.StatsAt = time.Time{}
	off.Disks = []collector.Disk{{Disk: hv.Disk{Key: "vda", Resource: "rbd:pool/x"}}}
	tests := []struct {
		name string
		vm   *collector.VM
		want []string // what is not known
	}{
		{"all known", sizes(machine(99, "one more", hv.StateShutdown), 1, 1), nil},
		{"starting", starting, append(slices.Clone(counters), "snaps")}, // the others have none
		{"silent", &silent, counters},
		{"off", off, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vms := append(slices.Collect(farm(11).VMs()), tt.vm)
			d := nms.Check(t, New(snapshot(linuxHost(), vms...), Limits{Statistics: 10 * time.Minute}).Compressed(MaxCompressed), nms.Anything)
			var got []string
			for key := range d.Totals {
				if !d.Totals.Known(key) {
					got = append(got, key)
				}
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(tt.want)), slices.Sorted(slices.Values(got))); diff != "" {
				t.Errorf("unexpected totals that are not known (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTotalsOfNone proves that a sum is not known if it is of nothing that is, and 0 if it is of no virtual machine.
func TestTotalsOfNone(t *testing.T) {
	t.Parallel()
	none := nms.Check(t, New(snapshot(linuxHost()), Limits{}).JSON())
	unknown := nms.Check(t, New(snapshot(linuxHost(), machine(1, "a", hv.StateRunning)), Limits{}).JSON(), nms.Anything)
	if none.Totals.Int("rss") != 0 || !none.Totals.Known("rss") || unknown.Totals.Known("rss") {
		t.Errorf("of none: %q, of one that is not known: %q", none.Totals["rss"], unknown.Totals["rss"])
	}
}

// TestTotalsTooLarge proves that a sum that is too large stays so, whatever comes after it.
func TestTotalsTooLarge(t *testing.T) {
	t.Parallel()
	all := newTally()
	for _, n := range []int64{1<<63 - 1, 1, 1} {
		var f figures
		f[rss] = hv.Some(n)
		all.add(f)
	}
	if got := all.totals()[rss]; !got.IsZero() {
		t.Errorf("sum = %v", got)
	}
}
