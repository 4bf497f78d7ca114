package bhyve

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The names of what is read, for the log.
const (
	cbsdSource       = "cbsd"
	cbsdTablesSource = "tables of cbsd"
	systemLogSource  = "system log"
)

// A cbsdBook reads what CBSD has written down.
type cbsdBook struct {
	sys      freebsd.System
	troubles *troubles
	reader   *cbsd.Reader
	guests   *keeping[[]cbsdGuest]
	bounds   bounds

	logs    *cbsd.Reader // apart, because a reader that hangs keeps all others waiting
	endings *patience[ending]
	life    context.Context

	mu sync.Mutex
	// workdir settles where it has its files, which is nowhere if it is not set up here.
	workdir settling[string]
	// uuids are what was read of each virtual machine last.
	uuids map[string]hv.UUID
}

// A cbsdGuest is a virtual machine as CBSD has it, with the one thing of its configuration that tells who it is.
type cbsdGuest struct {
	cbsd.Guest
	uuid hv.UUID
}

// A cbsdPage is what one look found in it.
type cbsdPage struct {
	guests []guest
	// unread says that CBSD is set up here and was never read.
	unread bool
}

// An ending is what the system's log tells of how a virtual machine last ended.
type ending struct {
	code  int
	known bool
}

func newCBSDBook(life context.Context, sys freebsd.System, t *troubles, b bounds) *cbsdBook {
	k := &cbsdBook{
		sys: sys, troubles: t, reader: cbsd.NewReader(sys), bounds: b, life: life,
		logs: cbsd.NewReader(sys), endings: newPatience[ending](life, b.files), uuids: map[string]hv.UUID{},
	}
	k.workdir.same = func(a, b string) bool { return a == b }
	k.guests = newKeeping(life, b.programs, func(ctx context.Context) ([]cbsdGuest, bool, error) {
		guests, err := k.take(ctx)
		return guests, guests != nil, err
	})
	return k
}

// get reads it all. What cannot be read is as it was last.
func (k *cbsdBook) get(ctx context.Context) cbsdPage {
	guests, fresh, err := k.guests.get(ctx)
	if ctx.Err() == nil {
		k.troubles.note(cbsdSource, err)
	}
	page := cbsdPage{unread: guests == nil}
	for _, g := range guests {
		page.guests = append(page.guests, guest{
			key: cbsdKey + g.Name, name: g.Name, uuid: g.uuid, autoStart: hv.AnswerOf(g.AutoStart), cbsd: &g.Guest,
			stale: !fresh || g.Row != nil, // what its list says, which is asked instead of the database, may be of a while ago
		})
	}
	return page
}

// installed says whether CBSD was set up here when that was last asked.
func (k *cbsdBook) installed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.workdir.current != ""
}

// take reads all virtual machines. Without an answer that is not nil nothing is known. A host without CBSD has none.
func (k *cbsdBook) take(ctx context.Context) ([]cbsdGuest, error) {
	setup, err := cbsd.ReadSetup(k.sys)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	k.mu.Lock()
	setup.Workdir = k.workdir.take(setup.Workdir)
	k.mu.Unlock()
	if setup.Workdir == "" {
		return k.keep([]cbsdGuest{}), nil
	}
	guests, err := k.reader.Guests(ctx, setup)
	if err != nil && (guests == nil || errors.Is(err, cbsd.ErrUnread)) {
		return nil, err
	}
	return k.keep(k.identify(ctx, guests)), summed(err)
}

// identify adds the UUIDs. They are asked of each virtual machine by itself, which takes a while at the first time, so that those that
// take too long are left for later.
func (k *cbsdBook) identify(ctx context.Context, guests []cbsd.Guest) []cbsdGuest {
	const share = 2 // of the time, for all of them
	ctx, cancel := context.WithTimeout(ctx, k.bounds.programs/share)
	defer cancel()
	var errs []error
	all := make([]cbsdGuest, 0, len(guests))
	for _, g := range guests {
		config, err := k.reader.Config(ctx, g)
		if err != nil {
			errs = append(errs, err)
		}
		uuid, _ := hv.ParseUUID(config.UUID) // what is no UUID is none
		all = append(all, cbsdGuest{Guest: g, uuid: k.uuid(g.Name, uuid, err)})
	}
	if k.life.Err() == nil {
		k.troubles.note(cbsdTablesSource, summed(errors.Join(errs...)))
	}
	return all
}

// uuid returns what was read of a virtual machine, or with an error what was read of it last.
func (k *cbsdBook) uuid(name string, now hv.UUID, err error) hv.UUID {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil && now.IsZero() {
		return k.uuids[name]
	}
	k.uuids[name] = now
	return now
}

// keep remembers who they are.
func (k *cbsdBook) keep(guests []cbsdGuest) []cbsdGuest {
	k.mu.Lock()
	defer k.mu.Unlock()
	uuids := make(map[string]hv.UUID, len(guests))
	for _, g := range guests {
		uuids[g.Name] = g.uuid
	}
	k.uuids = uuids
	return guests
}

// ending reads how a virtual machine last ended. Of one that the log does not tell of nothing is known.
func (k *cbsdBook) ending(ctx context.Context, name string) (ending, error) {
	return k.endings.ask(ctx, name, func(context.Context) (ending, error) {
		code, known, err := k.logs.LastExit(name)
		return ending{code: code, known: known}, err
	})
}

// exits returns what [scene] has of it. The log tells of no end that was followed by another start, so that the end that it tells is
// that of the last bhyve.
func (k *cbsdBook) exits(ctx context.Context, clock freebsd.Clock) func(string) (freebsd.WaitStatus, time.Time, bool) {
	return func(name string) (freebsd.WaitStatus, time.Time, bool) {
		e, err := k.ending(ctx, name)
		if ctx.Err() == nil {
			k.troubles.note(systemLogSource, err)
		}
		if err != nil || !e.known {
			return 0, time.Time{}, false
		}
		return freebsd.Exited(e.code), clock.Now, true
	}
}
