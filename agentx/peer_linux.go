package agentx

import (
	"net"
	"syscall"
)

// peerOf returns the process on the other side of a unix socket, or 0 (SO_PEERCRED, unix(7)). That is the one that
// began to listen: a master that went into the background after that has another number.
func peerOf(conn net.Conn) int {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	var peer *syscall.Ucred
	raw.Control(func(fd uintptr) { peer, _ = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED) })
	if peer == nil {
		return 0
	}
	return int(peer.Pid)
}
