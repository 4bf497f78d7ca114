package cbsd

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A Setup is where CBSD keeps its files.
type Setup struct {
	// Workdir is its working directory, such as "/usr/jails".
	Workdir string
}

// service is what CBSD is called in rc.conf(5).
const service = "cbsdd"

// ReadSetup reads cbsd_workdir of rc.conf(5). The error is fs.ErrNotExist if CBSD is not set up here.
func ReadSetup(f freebsd.Files) (Setup, error) {
	rc, err := freebsd.ReadRC(f, service)
	if err != nil {
		return Setup{}, err
	}
	workdir, err := rc.Get("cbsd_workdir")
	if err != nil {
		return Setup{}, err
	}
	if workdir == "" {
		return Setup{}, fmt.Errorf("cbsd_workdir is empty: %w", fs.ErrNotExist)
	}
	if !path.IsAbs(workdir) {
		return Setup{}, errors.New("cbsd_workdir is no directory from the root")
	}
	return Setup{Workdir: path.Clean(workdir)}, nil
}

// database is the file with the list of all virtual machines.
func (s Setup) database() string { return path.Join(s.Workdir, "var/db/local.sqlite") }

// dir is the directory of what CBSD keeps of a virtual machine.
func (s Setup) dir(name string) string { return path.Join(s.Workdir, "jails-system", name) }

// data is the directory of a virtual machine's disks, unless CBSD was told another.
func (s Setup) data(name string) string { return path.Join(s.Workdir, "jails-data", name+"-data") }

// tables is the file with the settings, disks and network interfaces of a virtual machine.
func (g Guest) tables() string { return path.Join(g.Dir, "local.sqlite") }
