package freebsd

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

// TestTranslate proves that the errors which callers tell apart are those that they know.
func TestTranslate(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]error{
		syscall.ESRCH: ErrNoProcess, syscall.ENOENT: fs.ErrNotExist, syscall.EPERM: fs.ErrPermission, syscall.EACCES: fs.ErrPermission,
		syscall.EIO: syscall.EIO,
	} {
		if err := translate(errno); !errors.Is(err, want) {
			t.Errorf("%v is %v, want %v", errno, err, want)
		}
	}
}
