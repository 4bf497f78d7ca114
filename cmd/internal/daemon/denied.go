package daemon

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

// Denied returns an error that says what keeps this process from the socket at path, and which group might use it, if
// err says that it has no permission. Otherwise it returns err.
func Denied(path string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	place, info := barrier(path)
	if info == nil {
		return fmt.Errorf("no permission for socket %q: %w", path, err)
	}
	of := ""
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		of = fmt.Sprintf("group %q and ", groupName(st.Gid))
	}
	what := "it"
	if place != path {
		what = fmt.Sprintf("its directory %q", place)
	}
	return fmt.Errorf("no permission for socket %q: %s has %smode %04o: %w", path, what, of, info.Mode().Perm(), err)
}

// barrier returns what is there of path, from its end: the socket, or the last directory that can be seen. That one
// cannot be searched.
func barrier(path string) (string, fs.FileInfo) {
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

// groupName returns the name of a group, or its number if it has none.
func groupName(gid uint32) string {
	id := strconv.FormatUint(uint64(gid), 10)
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}
