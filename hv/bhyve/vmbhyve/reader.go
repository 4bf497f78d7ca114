package vmbhyve

import (
	"errors"
	"sync"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A System is what is asked: the files of a host, and its clock.
type System interface {
	freebsd.Files
	Clock() (freebsd.Clock, error)
}

// A Reader reads virtual machines over and over, and reads again only what was written since. It may be used by several
// goroutines at once.
type Reader struct {
	system System

	mu sync.Mutex
	// seen is what was last read, by the directory of the virtual machine.
	seen map[string]*seen
	// own are the datastores in which the directory of vm-bhyve itself was found.
	own map[Datastore]bool
}

// A seen is what was last read of a virtual machine.
type seen struct {
	guest Guest
	// log is the vm-bhyve.log that guest.Log is of, and lock the run.lock that guest.Lock is of.
	log, lock stamp
	conf      confSeen
}

// NewReader returns a Reader of the host's files.
func NewReader(s System) *Reader {
	return &Reader{system: s, seen: map[string]*seen{}, own: map[Datastore]bool{}}
}

// Guests reads the virtual machines of all datastores, in the order of the datastores and of the names in each. The error joins
// what went wrong: an Unread for each datastore of which nothing is known (see UnreadOf), and another for each virtual machine
// of which not all is known. The latter is among those returned nevertheless, as it was when it could last be read, unless there
// may be none: that is an ErrHidden.
func (r *Reader) Guests(s Setup) ([]Guest, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var guests []Guest
	var errs []error
	kept := map[string]bool{}
	for _, d := range s.Datastores {
		of, unread, err := r.datastore(d)
		if err != nil {
			errs = append(errs, err)
		}
		if unread {
			r.keep(kept, d)
		}
		for _, g := range of {
			kept[g.Dir] = true
		}
		guests = append(guests, of...)
	}
	for _, u := range UnreadOf(s.Trouble...) {
		r.keep(kept, Datastore{Name: u.Datastore})
	}
	for dir := range r.seen {
		if !kept[dir] {
			delete(r.seen, dir)
		}
	}
	return guests, errors.Join(errs...)
}

// keep has what was read of a datastore's virtual machines stay until it can be read again. Without a name it is that of all.
func (r *Reader) keep(kept map[string]bool, d Datastore) {
	for dir, s := range r.seen {
		if d.Name == "" || s.guest.Datastore.Name == d.Name {
			kept[dir] = true
		}
	}
}
