package cbsd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A System is what is asked: the files and programs of a host, and its clock.
type System interface {
	freebsd.Files
	freebsd.Programs
	Clock() (freebsd.Clock, error)
}

// ErrUnread is the error if it is not known which virtual machines CBSD has.
var ErrUnread = errors.New("failed to read the list of CBSD")

const (
	// listPause is how long the answer of bls is good for: it is a shell script that takes a second of CPU time and more. Each time
	// that it fails it is left alone for twice as long, but not more often than maxDoublings.
	listPause    = 30 * time.Second
	maxDoublings = 4
	// patience is how often in turn the database may be busy, once it was read, before bls is asked instead.
	patience = 3
)

// A Reader reads virtual machines over and over. It may be used by several goroutines at once.
type Reader struct {
	system System

	mu sync.Mutex
	// worked says that the database could be read, and failures how often it could not since.
	worked   bool
	failures int
	list     listed
	// data is where the disks of each virtual machine are, as the database last had it, and configs, reaches and times are
	// what was last read of each, all by its directory.
	data    map[string]string
	configs map[string]configured
	reaches map[string]reached
	times   map[string]sinceSeen
	exits   exitsSeen
}

// A listed is what bls last said.
type listed struct {
	// due is the host's uptime from which on it may be asked again, and failed how often in turn it failed.
	due    time.Duration
	failed int
	guests []Guest
	err    error
}

// NewReader returns a Reader of the system.
func NewReader(s System) *Reader {
	return &Reader{
		system: s, data: map[string]string{}, configs: map[string]configured{}, reaches: map[string]reached{},
		times: map[string]sinceSeen{},
	}
}

// Guests reads the virtual machines of the host, in CBSD's order. It is ErrUnread if it is not known which there are. Any other
// error says what is not known nevertheless: rows that were left out, or that the database cannot be read and the answer is that
// of bls, which tells less and may be half a minute old.
func (r *Reader) Guests(ctx context.Context, s Setup) ([]Guest, error) {
	clock, err := r.system.Clock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnread, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	guests, err := r.fromDatabase(ctx, s, clock.Now.Location())
	if err != nil && guests == nil {
		guests, err = r.instead(ctx, s, clock.Up, err)
	}
	if errors.Is(err, ErrUnread) {
		return nil, err
	}
	errs := []error{err}
	for i := range guests {
		g := &guests[i]
		g.Saved, err = r.saved(ctx, *g, clock.Now.Location())
		if err != nil {
			errs = append(errs, fmt.Errorf("failed to tell whether virtual machine %q of CBSD was saved: %w", g.Name, err))
		}
	}
	r.forget(guests)
	return guests, errors.Join(errs...)
}

// forget lets go of all virtual machines but these.
func (r *Reader) forget(guests []Guest) {
	kept := map[string]bool{}
	for _, g := range guests {
		kept[g.Dir] = true
	}
	maps.DeleteFunc(r.data, func(dir, _ string) bool { return !kept[dir] })
	maps.DeleteFunc(r.configs, func(dir string, _ configured) bool { return !kept[dir] })
	maps.DeleteFunc(r.reaches, func(dir string, _ reached) bool { return !kept[dir] })
	maps.DeleteFunc(r.times, func(dir string, _ sinceSeen) bool { return !kept[dir] })
}

// fromDatabase asks the database. Without guests that are not nil the error is why it cannot be read.
func (r *Reader) fromDatabase(ctx context.Context, s Setup, zone *time.Location) ([]Guest, error) {
	rows, err := r.ask(ctx, queryGuests(s), s.database(), count(guestColumns))
	if err != nil && rows == nil {
		return nil, err
	}
	r.worked, r.failures = true, 0
	guests, odd := parseGuests(rows, s, zone)
	if guests == nil {
		guests = []Guest{}
	}
	for _, g := range guests {
		r.data[g.Dir] = g.Data
	}
	return guests, errors.Join(err, odd)
}

// ask asks a database, which has to be there: sqlcli would make an empty one. Without rows that are not nil the error is why there
// is no answer.
func (r *Reader) ask(ctx context.Context, c freebsd.Command, database string, columns int) ([][]string, error) {
	if _, err := r.system.Stat(database); err != nil {
		return nil, err
	}
	answer, err := r.system.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	rows, err := parseRows(answer, columns)
	if errors.Is(err, errIncomplete) {
		return nil, fmt.Errorf("file %q: %w", database, err)
	}
	if rows == nil {
		rows = [][]string{}
	}
	return rows, err
}

// instead asks bls since the database cannot be read, but not each time. A database that is busy for once is left to itself.
func (r *Reader) instead(ctx context.Context, s Setup, up time.Duration, why error) ([]Guest, error) {
	r.failures++
	if r.worked && r.failures < patience && errors.Is(why, errIncomplete) {
		return nil, fmt.Errorf("%w: %w", ErrUnread, why)
	}
	if up >= r.list.due {
		r.askList(ctx, s, up, why)
	}
	if errors.Is(r.list.err, ErrUnread) {
		return nil, r.list.err
	}
	guests := append([]Guest{}, r.list.guests...)
	for i := range guests {
		if data, ok := r.data[guests[i].Dir]; ok {
			guests[i].Data = data
		}
	}
	return guests, errors.Join(fmt.Errorf("failed to read the database of CBSD, bls tells less: %w", why), r.list.err)
}

// askList asks bls.
func (r *Reader) askList(ctx context.Context, s Setup, up time.Duration, why error) {
	text, err := r.system.Run(ctx, list())
	if err != nil {
		failed := min(r.list.failed+1, maxDoublings)
		r.list = listed{due: up + listPause<<failed, failed: failed, err: fmt.Errorf("%w: %w", ErrUnread, errors.Join(why, err))}
		return
	}
	guests, err := parseList(text, s)
	r.list = listed{due: up + listPause, guests: guests, err: err}
}
