package bhyve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// What is asked of the host besides vm-bhyve's own files.
const hostnameVariable = "kern.hostname"

// The names of what is read, for the log.
const (
	vmbhyveSource = "vm-bhyve"
	mountsSource  = "mounts"
)

// A vmbhyveBook reads what vm-bhyve has written down.
type vmbhyveBook struct {
	life     context.Context
	sys      freebsd.System
	troubles *troubles
	bounds   bounds

	setups *keeping[setting]
	mounts *keeping[[]freebsd.Mount]

	mu       sync.Mutex
	settling settling[setting]
	// mounted is what was mounted as of then, when that could be read last. It was last asked for at asked.
	mounted     []freebsd.Mount
	then, asked time.Time
	stores      map[vmbhyve.Datastore]*datastore
}

// A vmbhyvePage is what one look found in it.
type vmbhyvePage struct {
	guests []guest
	// away are those that are not found any more in the one datastore that it is of, while that is not believed.
	away []guest
	// unread are the names of the datastores that were never read, or not wholly.
	unread []string
	// unsure says that there may be other datastores.
	unsure bool
}

func newVMBhyveBook(life context.Context, sys freebsd.System, t *troubles, b bounds) *vmbhyveBook {
	k := &vmbhyveBook{life: life, sys: sys, troubles: t, bounds: b, stores: map[vmbhyve.Datastore]*datastore{}}
	k.settling.same = sameSetting
	k.setups = newKeeping(life, b.files, k.readSetup)
	k.mounts = newKeeping(life, b.programs, k.readMounts)
	return k
}

// get reads it all. What cannot be read is as it was last.
func (k *vmbhyveBook) get(ctx context.Context) vmbhyvePage {
	setup, ok := k.latest(ctx)
	page := unknown(setup)
	if !ok {
		return page
	}
	stores := k.open(setup.Datastores)
	pages := make([]vmbhyvePage, len(stores))
	host := k.host()
	var wait sync.WaitGroup
	for i, store := range stores {
		wait.Go(func() { pages[i] = k.page(ctx, store, setup, setup.Datastores[i], host) })
	}
	wait.Wait()
	var here []guest
	for _, p := range pages {
		here = append(here, p.guests...)
	}
	starts := map[string]bool{}
	for _, p := range pages {
		for _, g := range slices.Concat(p.guests, unmoved(p.away, here)) {
			g.autoStart = autoStart(setup, g.name, starts[g.name])
			starts[g.name] = true
			page.guests = append(page.guests, g)
		}
		page.unread = append(page.unread, p.unread...)
	}
	return page
}

// unknown returns a page with the datastores that are not among those of the setup, because where they are cannot be told.
func unknown(setup vmbhyve.Setup) vmbhyvePage {
	var page vmbhyvePage
	for _, u := range vmbhyve.UnreadOf(setup.Trouble...) {
		known := slices.ContainsFunc(setup.Datastores, func(d vmbhyve.Datastore) bool { return d.Name == u.Datastore })
		switch {
		case u.Datastore == "":
			// What may never be read is not waited for.
			page.unsure = page.unsure || !errors.Is(u.Err, fs.ErrPermission) && len(setup.Datastores) == 1
		case !known:
			page.unread = append(page.unread, u.Datastore)
		}
	}
	return page
}

// latest returns the setup, and whether there is one. What it lacks now and had before it has still.
func (k *vmbhyveBook) latest(ctx context.Context) (vmbhyve.Setup, bool) {
	now, fresh, err := k.setups.get(ctx)
	lacks := !fresh || len(vmbhyve.UnreadOf(err)) > 0
	if (now.set || !fresh) && k.remount(ctx, lacks) {
		now, fresh, err = k.setups.get(ctx)
	}
	if ctx.Err() == nil {
		k.troubles.note(vmbhyveSource, summed(err))
	}
	if !fresh && !now.set && err != nil {
		return vmbhyve.Setup{Trouble: []error{&vmbhyve.Unread{Datastore: defaultDatastore, Err: err}}}, false
	}
	return now.Setup, now.set
}

// absent says that the error is that vm-bhyve is not set up here, and not that a datastore is not there.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) && len(vmbhyve.UnreadOf(err)) == 0 }

// defaultDatastore is the one that there always is, and mostly the only one.
const defaultDatastore = "default"

// readSetup reads the setup with what is mounted. That there is none is an answer. The error is of what it lacks.
func (k *vmbhyveBook) readSetup(context.Context) (now setting, known bool, err error) {
	k.mu.Lock()
	mounts := k.mounted
	k.mu.Unlock()
	setup, err := vmbhyve.ReadSetup(k.sys, mounts)
	if err != nil && !absent(err) {
		return setting{}, false, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now = setting{Setup: kept(setup, k.settling.current.Setup), set: err == nil}
	return k.settling.take(now), true, errors.Join(setup.Trouble...)
}

// open returns the datastores, and lets go of those that are no more.
func (k *vmbhyveBook) open(wanted []vmbhyve.Datastore) []*datastore {
	k.mu.Lock()
	defer k.mu.Unlock()
	var stores []*datastore
	for _, d := range wanted {
		if k.stores[d] == nil {
			k.stores[d] = newDatastore(k.life, k.sys, k.bounds, d, k.ground)
		}
		stores = append(stores, k.stores[d])
	}
	for d := range maps.Keys(k.stores) {
		if !slices.Contains(wanted, d) {
			delete(k.stores, d)
			k.troubles.forget(datastoreSource(d.Name))
		}
	}
	return stores
}

// datastoreSource names a datastore for the log.
func datastoreSource(name string) string { return fmt.Sprintf("%s datastore %q", vmbhyveSource, name) }

// host returns the host's name as the kernel has it.
func (k *vmbhyveBook) host() string {
	octets, err := k.sys.Sysctl(hostnameVariable)
	if err != nil {
		return ""
	}
	return freebsd.DecodeString(octets)
}

// page reads one datastore.
func (k *vmbhyveBook) page(ctx context.Context, d *datastore, setup vmbhyve.Setup, of vmbhyve.Datastore, host string) vmbhyvePage {
	stock, fresh, err := d.stock.get(ctx)
	if ctx.Err() == nil {
		k.troubles.note(datastoreSource(of.Name), err)
	}
	if stock == nil {
		return vmbhyvePage{unread: []string{of.Name}}
	}
	page := vmbhyvePage{}
	if stock.partial {
		page.unread = []string{of.Name}
	}
	found := func(g defined) guest {
		return guest{
			key: vmbhyveKey + of.Name + "/" + g.Name, name: g.Name, uuid: g.uuid,
			vm: &g.Guest, switches: setup.Switches, stale: !fresh || g.Stale,
			foreign: g.Lock != "" && g.Lock != setup.Hostname && g.Lock != host,
		}
	}
	for _, g := range stock.guests {
		page.guests = append(page.guests, found(g))
	}
	for _, g := range stock.away {
		page.away = append(page.away, found(g))
	}
	if len(stock.guests) == 0 && len(stock.away) > 0 {
		k.remount(ctx, true)
	}
	return page
}
