package vmmibtest

import (
	"math"
	"strings"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// off is shut down: its devices are known, but there is nothing to count.
func off() *collector.VM {
	return &collector.VM{
		Index: 3,
		Summary: hv.Summary{
			Key: "9b2f4f0e-7d5a-4d0c-8a61-0e5f6f3c2b10", UUID: mustUUID("9b2f4f0e-7d5a-4d0c-8a61-0e5f6f3c2b10"), Name: "off",
			State: hv.StateShutdown, Admin: hv.AdminShutdown, AutoStart: hv.No, Persistent: hv.Yes,
		},
		Defined: true,
		CurCPUs: hv.Some(2), MinCPUs: hv.Some(hv.NoLimit), MaxCPUs: hv.Some(3),
		CurMem: hv.Some[int64](512 * mebi), MinMem: hv.Some[int64](0), MaxMem: hv.Some[int64](512 * mebi),
		CPUs: []collector.CPU{
			{Index: 1, CPU: hv.CPU{ID: 0, Affinity: mustCPUs("0-63")}},
			{Index: 3, CPU: hv.CPU{ID: 2, Affinity: mustCPUs("")}},
		},
		Disks: []collector.Disk{
			{
				// The allocation of a raw file is not known: the RFC leaves it no other value than the size.
				Index: 1,
				Disk: hv.Disk{
					Key: "hda", Source: hv.SourceRaw, Format: "raw", Resource: "/srv/off.img",
					ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "ide",
				},
				Stats: hv.DiskStats{Key: "hda", Capacity: hv.Some[int64](math.MaxInt32)},
			},
			{
				// The size of a block device is not known, so neither is its allocation.
				Index: 2,
				Disk: hv.Disk{
					Key: "fda", Source: hv.SourceBlock, Format: "raw", Resource: "/dev/fd0",
					ReadOnly: hv.Unknown, Media: hv.MediaFloppyDisk, Bus: "fdc",
				},
				Stats: hv.DiskStats{Key: "fda", Allocation: hv.Some[int64](1440 * kibi)},
			},
		},
		NICs: []collector.NIC{{Index: 1, NIC: hv.NIC{
			Key: "52:54:00:aa:bb:cc", MAC: mustMAC("52:54:00:aa:bb:cc"), Model: "rtl8139", IfIndex: hv.Some(0), Parent: hv.Some(0),
		}}},
	}
}

// undescribed is transient and migrating, and its definition was not read yet: only its Summary is known.
func undescribed() *collector.VM {
	return &collector.VM{
		Index: 5,
		Summary: hv.Summary{
			Key: "c0ffee00-0000-4000-8000-000000000005", UUID: mustUUID("c0ffee00-0000-4000-8000-000000000005"), Name: "newcomer",
			State: hv.StateMigrating, Admin: hv.AdminRunning, AutoStart: hv.No, Persistent: hv.No, Run: 9,
		},
	}
}

// odd has no UUID, a name that is neither short nor text, and numbers that no object can hold.
func odd() *collector.VM {
	return &collector.VM{
		Index: 7,
		Summary: hv.Summary{
			Key: "odd", Name: "a\tb\xff\u0085c\x7f" + strings.Repeat("ü", 200),
			State: hv.StateCrashed, Admin: hv.AdminUnknown, AutoStart: hv.Unknown, Persistent: hv.Unknown,
		},
		Started: ago(-time.Hour),
		Defined: true, OSType: strings.Repeat("x", 254) + "ü",
		CurCPUs: hv.Some(-2), MinCPUs: hv.Some(-2), MaxCPUs: hv.Some(math.MaxInt32 + 1),
		CurMem: hv.Some[int64](-1), MinMem: hv.Some[int64](-2), MaxMem: hv.Some[int64](math.MaxInt64),
		CPUTime: hv.Some[time.Duration](-1), StatsAt: Now(), Stale: true,
		Disks: []collector.Disk{{
			Index: 1,
			Disk:  hv.Disk{Key: "xvda", Source: hv.SourceOther, Media: hv.MediaOther, Resource: strings.Repeat("/long", 60)},
			Stats: hv.DiskStats{
				Key: "xvda", Capacity: hv.Some[int64](math.MaxInt64), Allocation: hv.Some[int64](-1), ReadTime: hv.Some[time.Duration](-1),
			},
		}},
		NICs: []collector.NIC{{Index: 1, NIC: hv.NIC{Key: "a", MAC: hv.MAC{0}, IfIndex: hv.Some(-1), Parent: hv.Some(math.MaxInt32 + 1)}}},
	}
}

// saved was suspended to disk.
func saved() *collector.VM {
	return &collector.VM{
		Index: 300,
		Summary: hv.Summary{
			Key: "f0f0f0f0-1234-4321-8888-0123456789ab", UUID: mustUUID("f0f0f0f0-1234-4321-8888-0123456789ab"), Name: "saved",
			State: hv.StateSuspended, Admin: hv.AdminSuspended, AutoStart: hv.Yes, Persistent: hv.Yes,
		},
		Started: ago(30 * day),
		Defined: true, OSType: "FreeBSD",
		CurCPUs: hv.Some(0), MinCPUs: hv.Some(0), MaxCPUs: hv.Some(math.MaxInt32),
		CurMem: hv.Some[int64](0), MinMem: hv.Some[int64](hv.NoLimit), MaxMem: hv.Some[int64](hv.NoLimit),
	}
}

// last has the last possible index, as have its devices.
func last() *collector.VM {
	return &collector.VM{
		Index: math.MaxInt32,
		Summary: hv.Summary{
			Key: "ffffffff-ffff-ffff-ffff-ffffffffffff", UUID: mustUUID("ffffffff-ffff-ffff-ffff-ffffffffffff"), Name: "last",
			State: hv.StateUnknown, Admin: hv.AdminRunning, AutoStart: hv.Unknown, Persistent: hv.No, Run: 10,
		},
		Defined: true,
		CPUs:    []collector.CPU{{Index: math.MaxInt32, CPU: hv.CPU{ID: math.MaxInt32 - 1, Affinity: mustCPUs("1")}, Time: hv.Some(time.Microsecond)}},
		Disks: []collector.Disk{{
			Index: math.MaxInt32, Disk: hv.Disk{Key: "z", Source: hv.SourceSparse, Format: "vmdk", ReadOnly: hv.No},
			Stats: hv.DiskStats{Key: "z", Allocation: hv.Some[int64](5)},
		}},
		NICs: []collector.NIC{{Index: math.MaxInt32, NIC: hv.NIC{Key: "z", IfIndex: hv.Some(math.MaxInt32)}}},
	}
}
