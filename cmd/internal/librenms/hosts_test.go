package librenms

import (
	"net/netip"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// noon is when the snapshots of the tests are told.
var noon = time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)

// GiB is a number of octets.
const gib = 1 << 30

// snapshot returns a snapshot of a host that was read just now.
func snapshot(h hv.Host, vms ...*collector.VM) *collector.Snapshot {
	s := collector.NewSnapshot(h, noon, vms...)
	s.ToldAt = noon
	return s
}

// some returns a counter that is known.
func some(n uint64) hv.Opt[uint64] { return hv.Some(n) }

// linuxHost is one with QEMU, freebsdHost one with bhyve.
func linuxHost() hv.Host   { return hv.Host{Software: "QEMU", Memory: hv.Some[int64](32 * gib)} }
func freebsdHost() hv.Host { return hv.Host{Software: "bhyve", Memory: hv.Some[int64](32e6)} }

// machine returns a virtual machine of which nothing is known but what it is.
func machine(index int32, name string, state hv.OperState) *collector.VM {
	vm := &collector.VM{
		Index: index, Summary: hv.Summary{Key: name, Name: name, State: state}, Defined: true, StatsAt: noon,
		Survey: &hv.Survey{Snapshots: hv.Some(0), SnapshotsSize: hv.Some[int64](0)},
	}
	if state != hv.StateShutdown {
		vm.Run = int64(index)
	}
	return vm
}

// sizes makes the memory and the CPUs of a virtual machine known.
func sizes(vm *collector.VM, memory int64, n int) *collector.VM {
	vm.CurMem, vm.MaxMem = hv.Some(memory), hv.Some(memory)
	vm.CurCPUs, vm.MaxCPUs = hv.Some(n), hv.Some(n)
	return vm
}

// drive returns a disk with its sizes.
func drive(index int32, key string, capacity, allocation, physical int64) collector.Disk {
	return collector.Disk{
		Index: index, Disk: hv.Disk{Key: key, Media: hv.MediaHardDisk, Resource: "/images/" + key},
		Stats: hv.DiskStats{Capacity: hv.Some(capacity), Allocation: hv.Some(allocation), Physical: hv.Some(physical)},
	}
}

// moved returns a disk with counters.
func moved(d collector.Disk, reads, readBytes, writes, writeBytes uint64, readTime time.Duration) collector.Disk {
	d.Stats.ReadRequests, d.Stats.ReadBytes, d.Stats.WriteRequests, d.Stats.WriteBytes = some(reads), some(readBytes), some(writes), some(writeBytes)
	d.Stats.FlushRequests, d.Stats.ReadTime = some(0), hv.Some(readTime)
	d.Stats.WriteTime, d.Stats.FlushTime = hv.Some[time.Duration](0), hv.Some[time.Duration](0)
	return d
}

// card returns an interface that has received and lost so much.
func card(index int32, mac, host, bridge string, bytes, packets, drops uint64) collector.NIC {
	m, err := hv.ParseMAC(mac)
	if err != nil {
		panic(err)
	}
	return collector.NIC{Index: index, NIC: hv.NIC{Key: mac, MAC: m, Host: host, Bridge: bridge}, Stats: hv.NICStats{
		RxBytes: some(bytes), RxPackets: some(packets), RxDrops: some(drops), RxErrors: some(0),
		TxBytes: some(0), TxPackets: some(0), TxDrops: some(0), TxErrors: some(0),
	}}
}

// libvirtLab is the host of which HV::Monitor's document for libvirt was recorded.
func libvirtLab() *collector.Snapshot {
	const age = 33_900 * time.Millisecond
	alpha := sizes(machine(1, "alpha", hv.StateRunning), 67108864, 1)
	alpha.Console = hv.Some(hv.Console{Type: hv.ConsoleVNC, Address: "127.0.0.1:5900"})
	alpha.Process = &hv.Process{
		PID: 100, Age: hv.Some(age), Resident: hv.Some[int64](46817280), Virtual: hv.Some[int64](554824 << 10),
		UserTime: hv.Some(110 * time.Millisecond), SystemTime: hv.Some(2570 * time.Millisecond), MajorFaults: some(4), MinorFaults: some(7000),
		VoluntarySwitches: some(866), InvoluntarySwitches: some(325), Nice: hv.Some(0), Priority: hv.Some(19),
	}
	alpha.Disks = []collector.Disk{
		moved(drive(1, "vda", 1073741824, 0, 331776), 34, 270848, 0, 0, 10270939),
		moved(drive(2, "vdb", 67108864, 0, 4096), 0, 0, 0, 0, 0),
		moved(drive(3, "sda", 2097152, 0, 2097152), 1, 2048, 0, 0, 1008035),
	}
	alpha.Disks[2].Media = hv.MediaOpticalDisk
	alpha.NICs = []collector.NIC{card(1, "52:54:00:00:00:01", "vnet0", "br0", 90, 1, 0)}

	beta := sizes(machine(2, "beta", hv.StateShutdown), 134217728, 2)
	beta.Disks = []collector.Disk{drive(1, "vda", 2147483648, 200704, 196640)}
	beta.NICs = []collector.NIC{{Index: 1}}

	delta := sizes(machine(3, "delta", hv.StatePaused), 33554432, 1)
	delta.Process = &hv.Process{
		PID: 200, Age: hv.Some(age), Resident: hv.Some[int64](41725952), Virtual: hv.Some[int64](478320 << 10),
		UserTime: hv.Some(90 * time.Millisecond), SystemTime: hv.Some(200 * time.Millisecond), MajorFaults: some(5), MinorFaults: some(5397),
		VoluntarySwitches: some(613), InvoluntarySwitches: some(331), Nice: hv.Some(0), Priority: hv.Some(19),
	}
	delta.Disks = []collector.Disk{moved(drive(1, "vda", 536870912, 0, 200704), 0, 0, 0, 0, 0)}
	delta.NICs = []collector.NIC{
		card(1, "52:54:00:00:00:03", "vnet1", "br0", 176, 2, 0), card(2, "52:54:00:00:00:04", "vnet2", "br0", 86, 1, 1),
	}
	return snapshot(linuxHost(), alpha, beta, delta)
}

// neverOnCBSD are the keys of what hv/bhyve does not find out.
var neverOnCBSD = []string{"pri", "idrop"}

// cbsdLab is the host of which HV::Monitor's document for CBSD was recorded, as hv/bhyve tells of it.
func cbsdLab() *collector.Snapshot {
	const size, oldSize = 21474836480, 10737418240
	web := sizes(machine(1, "web1", hv.StateRunning), 2147483648, 2)
	web.OSType, web.Console = "freebsd", hv.Some(hv.Console{Type: hv.ConsoleVNC, Address: "127.0.0.1:5900"})
	web.Survey = &hv.Survey{
		Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("fd00::5")},
		Snapshots: hv.Some(2), SnapshotsSize: hv.Some[int64](1700000000),
	}
	web.Process = &hv.Process{
		PID: 201, Age: hv.Some(990 * time.Second), Resident: hv.Some[int64](1024000), Virtual: hv.Some[int64](2147483648),
		UserTime: hv.Some(720250 * time.Millisecond), SystemTime: hv.Some(90500 * time.Millisecond),
		MajorFaults: some(8), MinorFaults: some(9), CopyFaults: some(7), VoluntarySwitches: some(13), InvoluntarySwitches: some(11),
		Swaps: some(0), BlockReads: some(14), BlockWrites: some(15), Nice: hv.Some(0),
	}
	web.StatsAt = noon.Add(-10 * time.Second)
	web.Disks = []collector.Disk{moved(drive(1, "/cbsd/vm/web1/dsk1.vhd", size, size, size), 10, 1000, 50, 5000, 0)}
	web.Disks[0].Resource, web.Disks[0].Format = web.Disks[0].Key, zfsVolume
	web.Disks[0].Stats.ReadTime, web.Disks[0].Stats.WriteTime = hv.Opt[time.Duration]{}, hv.Opt[time.Duration]{}
	web.Disks[0].Stats.FlushTime, web.Disks[0].Stats.FlushRequests = hv.Opt[time.Duration]{}, hv.Opt[uint64]{}
	nic := card(1, "00:a0:98:aa:bb:cc", "tap0", "bridge1", 4000, 200, 5)
	nic.Stats.RxDrops = hv.Opt[uint64]{}
	nic.Stats.RxErrors, nic.Stats.TxBytes, nic.Stats.TxPackets = some(3), some(3000), some(100)
	nic.Stats.TxErrors, nic.Stats.TxDrops = some(1), some(2)
	web.NICs = []collector.NIC{nic}

	old := sizes(machine(2, "old", hv.StateShutdown), 1073741824, 1)
	old.OSType, old.Console = "linux", hv.Some(hv.Console{Type: hv.ConsoleVNC})
	old.Disks = []collector.Disk{drive(1, "/cbsd/vm/old/dsk1.vhd", oldSize, oldSize, oldSize)}
	old.Disks[0].Resource, old.Disks[0].Format = old.Disks[0].Key, zfsVolume
	return snapshot(freebsdHost(), web, old)
}
