package vmmibtest

import (
	"math"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// running is an ordinary virtual machine of which all is known.
func running() *collector.VM {
	return &collector.VM{
		Index: 1,
		Summary: hv.Summary{
			Key: "6c6e2f5c-1d3b-4a86-9f1f-2f6a3c0d9e01", UUID: mustUUID("6c6e2f5c-1d3b-4a86-9f1f-2f6a3c0d9e01"), Name: "web",
			State: hv.StateRunning, Admin: hv.AdminRunning, AutoStart: hv.Yes, Persistent: hv.Yes, Run: 7,
		},
		Started: ago(2*time.Hour + 3*time.Minute + 4*time.Second + 56*time.Millisecond),
		Defined: true, OSType: "Debian GNU/Linux 12",
		CurCPUs: hv.Some(2), MinCPUs: hv.Some(1), MaxCPUs: hv.Some(4),
		CurMem: hv.Some[int64](2 * gibi), MinMem: hv.Some[int64](512 * mebi), MaxMem: hv.Some[int64](4 * gibi),
		CPUTime: hv.Some(1234567891 * time.Nanosecond), StatsAt: Now(),
		CPUs: []collector.CPU{
			{Index: 1, CPU: hv.CPU{ID: 0, Affinity: mustCPUs("0-1")}, Time: hv.Some(700 * time.Millisecond)},
			{Index: 2, CPU: hv.CPU{ID: 1, Affinity: mustCPUs("4")}, Time: hv.Some(500*time.Millisecond + 999*time.Nanosecond)},
		},
		Disks: []collector.Disk{
			{
				Index: 1,
				Disk: hv.Disk{
					Key: "vda", Source: hv.SourceSparse, Format: "qcow2", Resource: "/var/lib/libvirt/images/web.qcow2",
					ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio",
				},
				Stats: hv.DiskStats{
					Key: "vda", Capacity: hv.Some[int64](20 * gibi), Allocation: hv.Some[int64](3*gibi + 1),
					ReadRequests: hv.Some[uint64](1000), WriteRequests: hv.Some[uint64](2000),
					ReadBytes: hv.Some[uint64](5 * mebi), WriteBytes: hv.Some[uint64](6 * mebi),
					ReadTime: hv.Some(1500 * time.Microsecond), WriteTime: hv.Some(2500*time.Microsecond + 700*time.Nanosecond),
				},
			},
			{
				// A raw file with holes.
				Index: 2,
				Disk: hv.Disk{
					Key: "vdb", Source: hv.SourceRaw, Format: "raw", Resource: "/var/lib/libvirt/images/data.img",
					ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio",
				},
				Stats: hv.DiskStats{
					Key: "vdb", Capacity: hv.Some[int64](gibi), Allocation: hv.Some[int64](64 * kibi),
					ReadRequests: hv.Some[uint64](0), WriteRequests: hv.Some[uint64](0),
					ReadBytes: hv.Some[uint64](0), WriteBytes: hv.Some[uint64](0),
					ReadTime: hv.Some(time.Duration(0)), WriteTime: hv.Some(time.Duration(0)),
				},
			},
			{
				// A raw file without holes, and the blocks that describe it.
				Index: 4,
				Disk: hv.Disk{
					Key: "vdc", Source: hv.SourceRaw, Format: "raw", Resource: "/var/lib/libvirt/images/full.img",
					ReadOnly: hv.Yes, Media: hv.MediaHardDisk, Bus: "scsi",
				},
				Stats: hv.DiskStats{
					Key: "vdc", Capacity: hv.Some[int64](8 * mebi), Allocation: hv.Some[int64](8*mebi + 4*kibi),
				},
			},
			{
				// A drive without a medium.
				Index: 9,
				Disk:  hv.Disk{Key: "sda", Source: hv.SourceUnknown, ReadOnly: hv.Yes, Media: hv.MediaOpticalDisk, Bus: "sata"},
				Stats: hv.DiskStats{
					Key: "sda", ReadRequests: hv.Some[uint64](0), WriteRequests: hv.Some[uint64](0),
					ReadBytes: hv.Some[uint64](0), WriteBytes: hv.Some[uint64](0),
				},
			},
		},
		NICs: []collector.NIC{
			{Index: 1, NIC: hv.NIC{
				Key: "52:54:00:12:34:56", MAC: mustMAC("52:54:00:12:34:56"), Model: "virtio", Host: "vnet0",
				IfIndex: hv.Some(12), Parent: hv.Some(2),
			}},
			{Index: 2, NIC: hv.NIC{
				Key: "52:54:00:12:34:57", MAC: mustMAC("52:54:00:12:34:57"), Model: "e1000e", Host: "vnet1",
				IfIndex: hv.Some(13), Parent: hv.Some(0),
			}},
		},
	}
}

// big has sizes beyond 2^31 KiB, counters at their last value, and affinities that are not known.
func big() *collector.VM {
	return &collector.VM{
		Index: 2,
		Summary: hv.Summary{
			Key: "00112233-4455-6677-8899-aabbccddeeff", UUID: mustUUID("00112233-4455-6677-8899-aabbccddeeff"), Name: "große-データベース",
			State: hv.StatePaused, Admin: hv.AdminPaused, AutoStart: hv.No, Persistent: hv.Yes, Run: 8,
		},
		Started: ago(40 * day),
		Defined: true, OSType: "hvm",
		CurCPUs: hv.Some(1), MinCPUs: hv.Some(hv.NoLimit), MaxCPUs: hv.Some(hv.NoLimit),
		CurMem: hv.Some[int64](3 * tebi), MinMem: hv.Some[int64](hv.NoLimit), MaxMem: hv.Some[int64](3*tebi + 1),
		CPUTime: hv.Some[time.Duration](math.MaxInt64), StatsAt: Now(),
		CPUs: []collector.CPU{{Index: 1, CPU: hv.CPU{ID: 0}, Time: hv.Some[time.Duration](math.MaxInt64)}},
		Disks: []collector.Disk{
			{
				// On a block device allocation and size are the same, whatever a format inside has written.
				Index: 1,
				Disk: hv.Disk{
					Key: "vda", Source: hv.SourceBlock, Format: "raw", Resource: "/dev/vg0/database",
					ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio",
				},
				Stats: hv.DiskStats{
					Key: "vda", Capacity: hv.Some[int64](5 * tebi), Allocation: hv.Some[int64](196616),
					ReadRequests: hv.Some[uint64](math.MaxUint64), WriteRequests: hv.Some[uint64](math.MaxUint64),
					ReadBytes: hv.Some[uint64](math.MaxUint64), WriteBytes: hv.Some[uint64](math.MaxUint64),
					ReadTime: hv.Some[time.Duration](math.MaxInt64), WriteTime: hv.Some[time.Duration](math.MaxInt64),
				},
			},
			{
				// Over the network, larger allocated than defined.
				Index: 2,
				Disk: hv.Disk{
					Key: "vdb", Source: hv.SourceNetwork, Format: "rbd", Resource: "pool/image@snapshot",
					ReadOnly: hv.Yes, Media: hv.MediaHardDisk, Bus: "virtio",
				},
				Stats: hv.DiskStats{Key: "vdb", Capacity: hv.Some[int64](512), Allocation: hv.Some[int64](2 * gibi)},
			},
		},
		NICs: []collector.NIC{{Index: 1, NIC: hv.NIC{Key: "net0", Model: "vhost-user"}}},
	}
}
