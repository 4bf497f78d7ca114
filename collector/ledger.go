package collector

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
)

// quarantine is how long the index of a virtual machine that vanished is not given to another, so that whoever hears
// late of the old one does not take it for the new one.
const quarantine = time.Hour

// spareDepartures is how many more departures than twice the records are kept, before those that are void are dropped.
const spareDepartures = 64

// A ledger gives virtual machines their indices and remembers them. What it gave is not to be shown before commit.
type ledger struct {
	store   *Store // nil: remembered for the life of the process only
	meta    meta
	records map[string]*record
	absent  int // how many of the records are of virtual machines that do not exist
	highest int32
	gone    []departure     // in order of time; one whose virtual machine came back since is void
	dirty   map[string]bool // records that are not on disk as they are here; one that is not in records was deleted
	changed bool            // meta is not on disk as it is here

	continues bool // what is remembered is of the present life of the hypervisor

	failing bool       // the last write failed
	writing sync.Mutex // held while anything is written, so that what is later is written later
}

// A departure is a virtual machine that vanished, and when.
type departure struct {
	key string
	at  time.Duration
}

// newLedger reads all that the store has.
func newLedger(store *Store) (*ledger, error) {
	l := &ledger{store: store, records: map[string]*record{}, dirty: map[string]bool{}}
	if store == nil {
		return l, nil
	}
	m, records, err := store.load()
	if err != nil {
		return nil, err
	}
	l.meta, l.records = m, records
	for _, r := range records {
		r.saved, r.early = true, r.State.IsZero()
		if !r.exists() {
			l.absent++
		}
		l.highest = max(l.highest, r.Index)
	}
	l.highest = max(l.highest, store.mark.highest)
	l.queue()
	return l, nil
}

// begin tells the ledger which life of the hypervisor this is, and its uptime. The indices stay; what else is remembered
// is void if it is of another life, or if none can be told.
func (l *ledger) begin(life string, now time.Duration) {
	l.continues = life != "" && life == l.meta.Life
	if l.continues {
		return
	}
	l.meta = meta{Life: life}
	l.changed = true
	for key, r := range l.records {
		r.Admin, r.Run, r.StartedRun, r.Started = hv.AdminUnknown, 0, 0, hv.Opt[time.Duration]{}
		r.State, r.early = hv.Opt[hv.OperState]{}, true
		if !r.exists() {
			r.Gone = hv.Some(now)
		}
		l.dirty[key] = true
	}
	l.queue()
}

// queue makes the list of departures out of the records.
func (l *ledger) queue() {
	l.gone = nil
	for key, r := range l.records {
		if at, ok := r.Gone.Get(); ok {
			l.gone = append(l.gone, departure{key, at})
		}
	}
	slices.SortFunc(l.gone, func(a, b departure) int { return cmp.Compare(a.at, b.at) })
}

// take returns the record of a virtual machine that exists: its own if it ever had one, else with the index that has
// been free for longest if that is longer than the quarantine, else with a new one. It reports whether it existed at
// the last look that was committed.
func (l *ledger) take(key string, now time.Duration) (r *record, existed bool) {
	if r, ok := l.records[key]; ok {
		if r.exists() {
			return r, r.saved
		}
		l.absent--
		*r = record{Index: r.Index, Disks: r.Disks, NICs: r.NICs} // not saved: on disk it is still in quarantine
		l.dirty[key] = true
		return r, false
	}
	r = &record{Index: l.free(now)}
	if r.Index == 0 {
		l.highest++
		r.Index = l.highest
	}
	l.records[key] = r
	l.dirty[key] = true
	return r, false
}

// free returns the index that has been free for longest and takes it from the record that had it, or 0 if none has
// been free for the quarantine.
func (l *ledger) free(now time.Duration) int32 {
	for len(l.gone) > 0 && l.gone[0].at+quarantine <= now {
		d := l.gone[0]
		l.gone = l.gone[1:]
		r := l.records[d.key]
		if r == nil || r.Gone != hv.Some(d.at) {
			continue
		}
		delete(l.records, d.key)
		l.absent--
		l.dirty[d.key] = true
		return r.Index
	}
	return 0
}

// drop notes that a virtual machine vanished.
func (l *ledger) drop(key string, now time.Duration) {
	if l.records[key].exists() {
		l.absent++
	}
	l.records[key].Gone = hv.Some(now)
	l.gone = append(l.gone, departure{key, now})
	l.dirty[key] = true
	if len(l.gone) > spareDepartures+2*len(l.records) {
		l.queue() // most of them are void: no record is gone more than once
	}
}

// rename gives the record of one key, of a virtual machine that exists, to another key, of one that does not. What was remembered
// under that key is forgotten, and the index that was kept free with it is not given again. Both go to disk at once: one alone would
// have two keys have one index.
func (l *ledger) rename(old, key string) {
	if l.records[key] != nil {
		l.absent--
	}
	r := l.records[old]
	r.numbered = true
	l.records[key] = r
	delete(l.records, old)
	l.dirty[old], l.dirty[key] = true, true
}

// existing returns how many virtual machines existed at the last look.
func (l *ledger) existing() int { return len(l.records) - l.absent }

// unsaved reports whether anything is not on disk as it is here.
func (l *ledger) unsaved() bool { return len(l.dirty) > 0 || l.changed }

// touch notes that a record changed.
func (l *ledger) touch(key string) { l.dirty[key] = true }

// setLastChange notes when a virtual machine last appeared or vanished.
func (l *ledger) setLastChange(t hv.Opt[time.Duration]) {
	l.changed = l.changed || !l.meta.LastChange.Equal(t)
	l.meta.LastChange = t
}

// urgent reports whether indices are not on disk, which must be there before anybody sees them.
func (l *ledger) urgent() bool {
	for key := range l.dirty {
		if r := l.records[key]; r != nil && (!r.saved || r.numbered) {
			return true
		}
	}
	return false
}

// secure brings all to disk if anything of it is urgent.
func (l *ledger) secure() error {
	if !l.urgent() {
		return nil
	}
	return l.commit()
}

// commit brings all that changed to disk at once. If it fails nothing is lost: the next commit tries again.
func (l *ledger) commit() error {
	if !l.unsaved() {
		return nil
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	l.restore()
	if l.store != nil {
		records := make(map[string]*record, len(l.dirty))
		for key := range l.dirty {
			records[key] = l.records[key]
		}
		err := l.save(l.meta, records)
		if l.failing = err != nil; l.failing {
			return err
		}
	}
	for key := range l.dirty {
		if r := l.records[key]; r != nil {
			r.saved, r.numbered = true, false
		}
	}
	clear(l.dirty)
	l.changed = false
	return nil
}

// background takes out what changed, of which nothing is urgent. The function write brings it to disk, in any goroutine and
// exactly once; settle then tells the ledger, in its own, how that went.
func (l *ledger) background() (write func() error, settle func(error)) {
	l.writing.Lock()
	l.restore()
	m, keys, changed := l.meta, l.dirty, l.changed
	records := make(map[string]*record, len(keys))
	for key := range keys {
		records[key] = l.records[key].clone()
	}
	l.dirty, l.changed = map[string]bool{}, false
	write = func() error {
		defer l.writing.Unlock()
		if l.store == nil {
			return nil
		}
		return l.save(m, records)
	}
	settle = func(err error) {
		if l.failing = err != nil; l.failing {
			maps.Copy(l.dirty, keys)
			l.changed = l.changed || changed
		}
	}
	return write, settle
}

// restore sees to it that all is written if the file is lost. It is called while nothing is being written.
func (l *ledger) restore() {
	if l.store == nil || !l.store.lost() {
		return
	}
	for key := range l.records {
		l.dirty[key] = true
	}
}

// save writes to the store, which there is.
func (l *ledger) save(m meta, records map[string]*record) error {
	if err := l.store.save(m, records); err != nil {
		return fmt.Errorf("remember indices: %w", err)
	}
	return nil
}
