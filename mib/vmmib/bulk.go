package vmmib

import (
	"fmt"
	"slices"
	"time"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
)

// A window gathers the changes of one kind for one bulk notification.
type window struct {
	kind     *kind
	ends     time.Time
	affected affected
	changes  []uint64
}

// windows are those that are open, in the order of their ends.
type windows []*window

// add puts a change into the window of its kind. If there is none, it opens one that ends after the length; then it
// returns true. A window that is open ends when it was to end.
func (w *windows) add(k *kind, c *collector.Change, length time.Duration) bool {
	i := slices.IndexFunc(*w, func(w *window) bool { return w.kind == k })
	opens := i < 0
	if opens {
		i = w.open(&window{kind: k, ends: time.Now().Add(length)})
	}
	in := (*w)[i]
	in.affected.add(c.Index)
	in.changes = append(in.changes, c.Number)
	return opens
}

// open puts a new window in its place, which it returns: after those that end no later.
func (w *windows) open(n *window) int {
	i := len(*w)
	for i > 0 && (*w)[i-1].ends.After(n.ends) {
		i--
	}
	*w = slices.Insert(*w, i, n)
	return i
}

// due takes out the windows that end at that time or before.
func (w *windows) due(now time.Time) windows {
	n := 0
	for n < len(*w) && !(*w)[n].ends.After(now) {
		n++
	}
	due := (*w)[:n:n]
	*w = (*w)[n:]
	return due
}

// notification returns what a window has gathered.
func (w *window) notification(messageSize int) Notification {
	n := Notification{
		Notification: mib.Notification{ID: w.kind.bulk.id},
		Bulk:         true,
		Changes:      w.changes,
	}
	if !w.affected.fits(messageSize) {
		n.Err = fmt.Errorf("%s with index %d: %w of %d octets, which has room for %d",
			w.kind.bulk.name, w.affected.highest, ErrTooLarge, messageSize, MaxIndex(messageSize))
		return n
	}
	for _, o := range w.kind.bulk.objects { // vmAffectedVMs, the only one
		n.Objects = append(n.Objects, mib.Varbind{Name: o.Append(0), Value: w.affected.value()})
	}
	return n
}
