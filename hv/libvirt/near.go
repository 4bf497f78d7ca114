package libvirt

import (
	"os"
	"strconv"
)

// near tells how close the daemon is to us.
type near struct {
	host bool // it runs on this host: what /proc says of the host holds for it
	net  bool // and it sees the same network interfaces
}

// nearOf looks at the process at the other end of the stream.
func nearOf(s stream) near {
	if s.socket == "" {
		return near{}
	}
	pid, ok := peerPID(s.Conn)
	return near{host: true, net: !ok || files{"/"}.sameNet(pid)}
}

// sameNet reports whether the process sees the network interfaces that we see (network_namespaces(7)). Where that cannot
// be read, it is taken to do so: the interfaces are looked up by names of its own choice, which nothing else bears.
func (f files) sameNet(pid int) bool {
	own, err := os.Readlink(f.path("proc/self/ns/net"))
	if err != nil {
		return true
	}
	theirs, err := os.Readlink(f.path("proc", strconv.Itoa(pid), "ns/net"))
	return err != nil || theirs == own
}
