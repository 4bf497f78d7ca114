package vmmibtest

import (
	"fmt"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// Farm returns a snapshot of n virtual machines with two CPUs, two disks and one network interface each, for what is
// measured by their number.
func Farm(n int) *collector.Snapshot {
	host := hv.Host{Software: "QEMU", Version: "7.2.22", Started: hv.Some(Now().Add(-time.Hour)), CPUs: []int{0, 1}}
	vms := make([]*collector.VM, n)
	for i := range vms {
		vms[i] = farmVM(int32(i) + 1)
	}
	return collector.NewSnapshot(host, Now(), vms...)
}

func farmVM(index int32) *collector.VM {
	all, n := hv.Some(hv.CPUSet{0b11}), hv.Some(uint64(index))
	cpu := func(id int) collector.CPU {
		return collector.CPU{Index: int32(id) + 1, CPU: hv.CPU{ID: id, Affinity: all}, Time: hv.Some(time.Second)}
	}
	disk := func(index int32, key string) collector.Disk {
		return collector.Disk{
			Index: index,
			Disk: hv.Disk{
				Key: key, Source: hv.SourceSparse, Format: "qcow2", Resource: "/var/lib/libvirt/images/a-machine-" + key + ".qcow2",
				ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio",
			},
			Stats: hv.DiskStats{
				Key: key, Capacity: hv.Some[int64](20 << 30), Allocation: hv.Some[int64](3 << 30),
				ReadRequests: n, WriteRequests: n, ReadBytes: n, WriteBytes: n,
				ReadTime: hv.Some(time.Second), WriteTime: hv.Some(time.Second),
			},
		}
	}
	mac := hv.MAC{0x52, 0x54, 0, byte(index >> 16), byte(index >> 8), byte(index)}
	return &collector.VM{
		Index: index,
		Summary: hv.Summary{
			Key: fmt.Sprint(index), UUID: hv.UUID{byte(index >> 8), byte(index)}, Name: fmt.Sprintf("a-machine-%d", index),
			State: hv.StateRunning, Admin: hv.AdminRunning, AutoStart: hv.Yes, Persistent: hv.Yes, Run: int64(index),
		},
		Started: hv.Some(Now().Add(-time.Minute)),
		Defined: true, OSType: "hvm",
		CurCPUs: hv.Some(2), MinCPUs: hv.Some(hv.NoLimit), MaxCPUs: hv.Some(2),
		CurMem: hv.Some[int64](2 << 30), MinMem: hv.Some[int64](hv.NoLimit), MaxMem: hv.Some[int64](2 << 30),
		CPUTime: hv.Some(time.Second), StatsAt: Now(),
		CPUs:  []collector.CPU{cpu(0), cpu(1)},
		Disks: []collector.Disk{disk(1, "vda"), disk(2, "vdb")},
		NICs:  []collector.NIC{{Index: 1, NIC: hv.NIC{Key: mac.String(), MAC: mac, Model: "virtio", IfIndex: hv.Some(int(index)), Parent: hv.Some(2)}}},
	}
}
