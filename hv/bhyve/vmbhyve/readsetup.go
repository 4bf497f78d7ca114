package vmbhyve

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// Services of rc(8).
const (
	service         = "vm"
	hostnameService = "hostname"
)

// ReadSetup reads what vm-bhyve is told of the host. Datasets are looked for among what is mounted. The error is fs.ErrNotExist
// if vm-bhyve is not set up here at all: no vm_dir is set. Any other is one without which no datastore is known. What can be
// left out is told in Setup.Trouble.
func ReadSetup(f System, mounts []freebsd.Mount) (Setup, error) {
	rc, err := freebsd.ReadRC(f, service)
	if err != nil {
		return Setup{}, err
	}
	place, err := rc.Get("vm_dir")
	if err != nil {
		return Setup{}, err
	}
	if place == "" {
		return Setup{}, fmt.Errorf("vm_dir is empty: %w", fs.ErrNotExist)
	}
	home, err := locate(defaultDatastore, place, mounts)
	if err != nil {
		return Setup{}, &Unread{Datastore: defaultDatastore, Err: err}
	}
	s := Setup{Datastores: []Datastore{home}}
	s.readRC(f, rc)
	s.readSystem(f, mounts)
	return s, nil
}

// readRC takes what rc.conf says besides.
func (s *Setup) readRC(f freebsd.Files, rc freebsd.RC) {
	enabled, err := rc.Get("vm_enable")
	s.troubled(err)
	s.Enabled = isYes(enabled)
	list, err := rc.Get("vm_list")
	s.troubled(err)
	s.AutoStart = strings.Fields(list)
	host, err := freebsd.ReadRC(f, hostnameService)
	if err != nil {
		s.troubled(err)
		return
	}
	s.Hostname, err = host.Get("hostname")
	if !errors.Is(err, freebsd.ErrComputed) { // which is no trouble, since the kernel knows the name as well
		s.troubled(err)
	}
}

// troubled notes an error that is no more than that something is not said.
func (s *Setup) troubled(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Trouble = append(s.Trouble, err)
	}
}

// isYes reports whether a variable of rc.conf is set to yes (checkyesno of rc.subr(8)).
func isYes(value string) bool {
	return slices.Contains([]string{"yes", "true", "on", "1"}, strings.ToLower(value))
}
