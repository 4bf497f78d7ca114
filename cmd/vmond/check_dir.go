package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/collector"
)

// runtimeDir and stateDir are the directories that are made for vmond when it is started: by the unit of systemd
// (RuntimeDirectory and StateDirectory in dist/vmond.service), or by FreeBSD's script (dist/freebsd/port/files/vmond.in).
func runtimeDir() string { return filepath.Dir(config.DefaultControl()) }
func stateDir() string   { return config.Default().State.Dir }

// starter returns what starts vmond on an operating system.
func starter(goos string) string {
	if goos == "freebsd" {
		return "the rc.d script"
	}
	return "the unit"
}

// tryState finds out whether the store can be where it is to be.
func tryState(dir string) (string, error) {
	exists, err := tryDir(dir, stateDir())
	if err != nil {
		return "", err
	}
	if !exists {
		return dir + ": does not exist yet, can be made", nil
	}
	if err := tryFiles(dir); err != nil {
		return "", err
	}
	return dir + ": writable", nil
}

// tryFiles finds out whether what is kept there can be read and written. What vmond has set aside is of no interest.
func tryFiles(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, stateFile+"*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.Contains(file, collector.Aside) {
			continue
		}
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("without this file indices are lost, of which the user who runs vmond must be the owner: %w", err)
		}
		f.Close()
	}
	return nil
}

// tryDir finds out whether dir, or else the nearest directory above that there is, can be written, and reports whether
// dir exists. It makes a file there and removes it, since no mode tells all. The error says so if dir is the one that
// is made for vmond.
func tryDir(dir, given string) (exists bool, err error) {
	there := nearest(dir)
	err = tryWrite(there)
	if err != nil && there != dir && dir == given {
		const text = "%s: does not exist yet: %s makes it when it starts vmond, this user cannot: %w"
		err = fmt.Errorf(text, dir, starter(runtime.GOOS), err)
	}
	return there == dir, err
}

// nearest returns path, or what there is of it from its beginning.
func nearest(path string) string {
	for path != filepath.Dir(path) {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		path = filepath.Dir(path)
	}
	return path
}

// tryWrite makes a file in dir and removes it.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".vmond-check-*")
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", dir, pe.Err)
	}
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// tryGroup finds out whether this process may give the control socket to the group: root may give it to any, others to
// those that they are a member of (chown(2)). No name is no change.
func tryGroup(name string) error {
	if name == "" {
		return nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return fmt.Errorf("control.group: %w", err)
	}
	if os.Geteuid() == 0 {
		return nil
	}
	mine, err := os.Getgroups()
	if err != nil {
		return fmt.Errorf("control.group: %w", err)
	}
	for _, id := range append(mine, os.Getegid()) {
		if strconv.Itoa(id) == g.Gid {
			return nil
		}
	}
	return fmt.Errorf("control.group: this user is not a member of %q, so vmond cannot give it the socket", name)
}
