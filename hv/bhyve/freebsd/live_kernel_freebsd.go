package freebsd

import (
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sysctlTries is how often a variable is read that grows between the question how long it is and the reading (ENOMEM).
const sysctlTries = 8

// Sysctl reads a variable (sysctl(3)).
func (*Live) Sysctl(name string, args ...int) ([]byte, error) {
	octets, err := unix.SysctlRaw(name, args...)
	for tries := 1; err == unix.ENOMEM && tries < sysctlTries; tries++ {
		octets, err = unix.SysctlRaw(name, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %w", askVariable(name, args), translate(err))
	}
	return octets, nil
}

// What cpuset_getaffinity(2) is asked for: the mask of a thread itself (sys/cpuset.h).
const (
	cpuLevelWhich = 3 // CPU_LEVEL_WHICH
	cpuWhichTID   = 1 // CPU_WHICH_TID
)

// Affinity reads the mask of a thread (cpuset_getaffinity(2)).
func (*Live) Affinity(thread int) ([]byte, error) {
	// The kernel takes masks from its own size up to the longest that it knows, and ERANGE is that this is none of them: FreeBSD 14
	// has 1024 CPUs, those before it had 256.
	var err error
	for _, size := range []int{128, 32} {
		mask := make([]byte, size)
		_, _, errno := unix.Syscall6(unix.SYS_CPUSET_GETAFFINITY, cpuLevelWhich, cpuWhichTID, uintptr(thread), uintptr(size), uintptr(unsafe.Pointer(&mask[0])), 0)
		if errno == 0 {
			return mask, nil
		}
		err = errno
		if errno != unix.ERANGE {
			break
		}
	}
	return nil, fmt.Errorf("%v: %w", ask(askAffinity, strconv.Itoa(thread)), translate(err))
}
