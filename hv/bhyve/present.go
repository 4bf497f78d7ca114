package bhyve

import "github.com/vmond/vmond/hv/bhyve/freebsd"

// presence is a variable that there is where bhyve can be used: vmm(4) is loaded, or a part of the kernel.
const presence = "hw.vmm.maxcpu"

// Present reports whether this machine has bhyve, and can use it. On anything but FreeBSD it cannot.
func Present() bool {
	sys, err := freebsd.Open()
	if err != nil {
		return false
	}
	return hasVMM(sys)
}

// LookedFor says what Present looks for, for the error of who looked for several hypervisors and found none.
func LookedFor() string { return "FreeBSD's sysctl variable " + presence }

// hasVMM says whether vmm(4) is there.
func hasVMM(sys freebsd.Kernel) bool {
	_, err := sys.Sysctl(presence)
	return err == nil
}
