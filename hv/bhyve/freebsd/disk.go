package freebsd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

const (
	// maxFile is how long a file may be that is read whole. What hv/bhyve reads is written by people and shell scripts.
	maxFile = 1 << 20
	// statBlock is the unit of st_blocks (stat(2)), whatever the file system's blocks are.
	statBlock = 512
)

// A disk is the file system of this machine.
type disk struct{}

// ReadDir returns the names in a directory.
func (disk) ReadDir(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// ReadFile reads a regular file of at most 1 MiB. Anything else is an error.
func (disk) ReadFile(path string) ([]byte, error) {
	f, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	octets, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(octets) > maxFile {
		return nil, fmt.Errorf("the file %q is longer than %d octets", path, maxFile)
	}
	return octets, nil
}

// Tail reads the end of a regular file.
func (disk) Tail(path string, n int) ([]byte, error) {
	f, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(max(0, info.Size()-int64(n)), io.SeekStart); err != nil {
		return nil, err
	}
	// It may have grown since, and that is left for the next time.
	return io.ReadAll(io.LimitReader(f, int64(n)))
}

// openRegular opens a file for reading if it is a regular one. A FIFO must not have it wait for a writer, nor a device be opened, so
// it looks before it opens, and again at what it has opened.
func openRegular(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%q is no regular file", path)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err = f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%q is no regular file any more", path)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// Stat follows the symbolic links on the way, and then tells of what is there.
func (disk) Stat(path string) (Stat, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Stat{}, err
	}
	info, err := os.Lstat(real)
	if err != nil {
		return Stat{}, err
	}
	st := Stat{Path: real, Mode: info.Mode(), Size: info.Size(), Modified: info.ModTime()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		st.Allocated = sys.Blocks * statBlock
	}
	return st, nil
}
