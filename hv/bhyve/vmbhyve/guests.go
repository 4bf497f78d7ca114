package vmbhyve

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The files in the directory of a virtual machine. The rest of the first two is its name.
const (
	confSuffix  = ".conf"
	saveSuffix  = ".save"
	runLock     = "run.lock"
	suspendLock = "suspending.lock"
	logFile     = "vm-bhyve.log"
)

// configDir is the directory of vm-bhyve itself in vm_dir.
const configDir = ".config"

// hidden is what the names begin with that vm-bhyve passes over, as ls(1) does.
const hidden = "."

// datastore reads the virtual machines of one, and reports whether it could not be read at all.
func (r *Reader) datastore(d Datastore) (guests []Guest, unread bool, err error) {
	root, err := r.system.Stat(d.Path)
	if err != nil {
		return nil, true, &Unread{Datastore: d.Name, Err: err}
	}
	names, err := r.system.ReadDir(d.Path)
	if err != nil {
		return nil, true, &Unread{Datastore: d.Name, Err: err}
	}
	if err := r.mounted(d, names); err != nil {
		return nil, true, &Unread{Datastore: d.Name, Err: err}
	}
	var errs []error
	for _, name := range names {
		if strings.HasPrefix(name, hidden) || !plain(name) {
			continue
		}
		g, ok, err := r.guest(d, root.Path, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("failed to read virtual machine %q of datastore %q: %w", name, d.Name, err))
		}
		if ok {
			guests = append(guests, g)
		}
	}
	return guests, false, errors.Join(errs...)
}

// mounted tells a file system that is not mounted from one without virtual machines, where that can be told: vm_dir has always a
// directory for vm-bhyve itself, which cannot have gone alone.
func (r *Reader) mounted(d Datastore, names []string) error {
	there := slices.Contains(names, configDir)
	if r.own[d] && !there {
		return errGone
	}
	if d.Name == defaultDatastore && there {
		r.own[d] = true
	}
	return nil
}

// errGone is the error of a datastore that has lost what is always there.
var errGone = errors.New("it has no " + configDir + " any more, as if it were not mounted")

// guest reads what the files of a virtual machine tell, and reports whether there is one. With an error it is as it was last.
func (r *Reader) guest(d Datastore, root, name string) (Guest, bool, error) {
	dir := path.Join(d.Path, name)
	last := r.seen[dir]
	names, err := r.system.ReadDir(dir)
	if err != nil {
		return r.unlisted(dir, err)
	}
	if !slices.Contains(names, name+confSuffix) {
		return Guest{}, false, nil
	}
	conf, err := r.inside(root, path.Join(dir, name+confSuffix))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errIrregular) {
		return Guest{}, false, nil
	}
	if errors.Is(err, errOutside) {
		return Guest{}, false, err
	}
	now := seen{}
	if last != nil {
		now = *last
	}
	g := &now.guest
	g.Datastore, g.Name, g.Dir = d, name, dir
	if err == nil {
		// That it cannot be read is told by Config.
		_, _ = r.readConf(&now.conf, path.Join(dir, name+confSuffix), conf)
		g.Defined = now.conf.of.modified
	}
	g.Suspending, g.Saved = slices.Contains(names, suspendLock), slices.Contains(names, name+saveSuffix)
	lockErr := r.readLock(&now, root, slices.Contains(names, runLock))
	logErr := r.readLog(&now, root, slices.Contains(names, logFile))
	g.Stale = lockErr != nil && last != nil || logErr != nil && now.log != (stamp{})
	r.seen[dir] = &now
	return now.guest, true, errors.Join(err, lockErr, logErr)
}

// unlisted judges a directory that cannot be listed. It is nothing to us if it is none, or no more. If a virtual machine was
// there it is still.
func (r *Reader) unlisted(dir string, err error) (Guest, bool, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return Guest{}, false, nil
	}
	stat, statErr := r.system.Stat(dir)
	if statErr == nil && !stat.Mode.IsDir() || errors.Is(statErr, fs.ErrNotExist) {
		return Guest{}, false, nil
	}
	if last := r.seen[dir]; last != nil {
		g := last.guest
		g.Stale = true
		return g, true, err
	}
	return Guest{}, false, fmt.Errorf("%w: %w", ErrHidden, err)
}
