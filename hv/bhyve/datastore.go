package bhyve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// A datastore is one of vm-bhyve's, which is read apart from the others: each may be on another file system, and that may hang.
type datastore struct {
	of     vmbhyve.Datastore
	sys    vmbhyve.System
	reader *vmbhyve.Reader
	stock  *keeping[*stock]
	// ground returns what a directory is on.
	ground func(dir string) ground

	// What follows belongs to who reads, which is one goroutine at a time.

	// known are those that are there, and those that are away, by their names; since is when each of the latter was first missed.
	known map[string]defined
	since map[string]time.Time
	// mount is what was mounted there when it last had any.
	mount freebsd.Mount
}

// A stock is what is in a datastore.
type stock struct {
	guests []defined
	// away are those that were there, and of which it is not believed yet that they are there no more.
	away []defined
	// partial says that there may be others, whose directories cannot be read.
	partial bool
}

// A defined is a virtual machine as vm-bhyve has it, with the one thing of its definition that tells who it is.
type defined struct {
	vmbhyve.Guest
	uuid hv.UUID
}

// newDatastore returns the datastore. It has a reader of its own, because a reader that hangs keeps all others waiting.
func newDatastore(life context.Context, sys vmbhyve.System, b bounds, of vmbhyve.Datastore, ground func(string) ground) *datastore {
	d := &datastore{of: of, sys: sys, reader: vmbhyve.NewReader(sys), ground: ground}
	d.stock = newKeeping(life, b.files, func(context.Context) (*stock, bool, error) {
		all, err := d.take()
		return all, all != nil, err
	})
	return d
}

// take reads all virtual machines. The error is one without which nothing is known if the answer is nil, and else of some of them,
// which are as they were.
func (d *datastore) take() (*stock, error) {
	there := d.there()
	guests, err := d.reader.Guests(vmbhyve.Setup{Datastores: []vmbhyve.Datastore{d.of}})
	if len(vmbhyve.UnreadOf(err)) > 0 {
		clear(d.since)
		return nil, err
	}
	var missing undefined
	all := &stock{guests: make([]defined, 0, len(guests)), partial: errors.Is(err, vmbhyve.ErrHidden)}
	for _, g := range guests {
		config, err := d.reader.Config(g)
		if err != nil {
			missing.add(g, err)
			all.guests = append(all.guests, defined{Guest: g, uuid: d.known[g.Name].uuid})
			continue
		}
		uuid, _ := hv.ParseUUID(config.UUID) // what is no UUID is none
		all.guests = append(all.guests, defined{Guest: g, uuid: uuid})
	}
	away, gone := d.missed(all.guests, there)
	if gone != nil {
		return nil, &vmbhyve.Unread{Datastore: d.of.Name, Err: gone}
	}
	all.away = away
	return all, errors.Join(summed(err), missing.err(len(guests)))
}

// there returns what it is on, once all symbolic links are followed.
func (d *datastore) there() ground {
	stat, err := d.sys.Stat(d.of.Path)
	if err != nil {
		return d.ground(d.of.Path) // which the reader will tell
	}
	return d.ground(stat.Path)
}

// maxTold is how many of the errors about single files are told.
const maxTold = 3

// summed returns an error that joins the first of the errors that err joins, and one that says how many more there are.
func summed(err error) error {
	all := leaves(err)
	if len(all) <= maxTold {
		return errors.Join(all...)
	}
	return errors.Join(append(all[:maxTold:maxTold], fmt.Errorf("and %d more like these", len(all)-maxTold))...)
}

// leaves returns the errors that err joins, as [errors.Join] does: what has a text of its own is one error.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	if plain := errors.Join(joined.Unwrap()...); plain == nil || plain.Error() != err.Error() {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}
