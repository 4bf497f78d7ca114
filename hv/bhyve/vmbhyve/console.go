package vmbhyve

import (
	"errors"
	"io/fs"
	"path"
)

// consoleFile is the file in which vm-bhyve writes down at each start how the consoles of a virtual machine are reached.
const consoleFile = "console"

// VNC returns where the frame buffer of a virtual machine that runs is reached, such as "0.0.0.0:5900". It is empty where
// there is none, or none is told.
func (r *Reader) VNC(g Guest) (string, error) {
	root, err := r.system.Stat(g.Datastore.Path)
	if err != nil {
		return "", err
	}
	name := path.Join(g.Dir, consoleFile)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err = r.inside(root.Path, name); err != nil {
		return "", unlessNone(err)
	}
	text, err := r.system.ReadFile(name)
	if err != nil {
		return "", unlessNone(err)
	}
	return ParseConf(text[:lastLine(text)])["vnc"], nil
}

// unlessNone returns the error, unless it says that there is no file.
func unlessNone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
