package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// ErrComputed is the error of a variable whose value only a shell can tell.
var ErrComputed = errors.New("computed by the shell")

// An RC is what rc.conf(5) sets, as far as that can be known without running it: the variables that are given a value outright.
type RC struct {
	values   map[string]string
	computed map[string]bool
}

// Get returns the value of a variable. Its error is fs.ErrNotExist if it is not set, and ErrComputed if it is, but not outright:
// from another variable or a command, or under a condition.
func (rc RC) Get(name string) (string, error) {
	if rc.computed[name] {
		return "", fmt.Errorf("variable %q: %w", name, ErrComputed)
	}
	value, ok := rc.values[name]
	if !ok {
		return "", fmt.Errorf("variable %q: %w", name, fs.ErrNotExist)
	}
	return value, nil
}

// set gives a variable its value, which takes the place of any before it.
func (rc *RC) set(name, value string) {
	rc.values[name] = value
	delete(rc.computed, name)
}

// blur makes a variable one whose value is not known.
func (rc *RC) blur(name string) {
	rc.computed[name] = true
	delete(rc.values, name)
}

// add has the other read after rc.
func (rc *RC) add(other RC) {
	for name := range other.computed {
		rc.blur(name)
	}
	for name, value := range other.values {
		rc.set(name, value)
	}
}

// rcFiles are what every script of rc(8) reads, in that order.
var rcFiles = [...]string{"/etc/rc.conf", "/etc/rc.conf.local"}

// rcDirs have a file, or a directory of files, for each service.
var rcDirs = [...]string{"/etc/rc.conf.d", "/usr/local/etc/rc.conf.d"}

// ReadRC reads rc.conf(5) as a service sees it: what all see, and what is for it alone, in the order in which rc.subr(8) does. A
// file that is not there sets nothing; one that cannot be read is an error, since what it sets would be wrong without it.
func ReadRC(f Files, service string) (RC, error) {
	rc := ParseRC(nil)
	for _, name := range rcFiles {
		if err := rc.read(f, name); err != nil {
			return RC{}, err
		}
	}
	for _, dir := range rcDirs {
		if err := rc.readService(f, path.Join(dir, service)); err != nil {
			return RC{}, err
		}
	}
	return rc, nil
}

// read has a file read after what was.
func (rc *RC) read(f Files, name string) error {
	text, err := f.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to read %q: %w", name, err)
	}
	rc.add(ParseRC(text))
	return nil
}

// readService reads what is for one service: a file, or all files of a directory.
func (rc *RC) readService(f Files, name string) error {
	stat, err := f.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to look at %q: %w", name, err)
	}
	if !stat.Mode.IsDir() {
		return rc.read(f, name)
	}
	names, err := f.ReadDir(name)
	if err != nil {
		return fmt.Errorf("failed to list %q: %w", name, err)
	}
	for _, file := range names {
		if err := rc.read(f, path.Join(name, file)); err != nil {
			return err
		}
	}
	return nil
}
