package vmbhyve

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A stamp tells whether a file was written since.
type stamp struct {
	size     int64
	modified time.Time
}

// noTime is none.
var noTime time.Time

// stampOf returns the stamp of a file. Its time has no zone, so that two of them can be compared.
func stampOf(s freebsd.Stat) stamp { return stamp{size: s.Size, modified: s.Modified.UTC()} }

// errOutside is the error of a file to which a symbolic link leads out of its datastore.
var errOutside = errors.New("a symbolic link leads out of the datastore")

// errIrregular is the error of what should be a file and is something else, which may block who reads it.
var errIrregular = errors.New("not a regular file")

// inside returns what is told of a regular file below root, of which all symbolic links are followed.
func (r *Reader) inside(root, name string) (freebsd.Stat, error) {
	stat, err := r.system.Stat(name)
	if err != nil {
		return stat, err
	}
	if !strings.HasPrefix(stat.Path, strings.TrimSuffix(root, pathSeparator)+pathSeparator) {
		return stat, fmt.Errorf("file %q: %w", name, errOutside)
	}
	if !stat.Mode.IsRegular() {
		return stat, fmt.Errorf("file %q: %w", name, errIrregular)
	}
	return stat, nil
}
