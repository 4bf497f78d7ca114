package bhyve

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// libvirtDir is where libvirt's driver for bhyve notes what it runs: NAME.pid has the process, NAME.xml its state.
const libvirtDir = "/var/run/libvirt/bhyve"

// maxPID is the greatest number that a process has (PID_MAX in sys/proc.h).
const maxPID = 99999

// The files in it.
const (
	pidFile   = ".pid"
	stateFile = ".xml"
	// driverFile has the process of the driver itself (bhyveStateInitialize of src/bhyve/bhyve_driver.c). A virtual machine of that
	// name has a file with its state as any other.
	driverFile = "driver.pid"
)

// libvirts are the virtual machines that libvirt runs, or ran when it was killed: the process of each by its name, or 0 if that
// cannot be told.
type libvirts map[string]int

// readLibvirt reads what libvirt runs. A host without libvirt has none. The error is of files that cannot be read, the names are
// good nevertheless, unless the error is about all of them, and then they are nil.
func readLibvirt(files freebsd.Files) (libvirts, error) {
	names, err := files.ReadDir(libvirtDir)
	if errors.Is(err, fs.ErrNotExist) {
		return libvirts{}, nil
	}
	if err != nil {
		return nil, err
	}
	var (
		owned = libvirts{}
		errs  []error
	)
	for _, file := range names {
		if vm, ok := strings.CutSuffix(file, stateFile); ok && vm != "" {
			owned[vm] = max(owned[vm], 0)
			continue
		}
		vm, ok := strings.CutSuffix(file, pidFile)
		if !ok || vm == "" || file == driverFile {
			continue
		}
		pid, err := readPID(files, libvirtDir+"/"+file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it ended a moment ago
		}
		if err != nil {
			errs = append(errs, err)
		}
		owned[vm] = pid
	}
	return owned, errors.Join(errs...)
}

// readPID reads the file in which a process left its number.
func readPID(files freebsd.Files, path string) (int, error) {
	text, err := files.ReadFile(path)
	if err != nil {
		return 0, err
	}
	pid, ok := parsePID(string(text))
	if !ok {
		return 0, fmt.Errorf("%q has no number of a process in it", path)
	}
	return pid, nil
}

// parsePID reads the number of a process, with blanks around it.
func parsePID(text string) (pid int, ok bool) {
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	return pid, err == nil && pid > 0 && pid <= maxPID
}
