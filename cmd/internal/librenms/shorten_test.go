package librenms

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// farm returns a host of so many virtual machines, each with counters of its own, of which each tenth is shut down.
func farm(n int) *collector.Snapshot {
	r := rand.New(rand.NewPCG(1, 2))
	count := func() hv.Opt[uint64] { return some(r.Uint64N(1 << 40)) }
	size := func() hv.Opt[int64] { return hv.Some(r.Int64N(1 << 38)) }
	span := func() hv.Opt[time.Duration] { return hv.Some(time.Duration(r.Int64N(int64(24 * time.Hour)))) }
	var vms []*collector.VM
	for i := range n {
		state := hv.StateRunning
		if i%10 == 0 {
			state = hv.StateShutdown
		}
		vm := sizes(machine(int32(i+1), fmt.Sprintf("vm%05d", i+1), state), 4*gib, 2)
		vm.Process = &hv.Process{
			PID: i, Age: hv.Some(48 * time.Hour), Resident: size(), Virtual: size(), UserTime: span(), SystemTime: span(),
			MajorFaults: count(), MinorFaults: count(), VoluntarySwitches: count(), InvoluntarySwitches: count(),
			Nice: hv.Some(0), Priority: hv.Some(19),
		}
		for j := range 2 {
			disk := drive(int32(j+1), fmt.Sprintf("vd%c", 'a'+j), 20*gib, r.Int64N(20*gib), r.Int64N(20*gib))
			disk.Stats.ReadBytes, disk.Stats.WriteBytes, disk.Stats.ReadTime, disk.Stats.WriteTime = count(), count(), span(), span()
			disk.Stats.ReadRequests, disk.Stats.WriteRequests, disk.Stats.FlushRequests, disk.Stats.FlushTime = count(), count(), count(), span()
			vm.Disks = append(vm.Disks, disk)
		}
		nic := card(1, fmt.Sprintf("52:54:00:00:%02x:%02x", i>>8&0xff, i&0xff), fmt.Sprintf("vnet%d", i), "br0", r.Uint64N(1<<40), r.Uint64N(1<<30), 0)
		nic.Stats.TxBytes, nic.Stats.TxPackets = count(), count()
		vm.NICs = []collector.NIC{nic}
		vms = append(vms, vm)
	}
	return snapshot(linuxHost(), vms...)
}

// TestShorten proves what is left out of ever larger hosts, and that no more is than must be.
func TestShorten(t *testing.T) {
	t.Parallel()
	const limit = MaxCompressed / 4
	tests := []struct {
		vms, wantDisks, wantIfs int
		wantSome                bool // of the virtual machines: which depends on how well Go compresses
	}{
		{10, 0, 0, false}, {30, 0, 27, false}, {40, 80, 36, false}, {90, 180, 81, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.vms), func(t *testing.T) {
			t.Parallel()
			d := New(farm(tt.vms), Limits{})
			packed := d.Compressed(limit)
			got := nms.Check(t, packed)
			left := [2]int{int(got.Shortened.Int("disks")), int(got.Shortened.Int("ifs"))}
			if want := [2]int{tt.wantDisks, tt.wantIfs}; left != want || len(packed) > limit {
				t.Errorf("disks and interfaces left out = %v, want %v, with %d octets", left, want, len(packed))
			}
			if got.Totals.Int("off_hard") != int64(tt.vms/10) {
				t.Errorf("%d are told to be off, want %d", got.Totals.Int("off_hard"), tt.vms/10)
			}
			if left := tt.vms - len(got.VMs); left > 0 != tt.wantSome {
				t.Errorf("%d virtual machines left out", left)
			}
			if more := len(packed) + len(packed)/len(got.VMs); tt.wantSome && more < limit {
				t.Errorf("%d octets would have room for one more", len(packed))
			}
		})
	}
}

// TestShortenOrder proves in which order virtual machines are left out.
func TestShortenOrder(t *testing.T) {
	t.Parallel()
	busy := func(vm *collector.VM, used time.Duration) *collector.VM {
		vm.Process = &hv.Process{UserTime: hv.Some(used), SystemTime: hv.Some[time.Duration](0), Age: hv.Some(time.Hour)}
		return vm
	}
	order := []*collector.VM{
		busy(machine(9, "busy", hv.StateRunning), time.Minute),
		busy(machine(2, "migrating", hv.StateMigrating), time.Second),
		busy(machine(5, "as idle", hv.StateRunning), time.Second),
		machine(3, "not known", hv.StateRunning),
		busy(machine(1, "paused", hv.StatePaused), time.Hour),
		busy(machine(8, "going", hv.StateShuttingDown), time.Hour),
		busy(machine(4, "off", hv.StateShutdown), time.Hour),
		machine(6, "off, too", hv.StateShutdown),
	}
	d := New(snapshot(linuxHost(), order...), Limits{})
	const step = 12 // less than one of them takes
	seen := []string{}
	for limit := len(d.Compressed(math.MaxInt)); ; limit -= step {
		packed := d.Compressed(limit)
		if packed == nil {
			break
		}
		got := nms.Check(t, packed, nms.Anything)
		for i := len(order) - 1; i >= 0; i-- {
			if _, there := got.VMs[order[i].Name]; !there && !slices.Contains(seen, order[i].Name) {
				seen = append(seen, order[i].Name)
			}
		}
	}
	var want []string
	for _, vm := range slices.Backward(order) {
		want = append(want, vm.Name)
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("unexpected order (-want +got):\n%s", diff)
	}
}

// TestShortenFailed proves that nothing of an error is left out.
func TestShortenFailed(t *testing.T) {
	t.Parallel()
	d := Failed(CodeRun, Libvirt, "no states")
	whole := d.Compressed(MaxCompressed)
	if got := d.Compressed(len(whole)); len(got) != len(whole) {
		t.Errorf("with room for all = %q", got)
	}
	if got := d.Compressed(len(whole) - 1); got != nil {
		t.Errorf("with too little room = %q", got)
	}
}

// BenchmarkCompressed measures what a keeper costs each time.
func BenchmarkCompressed(b *testing.B) {
	for _, n := range []int{5, 100, 1000, 10000} {
		s := farm(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				New(s, Limits{}).Compressed(MaxCompressed)
			}
		})
	}
}
