package freebsd

import (
	"errors"
	"syscall"
)

// translate has an error of a system call be the one that callers know. Those of files are it already: ENOENT is fs.ErrNotExist,
// EACCES and EPERM are fs.ErrPermission.
func translate(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return ErrNoProcess
	}
	return err
}
