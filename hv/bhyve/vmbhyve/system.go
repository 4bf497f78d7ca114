package vmbhyve

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// defaultDatastore is the name of the datastore of vm_dir.
const defaultDatastore = "default"

// What a datastore's place may begin with.
const (
	zfsPlace = "zfs:"
	isoPlace = "iso:"
	imgPlace = "img:"
)

// readSystem takes the datastores and switches of system.conf, which need not be there.
func (s *Setup) readSystem(f System, mounts []freebsd.Mount) {
	name := path.Join(s.Datastores[0].Path, configDir, "system.conf")
	stat, err := f.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var text []byte
	if err == nil {
		text, err = f.ReadFile(name)
	}
	if err != nil {
		s.troubled(&Unread{Err: err})
		return
	}
	if !settled(f, text, stat) {
		s.troubled(&Unread{Err: fmt.Errorf("file %q is being written", name)})
		if !finished(text) {
			text = text[:lastLine(text)]
		}
	}
	conf := ParseConf(text)
	for _, name := range strings.Fields(conf["datastore_list"]) {
		s.addDatastore(name, conf["path_"+name], mounts)
	}
	s.Switches = conf.switches()
}

// addDatastore adds one that system.conf names. Those that hold other things are left out, and those that are there already.
func (s *Setup) addDatastore(name, place string, mounts []freebsd.Mount) {
	known := slices.ContainsFunc(s.Datastores, func(d Datastore) bool { return d.Name == name })
	if known || place == "" || strings.HasPrefix(place, isoPlace) || strings.HasPrefix(place, imgPlace) {
		return
	}
	d, err := locate(name, place, mounts)
	if err != nil {
		s.troubled(&Unread{Datastore: name, Err: err})
		return
	}
	s.Datastores = append(s.Datastores, d)
}

// locate returns the datastore at a place: a directory, or where a dataset is mounted.
func locate(name, place string, mounts []freebsd.Mount) (Datastore, error) {
	if !plain(name) {
		return Datastore{}, errors.New("its name has a slash")
	}
	dataset, ok := strings.CutPrefix(place, zfsPlace)
	if !ok {
		if !path.IsAbs(place) {
			return Datastore{}, fmt.Errorf("%q is no directory from the root", place)
		}
		return Datastore{Name: name, Path: path.Clean(place)}, nil
	}
	for _, m := range mounts {
		if m.From == dataset {
			return Datastore{Name: name, Path: path.Clean(m.On), Dataset: dataset}, nil
		}
	}
	return Datastore{}, fmt.Errorf("dataset %q is not mounted", dataset)
}
