package librenms

import (
	"math"
	"net/netip"
	"time"

	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// maybe draws a value or none.
func maybe[T any](rt *rapid.T, name string, g *rapid.Generator[T]) hv.Opt[T] {
	if rapid.IntRange(0, 4).Draw(rt, "no "+name) == 0 {
		return hv.Opt[T]{}
	}
	return hv.Some(g.Draw(rt, name))
}

// The numbers that are drawn: likely ones, and such as no source should tell.
var (
	anyCounter = rapid.OneOf(rapid.Uint64Range(0, 1e6), rapid.SampledFrom([]uint64{math.MaxInt64, 1 << 63, math.MaxUint64}), rapid.Uint64())
	anySize    = rapid.OneOf(rapid.Int64Range(0, 1<<40), rapid.SampledFrom([]int64{hv.NoLimit, math.MinInt64, math.MaxInt64}))
	anyNumber  = rapid.OneOf(rapid.IntRange(0, 64), rapid.SampledFrom([]int{hv.NoLimit, math.MinInt, math.MaxInt}))
	anySpan    = rapid.Map(rapid.OneOf(rapid.Int64Range(0, 1e12), anySize), func(n int64) time.Duration { return time.Duration(n) })
	anyText    = rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "a#2", "a#2#2", "a#3", "\"\\\n", "a\xff"}), rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	)
)

// arbitraryProcess draws a process.
func arbitraryProcess(rt *rapid.T) *hv.Process {
	if rapid.IntRange(0, 3).Draw(rt, "no process") == 0 {
		return nil
	}
	counter := func(name string) hv.Opt[uint64] { return maybe(rt, name, anyCounter) }
	return &hv.Process{
		Age: maybe(rt, "age", anySpan), Resident: maybe(rt, "resident", anySize), Virtual: maybe(rt, "virtual", anySize),
		UserTime: maybe(rt, "user", anySpan), SystemTime: maybe(rt, "system", anySpan),
		MajorFaults: counter("major"), MinorFaults: counter("minor"), CopyFaults: counter("copy"),
		VoluntarySwitches: counter("voluntary"), InvoluntarySwitches: counter("involuntary"),
		Swaps: counter("swaps"), BlockReads: counter("reads"), BlockWrites: counter("writes"),
		Nice: maybe(rt, "nice", anyNumber), Priority: maybe(rt, "priority", anyNumber),
	}
}

// arbitraryVM draws a virtual machine, as no collector would make it.
func arbitraryVM(rt *rapid.T, index int32) *collector.VM {
	counter := func(name string) hv.Opt[uint64] { return maybe(rt, name, anyCounter) }
	vm := &collector.VM{
		Index: index, Defined: rapid.IntRange(0, 5).Draw(rt, "defined") > 0, OSType: anyText.Draw(rt, "os type"),
		Summary: hv.Summary{
			Name: anyText.Draw(rt, "name"), Run: rapid.Int64Range(-1, 2).Draw(rt, "run"),
			State: hv.OperState(rapid.IntRange(0, int(hv.StateCrashed)+1).Draw(rt, "state")),
		},
		CurCPUs: maybe(rt, "cpus", anyNumber), MaxCPUs: maybe(rt, "max cpus", anyNumber),
		CurMem: maybe(rt, "memory", anySize), MaxMem: maybe(rt, "max memory", anySize),
		Process: arbitraryProcess(rt), StatsAt: noon.Add(-time.Duration(rapid.IntRange(-10, 100).Draw(rt, "statistics' age")) * time.Second),
		Console: maybe(rt, "console", rapid.Custom(func(rt *rapid.T) hv.Console {
			return hv.Console{Type: rapid.OneOf(rapid.SampledFrom([]string{"vnc", "spice"}), anyText).Draw(rt, "type"), Address: anyText.Draw(rt, "address")}
		})),
	}
	if rapid.IntRange(0, 9).Draw(rt, "never read") == 0 {
		vm.StatsAt = time.Time{}
	}
	if rapid.Bool().Draw(rt, "survey") {
		vm.Survey = &hv.Survey{
			Run:       maybe(rt, "survey's run", rapid.Int64Range(0, 2)),
			Addresses: []netip.Addr{netip.MustParseAddr("fe80::1%1"), {}}[:rapid.IntRange(0, 2).Draw(rt, "addresses")],
			Snapshots: maybe(rt, "snapshots", anyNumber), SnapshotsSize: maybe(rt, "size", anySize),
		}
	}
	if !vm.Defined {
		return vm // nobody knows its devices
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "disks") {
		vm.Disks = append(vm.Disks, collector.Disk{
			Index: int32(i + 1),
			Disk: hv.Disk{
				Key: anyText.Draw(rt, "key"), Resource: rapid.SampledFrom([]string{"", "/a/b", "/b", "x.ISO"}).Draw(rt, "resource"),
				Media: hv.MediaType(rapid.IntRange(0, int(hv.MediaFloppyDisk)).Draw(rt, "media")),
			},
			Stats: hv.DiskStats{
				Capacity: maybe(rt, "capacity", anySize), Allocation: maybe(rt, "allocation", anySize), Physical: maybe(rt, "physical", anySize),
				ReadRequests: counter("reads"), WriteRequests: counter("writes"), ReadBytes: counter("read"), WriteBytes: counter("written"),
				FlushRequests: counter("flushes"), FlushTime: maybe(rt, "flush time", anySpan),
				ReadTime: maybe(rt, "read time", anySpan), WriteTime: maybe(rt, "write time", anySpan),
			},
		})
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "interfaces") {
		vm.NICs = append(vm.NICs, collector.NIC{
			Index: int32(2*i + 1),
			NIC:   hv.NIC{MAC: rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(rt, "mac"), Host: anyText.Draw(rt, "host"), Bridge: anyText.Draw(rt, "bridge")},
			Stats: hv.NICStats{
				RxBytes: counter("rx bytes"), RxPackets: counter("rx packets"), RxErrors: counter("rx errors"), RxDrops: counter("rx drops"),
				TxBytes: counter("tx bytes"), TxPackets: counter("tx packets"), TxErrors: counter("tx errors"), TxDrops: counter("tx drops"),
				Collisions: counter("collisions"),
			},
		})
	}
	return vm
}

// arbitrarySnapshot draws a snapshot of a host of either kind.
func arbitrarySnapshot(rt *rapid.T) *collector.Snapshot {
	h := hv.Host{Software: rapid.SampledFrom([]string{"QEMU", "bhyve", ""}).Draw(rt, "software"), Memory: maybe(rt, "memory", anySize)}
	var vms []*collector.VM
	index := int32(0)
	for range rapid.IntRange(0, 8).Draw(rt, "virtual machines") {
		index += rapid.Int32Range(1, 3).Draw(rt, "step")
		vms = append(vms, arbitraryVM(rt, index))
	}
	return snapshot(h, vms...)
}

// arbitraryLimits draws how old the statistics may be.
func arbitraryLimits(rt *rapid.T) Limits {
	return Limits{Statistics: time.Duration(rapid.SampledFrom([]int{0, 30}).Draw(rt, "limit")) * time.Second}
}
