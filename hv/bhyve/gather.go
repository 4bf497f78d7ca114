package bhyve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// vmmDir is where there is a node for each virtual machine that the kernel holds.
const vmmDir = "/dev/vmm"

// The names of what is read, for the log.
const (
	argsSource         = argsVariable
	nodesSource        = vmmDir
	libvirtSource      = "libvirt"
	libvirtFilesSource = "files of libvirt"
)

// bounds are how long a reading may take before the look goes on without it.
type bounds struct {
	kernel, files, programs time.Duration
}

// defaultBounds are long next to what is measured: the files of a thousand virtual machines take 0.1 s.
func defaultBounds() bounds {
	return bounds{kernel: 5 * time.Second, files: 2 * time.Second, programs: 10 * time.Second}
}

// A scout finds what there is.
type scout struct {
	sys      freebsd.System
	troubles *troubles
	census   *census

	herds    reading[herd]
	nodes    *keeping[[]string]
	libvirts *keeping[libvirts]
	vmbhyve  *vmbhyveBook
	cbsd     *cbsdBook

	mu     sync.Mutex
	roster roster
	// settled are the virtual machines that are marked as running and do not, for that was found twice; each with its mark.
	settled map[string]string
}

// A herd is the processes that matter at one moment.
type herd struct {
	// clock is when they were read, by the clock that their starts are told by, and at by our own.
	clock   freebsd.Clock
	at      time.Time
	all     population
	running []running
	// err is why some of them cannot be told.
	err error
}

func newScout(life context.Context, sys freebsd.System, t *troubles, b bounds) *scout {
	s := &scout{sys: sys, troubles: t, census: newCensus(sys), settled: map[string]string{}}
	s.herds = reading[herd]{life: life, bound: b.kernel, read: func(context.Context) (herd, error) { return s.herd() }}
	s.nodes = newKeeping(life, b.files, func(context.Context) ([]string, bool, error) {
		names, err := readNodes(sys)
		return names, err == nil, err
	})
	s.libvirts = newKeeping(life, b.files, func(context.Context) (libvirts, bool, error) {
		owned, err := readLibvirt(sys)
		if owned != nil {
			t.note(libvirtFilesSource, err)
			err = nil
		}
		return owned, owned != nil, err
	})
	s.vmbhyve = newVMBhyveBook(life, sys, t, b)
	s.cbsd = newCBSDBook(life, sys, t, b)
	return s
}

// herd reads the processes, and the clock by which their starts are told: anew if somebody sets it meanwhile.
func (s *scout) herd() (h herd, err error) {
	for set := 1; ; set++ {
		before, _ := s.sys.Sysctl(bootVariable)
		if h.clock, err = s.sys.Clock(); err != nil {
			return herd{}, fmt.Errorf("read the clock: %w", err)
		}
		h.at = time.Now()
		if h.all, err = s.census.population(); err != nil {
			return herd{}, err
		}
		if after, _ := s.sys.Sysctl(bootVariable); bytes.Equal(before, after) || set == maxSets {
			break
		}
	}
	h.running, h.err = s.census.running(h.all)
	return h, nil
}

// readNodes lists /dev/vmm, which is not there while there is no virtual machine.
func readNodes(files freebsd.Files) ([]string, error) {
	names, err := files.ReadDir(vmmDir)
	if errors.Is(err, fs.ErrNotExist) {
		return []string{}, nil
	}
	return names, err
}

// maxTakes is how often a scene is taken that changes meanwhile.
const maxTakes = 3

// gather returns what there is. The error is that of ctx, or that the processes cannot be read, without which nothing is known;
// what else cannot be read is as it was last, and the log is told.
func (s *scout) gather(ctx context.Context) (scene, error) {
	if err := ctx.Err(); err != nil {
		return scene{}, err
	}
	doubts := map[string]string{}
	for take := 1; ; take++ {
		guests, h, err := s.take(ctx)
		if err != nil {
			return scene{}, err
		}
		sure, err := s.watchers(ctx, guests, doubts)
		if err != nil {
			return scene{}, err
		}
		if sure || take == maxTakes {
			return scene{clock: h.clock, at: h.at, guests: guests, exits: s.cbsd.exits(ctx, h.clock)}, nil
		}
	}
}

// take reads everything once. The processes and the nodes come first: what starts one writes that down before.
func (s *scout) take(ctx context.Context) ([]guest, herd, error) {
	h, err := s.herds.get(ctx)
	if err != nil {
		return nil, herd{}, err
	}
	nodes, _, err := s.nodes.get(ctx)
	s.note(ctx, argsSource, h.err)
	s.note(ctx, nodesSource, err)

	c := clues{running: h.running, nodes: nodes}
	var (
		wait sync.WaitGroup
		page vmbhyvePage
		cp   cbsdPage
	)
	wait.Go(func() { page = s.vmbhyve.get(ctx) })
	wait.Go(func() { cp = s.cbsd.get(ctx) })
	wait.Go(func() {
		var fresh bool
		var err error
		c.libvirt, fresh, err = s.libvirts.get(ctx)
		c.libvirtUnread = !fresh
		c.libvirtUnknown = c.libvirt == nil && !errors.Is(err, fs.ErrPermission) // what may never be read is not waited for
		s.note(ctx, libvirtSource, err)
	})
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, herd{}, err
	}
	c.vmbhyve, c.unread, c.unsure = page.guests, page.unread, page.unsure
	c.cbsd, c.cbsdUnread = cp.guests, cp.unread

	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roster.assemble(c), h, nil
}

// note tells the log how a reading went, unless nobody waited for it.
func (s *scout) note(ctx context.Context, source string, err error) {
	if ctx.Err() == nil {
		s.troubles.note(source, err)
	}
}
