package libvirt

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// TestInputCounters has counters that are unknown, at their end, or of a type that libvirt does not give them.
func TestInputCounters(t *testing.T) {
	t.Parallel()
	none := hv.Opt[uint64]{}
	tests := []struct {
		name  string
		value any
		want  hv.Opt[uint64]
		time  bool // it fits a time too
	}{
		{"zero", uint64(0), hv.Some[uint64](0), true},
		{"unknown", int64(-1), none, false},
		{"unknown without its sign", uint64(math.MaxUint64), none, false},
		{"unknown of half the size", int32(-1), none, false},
		{"unknown of half the size without its sign", uint32(math.MaxUint32), none, false},
		{"the lowest", int64(math.MinInt64), none, false},
		{"2^63-1", uint64(math.MaxInt64), hv.Some[uint64](math.MaxInt64), true},
		{"2^63", uint64(1 << 63), hv.Some[uint64](1 << 63), false},
		{"2^64-2", uint64(math.MaxUint64 - 1), hv.Some[uint64](math.MaxUint64 - 1), false},
		{"2^32-2 of half the size", uint32(math.MaxUint32 - 1), hv.Some[uint64](math.MaxUint32 - 1), true},
		{"with a point", 1e300, none, false},
		{"not a number", math.NaN(), none, false},
		{"text", "12", none, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			evil := running(1, "vm")
			evil.Stats = []libvirttest.Param{{Name: "block.0.name", Value: "vda"}, {Name: "net.0.name", Value: "tap1"}}
			for _, field := range []string{
				"cpu.time", "vcpu.0.time", "block.0.rd.reqs", "block.0.rd.times", "block.0.capacity", "block.0.physical",
				"block.0.fl.reqs", "block.0.fl.times", "cpu.user", "cpu.system",
				"net.0.rx.bytes", "net.0.tx.drop",
			} {
				evil.Stats = append(evil.Stats, libvirttest.Param{Name: field, Value: tt.value})
			}
			// Without anything that was counted it would be one that the daemon did not dare to ask.
			evil.Stats = append(evil.Stats, libvirttest.Param{Name: "block.1.name", Value: "vdb"},
				libvirttest.Param{Name: "block.1.rd.reqs", Value: uint64(5)})
			got := between(t, nil, evil)[key(1)]
			if got.StatisticsError != "" {
				t.Fatalf("unexpected error: %s", got.StatisticsError)
			}
			size, took := hv.Opt[int64]{}, hv.Opt[time.Duration]{}
			if n, ok := tt.want.Get(); ok && tt.time {
				size, took = hv.Some(int64(n)), hv.Some(time.Duration(n))
			}
			want := hv.Statistics{
				Run:     hv.Some(runOf(1)),
				CPUTime: took,
				CPUs:    []hv.CPUStats{{ID: 0, Time: took}},
				Disks: []hv.DiskStats{
					{Key: "vda", ReadRequests: tt.want, ReadTime: took, FlushRequests: tt.want, FlushTime: took,
						Capacity: size, Allocation: size, Physical: size},
					{Key: "vdb", ReadRequests: hv.Some[uint64](5)},
				},
				NICs: []hv.NICStats{{Key: "52:54:00:00:00:01", RxBytes: tt.want, TxDrops: tt.want}},
			}
			if diff := cmp.Diff(want, got.Statistics); diff != "" {
				t.Errorf("unexpected statistics (-want +got):\n%s", diff)
			}
			value := lv.TypedParamValue{I: tt.value}
			proc := parseRecord([]lv.TypedParam{{Field: "cpu.user", Value: value}, {Field: "cpu.system", Value: value}}, true).proc
			if diff := cmp.Diff(hv.Process{UserTime: took, SystemTime: took}, proc); diff != "" {
				t.Errorf("unexpected process (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInputAmounts has numbers of virtual CPUs and amounts of memory that cannot be. Those of the definition stand.
func TestInputAmounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		cpus  hv.Opt[int]
		mem   hv.Opt[int64]
	}{
		{"none", uint32(0), hv.Opt[int]{}, hv.Some[int64](0)},
		{"one", uint32(1), hv.Some(1), hv.Some[int64](1024)},
		{"the most", uint64(maxVCPU), hv.Some(maxVCPU), hv.Some[int64](maxVCPU << 10)},
		{"more", uint64(maxVCPU + 1), hv.Opt[int]{}, hv.Some[int64]((maxVCPU + 1) << 10)},
		{"1 and 2^32", uint64(1<<32 + 1), hv.Opt[int]{}, hv.Some[int64](1<<42 + 1<<10)},
		{"2^53-1", uint64(1<<53 - 1), hv.Opt[int]{}, hv.Some[int64]((1<<53 - 1) << 10)},
		{"2^53, which is 2^63 octets", uint64(1 << 53), hv.Opt[int]{}, hv.Opt[int64]{}},
		{"2^54, which wraps to 0", uint64(1 << 54), hv.Opt[int]{}, hv.Opt[int64]{}},
		{"unknown", int64(-1), hv.Opt[int]{}, hv.Opt[int64]{}},
		{"text", "1", hv.Opt[int]{}, hv.Opt[int64]{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			evil := running(1, "vm")
			for _, field := range []string{"vcpu.current", "balloon.current", "balloon.maximum"} {
				evil.Stats = append(evil.Stats, libvirttest.Param{Name: field, Value: tt.value})
			}
			evil.Stats = slices.DeleteFunc(evil.Stats, func(p libvirttest.Param) bool { return p.Name == "vcpu.current" && p.Value != tt.value })
			// So that it is not one that the daemon did not dare to ask.
			evil.Stats = append(evil.Stats, libvirttest.Param{Name: "balloon.rss", Value: uint64(1)})
			got := between(t, nil, evil)[key(1)].Statistics
			if !got.CurCPUs.Equal(tt.cpus) || !got.CurMem.Equal(tt.mem) || !got.MaxMem.Equal(tt.mem) {
				t.Errorf("unexpected amounts: %v virtual CPUs, %v of %v octets", got.CurCPUs, got.CurMem, got.MaxMem)
			}
		})
	}
}

// TestInputCountersOneByOne has the same of a driver without bulk statistics, whose answers have but one type each.
func TestInputCountersOneByOne(t *testing.T) {
	t.Parallel()
	evil := running(1, "vm")
	evil.MaxMem, evil.Memory, evil.CPUTime = 1<<63, math.MaxUint64, math.MaxUint64
	evil.CPUs = []libvirttest.CPU{
		{Number: 0, Time: 1 << 63, Map: []byte{1}}, {Number: 0, Time: 7, Map: []byte{1}},
		{Number: math.MaxUint32, Time: 5, Map: []byte{1}},
	}
	evil.Disks = map[string]libvirttest.Disk{"vda": {
		Counters: [4]int64{-1, math.MinInt64, math.MaxInt64, 0}, Allocation: 1 << 63, Capacity: math.MaxUint64, Physical: 1<<63 + 1,
		Flags: []libvirttest.Param{
			{Name: "rd_operations", Value: int64(-1)}, {Name: "rd_bytes", Value: "many"}, {Name: "wr_operations", Value: 1.5},
			{Name: "wr_total_times", Value: uint64(1 << 63)}, {Name: "wr_bytes", Value: uint64(1 << 63)},
			{Name: "flush_operations", Value: int64(-1)}, {Name: "flush_total_times", Value: uint64(1 << 63)},
		},
	}}
	evil.NICs = map[string][8]int64{"tap1": {-1, math.MinInt64, math.MaxInt64, 0, -2, -3, -4, -5}}
	// Two interfaces of one end on the host: the counters are those of one of them.
	evil.XML = strings.Replace(evil.XML, "</devices>",
		"<interface type='bridge'><mac address='52:54:00:00:00:02'/><target dev='tap1'/></interface></devices>", 1)

	got := between(t, lacking()["one by one"], evil)[key(1)]
	if got.StatisticsError != "" {
		t.Fatalf("unexpected error: %s", got.StatisticsError)
	}
	none := hv.Opt[time.Duration]{}
	want := hv.Statistics{
		CurCPUs: hv.Some(3),
		CPUs:    []hv.CPUStats{{ID: 0, Time: none}, {ID: 0, Time: hv.Some[time.Duration](7)}},
		Disks:   []hv.DiskStats{{Key: "vda", WriteBytes: hv.Some[uint64](1 << 63)}},
		NICs: []hv.NICStats{{
			Key: "52:54:00:00:00:01", RxErrors: hv.Some[uint64](math.MaxInt64), RxDrops: hv.Some[uint64](0),
		}},
	}
	if diff := cmp.Diff(want, got.Statistics, sameStats()); diff != "" {
		t.Errorf("unexpected statistics (-want +got):\n%s", diff)
	}
}

// TestInputCountersGoBack has a virtual machine that is started again between two readings: what is told is what there is,
// and the run says that it is another.
func TestInputCountersGoBack(t *testing.T) {
	t.Parallel()
	for name, unsupported := range lacking() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vm := running(1, "vm")
			vm.Stats[0].Value, vm.CPUTime = uint64(1<<40), 1<<40
			srv, s := fake(t, libvirttest.Daemon{HostCPUs: 2, Unsupported: unsupported, Domains: []libvirttest.Domain{vm}})
			before := tellings(t, s)[key(1)]
			srv.Change(func(d *libvirttest.Daemon) {
				d.Domains[0] = running(1, "vm")
				d.Domains[0].ID = 2
			})
			after := tellings(t, s)[key(1)]
			if before.Statistics.CPUTime.Or(0) != 1<<40 || after.Statistics.CPUTime.Or(0) != 1001 {
				t.Errorf("unexpected CPU times: %v, then %v", before.Statistics.CPUTime, after.Statistics.CPUTime)
			}
			if before.Summary.Run == after.Summary.Run {
				t.Errorf("both runs have number %d", after.Summary.Run)
			}
		})
	}
}

// TestInputSizes has virtual machines of sizes that few have.
func TestInputSizes(t *testing.T) {
	t.Parallel()
	sized := func(n int, vcpus, devices string) libvirttest.Domain {
		d := off(n, fmt.Sprintf("vm-%d", n))
		d.XML = strings.Replace(d.XML, "<vcpu>1</vcpu>", "<vcpu>"+vcpus+"</vcpu><devices>"+devices+"</devices>", 1)
		return d
	}
	var disks, nics strings.Builder
	for n := range 100 {
		fmt.Fprintf(&disks, "<disk><source file='/d'/><target dev='sd%d'/></disk>", n)
		fmt.Fprintf(&nics, "<interface><mac address='52:54:00:00:01:%02x'/></interface>", n)
	}
	evil := []libvirttest.Domain{
		sized(1, "0", ""), sized(2, "4096", ""), sized(3, "65535", ""), sized(4, "1", disks.String()+nics.String()),
		sized(5, "16384", ""),
	}
	type size struct{ Max, CPUs, Disks, NICs int }
	const unknown = -1
	want := map[string]size{
		key(1): {Max: unknown}, key(2): {4096, 4096, 0, 0}, key(3): {Max: unknown}, key(4): {1, 1, 100, 100}, key(5): {16384, 16384, 0, 0},
	}
	beside(t, evil, func(t *testing.T, all map[string]telling) {
		got := map[string]size{}
		for key, one := range all {
			d := one.Definition
			got[key] = size{d.MaxCPUs.Or(unknown), len(d.CPUs), len(d.Disks), len(d.NICs)}
			if one.DefinitionError != "" {
				t.Errorf("unexpected error of %q: %s", one.Summary.Name, one.DefinitionError)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected sizes (-want +got):\n%s", diff)
		}
	})
}

// TestInputAffinity has CPU maps of another length than the host's CPUs need: where one ends and the next begins is not
// known then.
func TestInputAffinity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		maps [2][]byte
		want string
	}{
		{"as long as it should be", [2][]byte{{0b10}, {0b100}}, "1 2"},
		{"with CPUs that the host does not have", [2][]byte{{0xff}, {0xf4}}, "0-3 2"},
		{"too long", [2][]byte{{0b10, 0b100}, {0b1, 0b1000}}, "0-3 0-3"},
		{"one too long", [2][]byte{{0b10, 0b100}, {0b1}}, "0-3 0-3"},
		{"too short", [2][]byte{{0b10}, {}}, "0-3 0-3"},
		{"none", [2][]byte{{}, {}}, "0-3 0-3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			evil := off(1, "vm")
			evil.XML = strings.Replace(evil.XML, "<vcpu>1<", "<vcpu>2<", 1)
			evil.CPUs = []libvirttest.CPU{{Number: 0, Map: tt.maps[0]}, {Number: 1, Map: tt.maps[1]}}
			got := between(t, nil, evil)[key(1)]
			var sets []string
			for _, c := range got.Definition.CPUs {
				set, _ := c.Affinity.Get()
				sets = append(sets, set.String())
			}
			if diff := cmp.Diff(tt.want, strings.Join(sets, " ")); diff != "" {
				t.Errorf("unexpected sets: %s (-want +got):\n%s", got.DefinitionError, diff)
			}
		})
	}
}

// TestInputHostCPUs has numbers of CPUs that no host has. They are asked for again and again, and never believed.
func TestInputHostCPUs(t *testing.T) {
	t.Parallel()
	for _, n := range []uint32{maxHostCPUs + 1, 1 << 30, math.MaxInt32, 1 << 31, math.MaxUint32} {
		d := someDaemon()
		d.HostCPUs = n
		srv, s := fake(t, d)
		for range 3 {
			h, err := s.Host(patiently(t))
			if err != nil || len(h.CPUs) != 0 || h.Software != "QEMU" {
				t.Errorf("unexpected host with %d CPUs: %.200v, %v", n, h, err)
			}
		}
		if got := definitions(t, s, key(1))[key(1)]; got.err != nil || affinityOf(got.value) != "absent" {
			t.Errorf("unexpected definition on a host with %d CPUs: %+v", n, got)
		}
		if srv.Calls(libvirttest.DomainGetVcpus) > 0 {
			t.Errorf("maps were asked for of a host with %d CPUs", n)
		}
	}
}

// TestInputEvents has events that are newer than we, about virtual machines of any name.
func TestInputEvents(t *testing.T) {
	t.Parallel()
	srv, s := fake(t, someDaemon())
	w := watch(t, s)
	for _, name := range []string{"", "a\nb", "\x1b[2J", "\xff", strings.Repeat("ü", 150), strings.Repeat("x", 100_000)} {
		vm := running(1, "vm")
		vm.Name, vm.ID = name, -7
		about := func(kind hv.EventKind, detail int) hv.Event {
			return hv.Event{Kind: kind, Detail: detail, Key: key(1), UUID: hv.UUID(uuid(1)), Name: name[:min(len(name), maxName)]}
		}
		srv.Lifecycle(vm, 99, 4)
		srv.Lifecycle(vm, -1, math.MinInt32)
		srv.Lifecycle(vm, 5, 99)
		want := []hv.Event{about(hv.Changed, 4), about(hv.Changed, math.MinInt32), about(hv.Stopped, 99)}
		if diff := cmp.Diff(want, []hv.Event{w.next(), w.next(), w.next()}); diff != "" {
			t.Errorf("unexpected events (-want +got):\n%s", diff)
		}
	}
}
