package libvirt

import (
	"net"
	"syscall"
)

// peerPID returns the process that listened on the unix socket (SO_PEERCRED, unix(7)). It is not seen if it is in
// another PID namespace.
func peerPID(c net.Conn) (int, bool) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, false
	}
	var cred *syscall.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil || credErr != nil || cred.Pid <= 0 {
		return 0, false
	}
	return int(cred.Pid), true
}
