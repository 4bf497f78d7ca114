package agentx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// The permissions that a group needs: to connect to a socket is to write to it, and to pass a directory is to search it.
const (
	groupWrite  fs.FileMode = 0o020
	groupSearch fs.FileMode = 0o010
)

// permissionAdvice says what keeps this process from the socket at path, which group that belongs to, and what to do
// about it. net-snmp makes the directory for root alone unless agentXPerms is set (snmpd.conf(5)); it never gives the
// directory to a group, so only a mode for all lets that pass. It makes the socket when it starts, and at no HUP. A process
// has the groups that its user had when it was started.
func permissionAdvice(path string) string {
	const set = "set agentXPerms 0660 0755 USER GROUP in snmpd.conf, with snmpd's user and a group of this process, make a directory that is there already mode 0755, as snmpd leaves it alone, and restart snmpd, as a reload leaves the socket alone"
	place, need := obstacle(path)
	info, err := os.Stat(place)
	if err != nil {
		return set
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return set
	}
	group := groupName(st.Gid)
	mode := info.Mode().Perm()
	if mode&need != 0 {
		return fmt.Sprintf("%q is open to group %q (mode %#o): add the user of this process to it, and restart this process", place, group, mode)
	}
	return fmt.Sprintf("%q belongs to group %q and is closed to it (mode %#o): %s", place, group, mode, set)
}

// obstacle returns the first directory on the way to path that cannot be passed, or path itself.
func obstacle(path string) (string, fs.FileMode) {
	_, err := os.Lstat(path)
	if !errors.Is(err, fs.ErrPermission) {
		return path, groupWrite
	}
	dir := filepath.Dir(path)
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrPermission) {
			return dir, groupSearch
		}
		dir = filepath.Dir(dir)
	}
}

// groupName returns the name of a group, or its number if it has none.
func groupName(gid uint32) string {
	id := strconv.FormatUint(uint64(gid), 10)
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}
