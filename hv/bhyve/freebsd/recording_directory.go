package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Vacant makes sure that [Recording.Save] could write into a directory: there is none yet, or it is empty and belongs to the user
// who asks. It changes nothing.
func Vacant(dir string) error {
	dir = filepath.Clean(dir)
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cannotTake(dir, err)
	}
	if err := own(info, os.Geteuid()); err != nil {
		return cannotTake(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return cannotTake(dir, err)
	}
	defer root.Close()
	return cannotTake(dir, empty(root))
}

// openVacant opens a directory that has nothing in it and to which nobody but this user may write from now on. It makes the
// directory if there is none, and then reports that.
func openVacant(dir string) (root *os.Root, made bool, err error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		made = true
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, false, cannotTake(dir, err)
	}
	// Whoever may write to the directory above could put another in its place at any time, which root is not to follow.
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, false, cannotTake(dir, err)
	}
	if err := own(info, os.Geteuid()); err != nil {
		return nil, false, cannotTake(dir, err)
	}
	root, err = os.OpenRoot(dir)
	if err != nil {
		return nil, false, cannotTake(dir, err)
	}
	if err := shut(root, info); err != nil {
		root.Close()
		return nil, false, cannotTake(dir, err)
	}
	return root, made, nil
}

// own returns an error if this is no directory of a user's.
func own(info fs.FileInfo, uid int) error {
	if info.Mode().Type() == fs.ModeSymlink {
		return errors.New("it is a symbolic link")
	}
	if !info.IsDir() {
		return errors.New("it is not a directory")
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("it cannot be told whose it is")
	}
	if int(stat.Uid) != uid {
		return fmt.Errorf("it belongs to user %d, and not to user %d, who records", stat.Uid, uid)
	}
	return nil
}

// shut keeps all others out of a directory, and makes sure that they have left nothing there before. One that is not empty is left
// as it is.
func shut(root *os.Root, info fs.FileInfo) error {
	now, err := root.Stat(".")
	if err != nil {
		return err
	}
	if !os.SameFile(info, now) {
		return errors.New("another was put in its place")
	}
	if err := empty(root); err != nil {
		return err
	}
	if err := root.Chmod(".", dirMode); err != nil {
		return err
	}
	return empty(root)
}

// empty returns an error if there is anything in a directory.
func empty(root *os.Root) error {
	there, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return notEmptyError{}
	}
	return nil
}

// A notEmptyError says that there is something in a directory. It is an fs.ErrExist.
type notEmptyError struct{}

// Error says so.
func (notEmptyError) Error() string { return "it is not empty" }

// Is reports whether target is what this error is.
func (notEmptyError) Is(target error) bool { return target == fs.ErrExist }

// cannotTake returns err with the directory that it is about, or nil if it is nil.
func cannotTake(dir string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the directory %q cannot take a recording: %w", dir, err)
}
