package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/vmond/vmond/cmd/internal/daemon"
)

const (
	// socketMode lets the group in, and nobody else.
	socketMode = 0o660
	// dirMode is that of the directory, if it has to be made.
	dirMode = 0o755
	// probeTimeout is how long a socket that is there may take to accept. Only a living process accepts at all.
	probeTimeout = time.Second
)

// listen makes the socket. One that a dead process left behind is replaced; that of a living one is an error.
func listen(path, group string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := makeWay(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", daemon.Denied(path, err))
	}
	if err := admit(path, group); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// makeWay makes sure that nothing is at path.
func makeWay(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("control socket %q is in the way: it is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, probeTimeout)
	if err == nil {
		conn.Close()
		return fmt.Errorf("control socket %q is in use: another vmond answers there", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("control socket %q is in the way: %w", path, daemon.Denied(path, err))
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

// admit gives the socket to the group. Until then nobody but the owner can connect: vmond's umask lets nobody else write.
func admit(path, group string) error {
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return fmt.Errorf("control socket: %w", err)
		}
		gid, err := strconv.Atoi(g.Gid)
		if err != nil {
			return fmt.Errorf("control socket: group %q has no number: %w", group, err)
		}
		if err := os.Chown(path, -1, gid); err != nil {
			return fmt.Errorf("failed to give control socket %q to group %q: vmond has to be a member of it: %w", path, group, err)
		}
	}
	return os.Chmod(path, socketMode)
}
