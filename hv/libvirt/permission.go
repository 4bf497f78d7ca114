package libvirt

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// permissionError says who may use the socket that we may not.
func permissionError(socket string, err error) error {
	barrier, info := barrierOf(socket)
	if info == nil {
		return fmt.Errorf("no permission for socket %q: %w", socket, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("no permission for socket %q: %w", socket, err)
	}
	group := strconv.FormatUint(uint64(st.Gid), 10)
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	if barrier != socket {
		return fmt.Errorf("no permission for socket %q: its directory %q belongs to group %q, mode %04o: %w",
			socket, barrier, group, info.Mode().Perm(), err)
	}
	return fmt.Errorf("no permission for socket %q: it belongs to group %q, mode %04o: %w",
		socket, group, info.Mode().Perm(), err)
}

// barrierOf returns the socket, or the directory above it that does not let us see it.
func barrierOf(path string) (string, os.FileInfo) {
	for {
		if info, err := os.Stat(path); err == nil {
			return path, info
		}
		above := filepath.Dir(path)
		if above == path {
			return path, nil
		}
		path = above
	}
}
