package freebsd

import (
	"encoding/binary"
	"math"
	"time"
)

// A Usage is what a process takes of the host, in the record of a process; in that of a thread all but Size, Resident and
// Nice is the thread's. It is zero where that is not known, as of a process that has ended: one that lives has some address
// space.
type Usage struct {
	// Size is that of its address space in octets, and Resident what it has of it in RAM, in pages.
	Size, Resident int64
	// User and System are the CPU time that it used outside of the kernel and in it. That of a guest is in the latter,
	// because it is vmm(4) that runs it.
	User, System time.Duration
	// MinorFaults and MajorFaults are its page faults without and with a disk, CopyFaults those that copied a page.
	MinorFaults, MajorFaults, CopyFaults uint64
	// Swaps is how often it was swapped out, BlockReads and BlockWrites are what it had disks do.
	Swaps, BlockReads, BlockWrites uint64
	// VoluntarySwitches are its context switches because it waited, InvoluntarySwitches the others.
	VoluntarySwitches, InvoluntarySwitches uint64
	Nice                                   int
}

// The members of struct kinfo_proc that tell of it (sys/user.h), the last of which are those of ki_rusage (sys/resource.h).
const (
	offSize                = 256 // ki_size
	offResident            = 264 // ki_rssize
	offCopyFaults          = 324 // ki_cow
	offNice                = 389 // ki_nice
	offUser                = 608 // ru_utime
	offSystem              = 624 // ru_stime
	offMinorFaults         = 672 // ru_minflt
	offMajorFaults         = 680 // ru_majflt
	offSwaps               = 688 // ru_nswap
	offBlockReads          = 696 // ru_inblock
	offBlockWrites         = 704 // ru_oublock
	offVoluntarySwitches   = 736 // ru_nvcsw
	offInvoluntarySwitches = 744 // ru_nivcsw
)

// maxNice is the highest nice value, and the lowest if it is negative (sys/resource.h, PRIO_MAX).
const maxNice = 20

// decodeUsage decodes what a record tells of it, which is as long as it has to be. With a number in it that cannot be
// nothing of it is believed.
func decodeUsage(b []byte) Usage {
	u := Usage{CopyFaults: uint64(binary.LittleEndian.Uint32(b[offCopyFaults:])), Nice: int(int8(b[offNice]))}
	possible := -maxNice <= u.Nice && u.Nice <= maxNice
	count := func(offset int) uint64 {
		n := binary.LittleEndian.Uint64(b[offset:])
		possible = possible && n <= math.MaxInt64 // they are of type long
		return n
	}
	span := func(offset int) time.Duration {
		seconds, micros := count(offset), count(offset+timevalSize/2)
		possible = possible && seconds <= maxSpan && micros < second
		return time.Duration(seconds)*time.Second + time.Duration(micros)*time.Microsecond
	}
	u.Size, u.Resident = int64(count(offSize)), int64(count(offResident))
	u.User, u.System = span(offUser), span(offSystem)
	u.MinorFaults, u.MajorFaults = count(offMinorFaults), count(offMajorFaults)
	u.Swaps, u.BlockReads, u.BlockWrites = count(offSwaps), count(offBlockReads), count(offBlockWrites)
	u.VoluntarySwitches, u.InvoluntarySwitches = count(offVoluntarySwitches), count(offInvoluntarySwitches)
	if !possible || u.Size == 0 {
		return Usage{}
	}
	return u
}

// maxSpan is the most CPU time that a time.Duration holds with any microseconds, in seconds.
const maxSpan = math.MaxInt64/uint64(time.Second) - 1
