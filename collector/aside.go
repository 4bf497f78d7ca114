package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	"go.uber.org/zap"
)

// Aside is in the names of the files that a [Store] has set aside, between that which they had and the time.
const Aside = ".aside-"

const (
	// newSuffix is after the name of a file that is not whole yet.
	newSuffix = ".new"
	// asideForm is the time in the name of a file that was set aside.
	asideForm = "20060102T150405.000000000Z"
)

// setAside gives a file of ours that cannot be used another name, which is logged with the reason.
func (s *Store) setAside(path string, reason error) error {
	name := path + Aside + time.Now().UTC().Format(asideForm)
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; set aside as %q: %w", reason, name, fs.ErrExist)
	}
	if err := os.Rename(path, name); err != nil {
		return fmt.Errorf("%w; set aside: %w", reason, err)
	}
	s.log.Error("file cannot be used and was set aside", zap.String("path", path), zap.String("as", name), zap.Error(reason))
	return syncDir(path)
}

// remakeMark makes a mark in place of one that is worn.
func (s *Store) remakeMark(worn error, highest int32) (*mark, error) {
	if err := s.setAside(s.markPath(), worn); err != nil {
		return nil, err
	}
	return makeMark(s.markPath(), highest)
}

// renew makes the state file once more, from what is remembered. Whatever is in its place is not ours.
func (s *Store) renew(m meta, records map[string]*record) error {
	if _, err := os.Lstat(s.path); !errors.Is(err, fs.ErrNotExist) {
		if err := s.setAside(s.path, errReplaced); err != nil {
			return err
		}
	}
	if err := s.make(m, records); err != nil {
		return err
	}
	s.log.Info("state file was written anew", zap.String("path", s.path))
	return nil
}

// make makes a state file where there is none. It is whole before it has its name: what a full disk cuts short is not taken
// for a damaged one later.
func (s *Store) make(m meta, records map[string]*record) error {
	part := s.path + newSuffix
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(part, storeMode, s.options())
	if err != nil {
		return fmt.Errorf("make state file %q: %w", s.path, err)
	}
	if err = putAll(db, m, records); err == nil {
		err = place(s.path)
	}
	if err != nil {
		db.Close()
		os.Remove(part)
		return fmt.Errorf("make state file %q: %w", s.path, err)
	}
	s.db = db
	return s.rest()
}

// place gives a file that is whole its name, path, and to the owner of the directory: a file that root left there once
// would be closed to vmond for ever.
func place(path string) error {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := os.Chown(path+newSuffix, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if err := os.Rename(path+newSuffix, path); err != nil {
		return err
	}
	return syncDir(path)
}

// syncDir brings the names beside path to disk.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
