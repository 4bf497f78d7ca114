package bhyve

import (
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// usage tells what the process of a virtual machine takes, as the look found it: the kernel counts that for the whole
// process, with the threads that have ended. It is nil without a process. Its priority is left out, because what ps(1)
// takes it relative to (PZERO) is not the same in all releases.
func (e *environment) usage(p *freebsd.Process) *hv.Process {
	if p == nil {
		return nil
	}
	told := &hv.Process{PID: p.PID}
	if up, ok := e.uptime().Get(); ok && up >= p.Born {
		told.Age = hv.Some(up - p.Born)
	}
	u := p.Usage
	if u == (freebsd.Usage{}) {
		return told
	}
	if size := e.pageSize(); size > 0 {
		told.Resident = hv.Some(u.Resident * size)
	}
	told.Virtual = hv.Some(u.Size)
	told.UserTime, told.SystemTime = hv.Some(u.User), hv.Some(u.System)
	told.MajorFaults, told.MinorFaults, told.CopyFaults = hv.Some(u.MajorFaults), hv.Some(u.MinorFaults), hv.Some(u.CopyFaults)
	told.VoluntarySwitches, told.InvoluntarySwitches = hv.Some(u.VoluntarySwitches), hv.Some(u.InvoluntarySwitches)
	told.Swaps, told.BlockReads, told.BlockWrites = hv.Some(u.Swaps), hv.Some(u.BlockReads), hv.Some(u.BlockWrites)
	told.Nice = hv.Some(u.Nice)
	return told
}

// The variables that tell of the host's memory.
const (
	pageSizeVariable = "hw.pagesize"
	memoryVariable   = "hw.physmem"
)

// maxPageSize is the largest page that is believed: those of arm64 have 64 KiB at most.
const maxPageSize = 1 << 16

// readPageSize reads what a page of memory has in octets. It is 0 if that cannot be told.
func readPageSize(sys freebsd.Kernel) int64 {
	octets, err := sys.Sysctl(pageSizeVariable)
	if err != nil {
		return 0
	}
	size, err := freebsd.DecodeUint32(octets)
	if err != nil || size > maxPageSize {
		return 0
	}
	return int64(size)
}

// readMemory reads the size of the host's RAM, as far as the kernel can use it.
func readMemory(sys freebsd.Kernel) hv.Opt[int64] {
	octets, err := sys.Sysctl(memoryVariable)
	if err != nil {
		return hv.Opt[int64]{}
	}
	size, err := freebsd.DecodeUint64(octets)
	if err != nil || size == 0 || int64(size) < 0 {
		return hv.Opt[int64]{}
	}
	return hv.Some(int64(size))
}

// readUptime reads how long the host has been up.
func readUptime(sys freebsd.Kernel) hv.Opt[time.Duration] {
	clock, err := sys.Clock()
	if err != nil {
		return hv.Opt[time.Duration]{}
	}
	return hv.Some(clock.Up)
}
