package bhyve

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A ground is the file system that a datastore is on, as it was read then.
type ground struct {
	mount freebsd.Mount
	then  time.Time
}

// errElsewhere is why a datastore that had virtual machines and has none now is not believed to have lost them.
var errElsewhere = errors.New("it is empty, and what is mounted there is not what was")

// missed takes over which virtual machines are here, in a datastore that was there before they were read, and returns those that are
// not found any more and of which that is not believed yet: an editor that writes a definition anew takes it away first. That the last
// of them are gone is believed only if the file system is still the one on which they were, as it was asked since. With an error
// nothing is known.
func (d *datastore) missed(here []defined, there ground) (away []defined, err error) {
	switch {
	case len(here) > 0:
		d.mount = there.mount
	case len(d.known) > 0 && d.mount != there.mount:
		clear(d.since)
		return nil, errElsewhere
	}
	known, since := make(map[string]defined, len(here)), map[string]time.Time{}
	for _, g := range here {
		known[g.Name] = g
	}
	now := time.Now()
	for name, g := range d.known {
		if _, ok := known[name]; ok {
			continue
		}
		began, ok := d.since[name]
		if !ok {
			began = now
		}
		if now.Sub(began) >= settlingTime && (len(here) > 0 || there.then.After(began)) {
			continue
		}
		since[name] = began
		g.Stale = true
		away = append(away, g)
	}
	for _, g := range away {
		known[g.Name] = g
	}
	d.known, d.since = known, since
	slices.SortFunc(away, func(a, b defined) int { return cmp.Compare(a.Name, b.Name) })
	return away, nil
}

// unmoved returns those of the guests that are away of which none here has the UUID: one that has is that virtual machine under its
// new name, or in its new datastore.
func unmoved(away, here []guest) []guest {
	return slices.DeleteFunc(slices.Clone(away), func(a guest) bool {
		return !a.uuid.IsZero() && slices.ContainsFunc(here, func(h guest) bool { return h.uuid == a.uuid })
	})
}
