package vmbhyve

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// logTail is how much of the end of a log is read, in octets: a start takes some 3 KiB.
const logTail = 64 << 10

// readLock reads who runs a virtual machine, if that was written since.
func (r *Reader) readLock(s *seen, root string, there bool) error {
	g := &s.guest
	var stat freebsd.Stat
	var err error
	if there {
		stat, err = r.inside(root, path.Join(g.Dir, runLock))
	}
	if !there || errors.Is(err, fs.ErrNotExist) {
		s.unlock()
		return nil
	}
	if err != nil || s.lock == stampOf(stat) {
		return err
	}
	text, err := r.system.ReadFile(path.Join(g.Dir, runLock))
	if errors.Is(err, fs.ErrNotExist) {
		s.unlock()
		return nil
	}
	if err != nil {
		return err
	}
	// Only the first line counts (vm::confirm_stopped of lib/vm-run), once it is there: the file is made before it is written. One in
	// which there is nothing a moment later is of a file system that had no room for it.
	host, _, whole := strings.Cut(string(text), "\n")
	whole = whole || settled(r.system, text, stat)
	if !whole && host == "" {
		s.unlock()
		return nil
	}
	g.Lock, g.Locked = host, stat.Modified
	s.lock = stamp{}
	if whole {
		s.lock = stampOf(stat)
	}
	return nil
}

// unlock notes that nobody runs a virtual machine.
func (s *seen) unlock() { s.lock, s.guest.Lock, s.guest.Locked = stamp{}, "", noTime }

// readLog reads what became of a virtual machine, if more was written since.
func (r *Reader) readLog(s *seen, root string, there bool) error {
	g := &s.guest
	if !there {
		s.log, g.Log = stamp{}, Log{}
		return nil
	}
	name := path.Join(g.Dir, logFile)
	stat, err := r.inside(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		s.log, g.Log = stamp{}, Log{}
		return nil
	}
	if err != nil || s.log == stampOf(stat) {
		return err
	}
	tail, err := r.system.Tail(name, logTail)
	if err != nil {
		return err
	}
	s.log, g.Log = stampOf(stat), ParseLog(tail)
	return nil
}
