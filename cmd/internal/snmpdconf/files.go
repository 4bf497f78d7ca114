package snmpdconf

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// maxFile is the most that is read of a file, in octets. snmpd.conf is some kilobytes.
const maxFile = 1 << 20

// files are the host's own. Their root is "/"; tests have another.
type files struct{ root string }

// read returns the text of a file. A FIFO or device is not waited for, and is an error.
func (f files) read(path string) (string, error) {
	if path == os.DevNull {
		return "", nil
	}
	file, err := os.OpenFile(f.path(path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%q is no file", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxFile {
		return "", fmt.Errorf("%q has more than %d octets", path, maxFile)
	}
	return string(text), nil
}

// list returns the names in a directory, in their order.
func (f files) list(path string) ([]string, error) {
	entries, err := os.ReadDir(f.path(path))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// glob returns the directories that match a pattern.
func (f files) glob(pattern string) []string {
	matches, err := filepath.Glob(f.path(pattern))
	if err != nil {
		panic("snmpdconf: pattern " + pattern)
	}
	for i, m := range matches {
		matches[i] = filepath.Join("/", m[len(filepath.Clean(f.root)):])
	}
	return matches
}

// link returns what a symbolic link says.
func (f files) link(path string) (string, error) { return os.Readlink(f.path(path)) }

func (f files) path(path string) string { return filepath.Join(f.root, path) }
