package vmmib_test

import (
	"math"
	"time"

	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// arbitrarySnapshot draws a snapshot of whatever the vocabulary of the hypervisor can say, sensible or not.
func arbitrarySnapshot(t *rapid.T) *collector.Snapshot {
	const maxVMs = 4
	host := hv.Host{
		Software: arbitraryText(t), Version: arbitraryText(t), Started: arbitraryOpt(t, arbitraryTime),
		ObjectID: rapid.SampledFrom([][]uint32{
			nil, {}, {1, 3, 6, 1, 4, 1, 1}, {0}, {9, 9}, append([]uint32{1, 3, 6, 1, 4, 1}, make([]uint32, 200)...),
		}).Draw(t, "object ID"),
		CPUs: rapid.SampledFrom([][]int{nil, {0}, {0, 7, math.MaxInt32}}).Draw(t, "CPUs"),
	}
	var vms []*collector.VM
	for _, index := range rapid.SliceOfNDistinct(rapid.Int32Range(1, math.MaxInt32), 0, maxVMs, rapid.ID).Draw(t, "indices") {
		vms = append(vms, arbitraryVM(t, index))
	}
	s := collector.NewSnapshot(host, arbitraryTime(t), vms...)
	s.LastChange = arbitraryOpt(t, arbitraryDuration)
	return s
}

func arbitraryVM(t *rapid.T, index int32) *collector.VM {
	vm := &collector.VM{
		Index: index,
		Summary: hv.Summary{
			Name: arbitraryText(t), State: hv.OperState(arbitraryByte(t)), Admin: hv.AdminState(arbitraryByte(t)),
			AutoStart: hv.Answer(arbitraryByte(t)), Persistent: hv.Answer(arbitraryByte(t)), Run: int64(arbitraryByte(t)),
		},
		Started: arbitraryOpt(t, arbitraryTime), Defined: rapid.Bool().Draw(t, "defined"), OSType: arbitraryText(t),
		CurCPUs: arbitraryOpt(t, arbitraryInt), MinCPUs: arbitraryOpt(t, arbitraryInt), MaxCPUs: arbitraryOpt(t, arbitraryInt),
		CurMem: arbitraryOpt(t, arbitraryInt64), MinMem: arbitraryOpt(t, arbitraryInt64), MaxMem: arbitraryOpt(t, arbitraryInt64),
		CPUTime: arbitraryOpt(t, arbitraryDuration),
	}
	vm.UUID[0] = arbitraryByte(t)
	if rapid.Bool().Draw(t, "devices") {
		vm.CPUs = []collector.CPU{{
			Index: 1, CPU: hv.CPU{Affinity: arbitraryOpt(t, func(t *rapid.T) hv.CPUSet { return hv.CPUSet{arbitraryByte(t)} })},
			Time: arbitraryOpt(t, arbitraryDuration),
		}}
		vm.Disks = []collector.Disk{{Index: math.MaxInt32, Disk: arbitraryDisk(t), Stats: arbitraryDiskStats(t)}}
		vm.NICs = []collector.NIC{{Index: 1, NIC: hv.NIC{
			Model: arbitraryText(t), MAC: hv.MAC(arbitraryText(t)), IfIndex: arbitraryOpt(t, arbitraryInt), Parent: arbitraryOpt(t, arbitraryInt),
		}}}
	}
	return vm
}

func arbitraryDisk(t *rapid.T) hv.Disk {
	return hv.Disk{
		Source: hv.SourceType(arbitraryByte(t)), Format: arbitraryText(t), Resource: arbitraryText(t),
		ReadOnly: hv.Answer(arbitraryByte(t)), Media: hv.MediaType(arbitraryByte(t)), Bus: arbitraryText(t),
	}
}

func arbitraryDiskStats(t *rapid.T) hv.DiskStats {
	return hv.DiskStats{
		Capacity: arbitraryOpt(t, arbitraryInt64), Allocation: arbitraryOpt(t, arbitraryInt64),
		ReadRequests: arbitraryOpt(t, arbitraryUint64), WriteRequests: arbitraryOpt(t, arbitraryUint64),
		ReadBytes: arbitraryOpt(t, arbitraryUint64), WriteBytes: arbitraryOpt(t, arbitraryUint64),
		ReadTime: arbitraryOpt(t, arbitraryDuration), WriteTime: arbitraryOpt(t, arbitraryDuration),
	}
}

// arbitraryOpt draws a value, or none.
func arbitraryOpt[T any](t *rapid.T, draw func(*rapid.T) T) hv.Opt[T] {
	if rapid.Bool().Draw(t, "absent") {
		return hv.Opt[T]{}
	}
	return hv.Some(draw(t))
}

// arbitraryByte draws a small number, in or out of what an enumeration has.
func arbitraryByte(t *rapid.T) byte { return rapid.Byte().Draw(t, "byte") % 16 }

func arbitraryInt(t *rapid.T) int                { return rapid.Int().Draw(t, "int") }
func arbitraryInt64(t *rapid.T) int64            { return rapid.Int64().Draw(t, "int64") }
func arbitraryUint64(t *rapid.T) uint64          { return rapid.Uint64().Draw(t, "uint64") }
func arbitraryDuration(t *rapid.T) time.Duration { return time.Duration(arbitraryInt64(t)) }

// arbitraryTime draws a time around 1970, where the clock of the test stands still.
func arbitraryTime(t *rapid.T) time.Time { return time.Unix(0, arbitraryInt64(t)) }

// arbitraryText draws octets, which need not be text.
func arbitraryText(t *rapid.T) string {
	const maxLen = 300
	return string(rapid.SliceOfN(rapid.Byte(), 0, maxLen).Draw(t, "text"))
}
