package bhyve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// An inventory knows what virtual machines are made of.
type inventory struct {
	sys      freebsd.System
	troubles *troubles
	launches *launches
	written  *patience[makeup]
	reaches  *patience[cbsd.Reach]

	mu sync.Mutex
	// readers are those of what the managers have written down, one for each virtual machine: one that hangs keeps no other
	// waiting.
	readers map[string]readers
	// found is what each was found to be made of last, and told how that was told while it had a process.
	found map[string]found
	told  map[string]hv.Definition
	// texts are what the managers have written down, as it was read last.
	texts map[string]makeup
}

// readers are those of one virtual machine, of which it needs those of its manager.
type readers struct {
	vmbhyve *vmbhyve.Reader
	cbsd    *cbsd.Reader
	surveys *cbsd.Reader // apart, because a survey that hangs would keep the definition waiting
}

// A found is a makeup, and the stint that it is of.
type found struct {
	of stint
	makeup
}

// A stint is what a process does of a run. It is no less the same when somebody sets the clock, which moves the times at which the
// kernel says that processes were started.
type stint struct {
	run int64
	pid int // 0 without a process
}

func (s *standing) stint() stint {
	if s.process == nil {
		return stint{run: s.run}
	}
	return stint{s.run, s.process.PID}
}

func newInventory(life context.Context, sys freebsd.System, t *troubles) *inventory {
	return &inventory{
		sys:      sys,
		troubles: t,
		launches: newLaunches(),
		written:  newPatience[makeup](life, programBound),
		reaches:  newPatience[cbsd.Reach](life, programBound),
		readers:  map[string]readers{},
		found:    map[string]found{},
		texts:    map[string]makeup{},
		told:     map[string]hv.Definition{},
	}
}

// read returns what a virtual machine is made of: while it runs what its process was started with, where anybody still knows that,
// and else what is written down.
func (v *inventory) read(ctx context.Context, st *standing) (makeup, error) {
	m, err := v.written.ask(ctx, st.key, func(ctx context.Context) (makeup, error) { return v.writtenDown(ctx, &st.guest) })
	if m, err = v.keepWritten(ctx, st.key, m, err); err != nil {
		return makeup{}, fmt.Errorf("virtual machine %q: %w", st.key, err)
	}
	if o := v.started(st); o != nil {
		m = m.running(*o)
	}
	if st.process != nil && st.process.Jail != 0 {
		m = m.jailed()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found[st.key] = found{of: st.stint(), makeup: m}
	return m, nil
}

// keepWritten returns what is known of what is written down of a virtual machine, after it was read with that result. What may not be
// read, or never could, takes nothing away that others know: a virtual machine without it is one of which that much is not told. Else
// it is an error, so that what was told of it stays as it is, and is known to be old.
func (v *inventory) keepWritten(ctx context.Context, key string, m makeup, err error) (makeup, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil {
		v.texts[key] = m
		return m, nil
	}
	last, known := v.texts[key]
	if ctx.Err() != nil || known && !errors.Is(err, fs.ErrPermission) {
		return makeup{}, err
	}
	return last, nil
}

// last returns what read last returned for a virtual machine, if it was of the same process, or reads it. Between two processes of a
// run it is what the first had.
func (v *inventory) last(ctx context.Context, st *standing) (makeup, error) {
	v.mu.Lock()
	f, ok := v.found[st.key]
	v.mu.Unlock()
	if ok && (f.of == st.stint() || st.reboots()) {
		return f.makeup, nil
	}
	return v.read(ctx, st)
}

// reboots says that a virtual machine is between two processes, the guest being about to come back.
func (s *standing) reboots() bool { return s.run != 0 && s.process == nil && s.loader == nil }

// tell notes how a virtual machine that has a process was told.
func (v *inventory) tell(st *standing, d hv.Definition) {
	if st.process == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.told[st.key] = d
}

// lately returns how a virtual machine was told whose guest reboots: it has what it had before.
func (v *inventory) lately(st *standing) (hv.Definition, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	d, ok := v.told[st.key]
	return d, ok && st.reboots() && d.Run.Or(0) == st.run
}

// writtenDown returns what the guest's manager has written down. That is nothing of one that has no manager, or whose manager
// cannot be asked.
func (v *inventory) writtenDown(ctx context.Context, g *guest) (makeup, error) {
	switch {
	case g.vm != nil:
		c, err := v.reader(g.key).vmbhyve.Config(*g.vm)
		if err != nil {
			return makeup{}, err
		}
		m := makeupOfVMBhyve(g.vm, c)
		m.console = v.writtenConsole(ctx, g)
		return m, nil
	case g.cbsd != nil:
		c, err := v.reader(g.key).cbsd.Config(ctx, *g.cbsd)
		if errors.Is(err, cbsd.ErrOdd) {
			err = nil // which is told of all virtual machines that CBSD has (cbsdBook)
		}
		if err != nil && g.cbsd.Row == nil {
			return makeup{}, err
		}
		v.troubles.note(tablesSource(g.key), err) // without which its list tells of its CPUs and memory
		m := makeupOfCBSD(c)
		m.console = v.writtenConsole(ctx, g)
		return m, nil
	}
	return makeup{}, nil
}

// writtenConsole returns the console of a guest that runs as its manager has written it down. That it cannot be read is no
// trouble to anybody: it is one fact among many, which the process tells better where it is told at all.
func (v *inventory) writtenConsole(ctx context.Context, g *guest) hv.Opt[hv.Console] {
	switch {
	case g.process == nil:
		return hv.Opt[hv.Console]{}
	case g.vm != nil:
		at, _ := v.reader(g.key).vmbhyve.VNC(*g.vm)
		return consoleAt(at)
	}
	reach, _ := v.reader(g.key).cbsd.Reach(ctx, *g.cbsd)
	return consoleAt(reach.VNC)
}

// reader returns those of a virtual machine.
func (v *inventory) reader(key string) readers {
	v.mu.Lock()
	defer v.mu.Unlock()
	r, ok := v.readers[key]
	if !ok {
		r = readers{vmbhyve: vmbhyve.NewReader(v.sys), cbsd: cbsd.NewReader(v.sys), surveys: cbsd.NewReader(v.sys)}
		v.readers[key] = r
	}
	return r
}

// started returns what the process of a virtual machine was started with, or nil. vm-bhyve has it in its log, too, though not the name and
// not what bhyve does without being told.
func (v *inventory) started(st *standing) *options {
	if o := v.launches.options(v.sys, st); o != nil {
		return o
	}
	if st.process == nil || st.vm == nil || st.vm.Log.Exited || len(st.vm.Log.Args) == 0 {
		return nil
	}
	o := parseOptions(st.vm.Log.Args)
	o.set("name", st.name)
	o.whole = false
	return &o
}

// disksSource and tablesSource name what is read of a virtual machine, for the log.
func disksSource(key string) string  { return "disks of " + key }
func tablesSource(key string) string { return "tables of " + key }

// keep forgets all virtual machines but these.
func (v *inventory) keep(standings map[string]standing) {
	v.launches.keep(standings)
	v.mu.Lock()
	defer v.mu.Unlock()
	for key := range v.found {
		if _, ok := standings[key]; ok {
			continue
		}
		delete(v.found, key)
		delete(v.texts, key)
		v.troubles.forget(disksSource(key))
	}
	maps.DeleteFunc(v.told, func(key string, d hv.Definition) bool { return standings[key].run != d.Run.Or(0) })
	for key := range v.readers {
		if _, ok := standings[key]; ok {
			continue
		}
		delete(v.readers, key)
		v.troubles.forget(tablesSource(key))
	}
}
