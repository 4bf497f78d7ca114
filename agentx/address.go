package agentx

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// maxSocketPath is the longest path of a unix socket, for which the system keeps a byte less than there is room.
const maxSocketPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// ParseAddress reads the address of a master: "unix:" and an absolute path such as unix:/var/agentx/master, or "tcp:",
// a host and a port, such as tcp:localhost:705 or tcp:[::1]:705. It returns them as net.Dial wants them.
func ParseAddress(s string) (network, address string, err error) {
	network, address, _ = strings.Cut(s, ":")
	switch network {
	case "unix":
		err = checkPath(address)
	case "tcp":
		err = checkHostPort(address)
	default:
		err = fmt.Errorf("want unix:/path or tcp:host:port")
	}
	if err != nil {
		return "", "", fmt.Errorf("agentx address %q: %w", s, err)
	}
	return network, address, nil
}

func checkPath(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%q is not an absolute path", path)
	}
	if len(path) > maxSocketPath {
		return fmt.Errorf("path of %d octets, at most %d are allowed", len(path), maxSocketPath)
	}
	if strings.ContainsRune(path, 0) {
		return fmt.Errorf("%q is not a path", path)
	}
	return nil
}

func checkHostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return err
	}
	if host == "" {
		return fmt.Errorf("no host")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q is not a port from 1 to 65535", port)
	}
	return nil
}
