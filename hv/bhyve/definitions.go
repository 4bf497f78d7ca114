package bhyve

import (
	"context"
	"errors"
	"fmt"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// Definitions reads what each virtual machine is made of: what its manager has written down, and while it runs what its process
// was started with, as far as anybody still knows that. See [hv.Source].
func (s *Source) Definitions(ctx context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	return each(ctx, s, keys, s.definition, yield)
}

// definition reads one.
func (s *Source) definition(ctx context.Context, e *environment, st standing) (hv.Definition, error) {
	if d, ok := s.inventory.lately(&st); ok {
		return d, nil
	}
	m, err := s.inventory.read(ctx, &st)
	if err != nil {
		return hv.Definition{}, err
	}
	threads, err := livingThreads(s.sys, &st.guest)
	if err != nil {
		return hv.Definition{}, fmt.Errorf("virtual machine %q: %w", st.key, err)
	}
	d := hv.Definition{OSType: m.osType, CurMem: m.memory, MinMem: m.memory, MaxMem: m.memory, Run: hv.Some(st.run)}
	d.CPUs = e.cpus(s.sys, &st.guest, m, threads)
	if n := len(d.CPUs); n > 0 {
		d.CurCPUs = hv.Some(n)
	}
	d.MinCPUs, d.MaxCPUs = d.CurCPUs, d.CurCPUs // bhyve adds none to a guest and takes none away
	d.Disks = s.disks(ctx, e, &st.guest, m)
	d.NICs = e.nics(&st.guest, e.cards(&st.guest, m))
	if st.process != nil {
		d.Console = m.console
	}
	d.Started = s.starts.take(&st, s.sys)
	s.inventory.tell(&st, d)
	return d, nil
}

// disks describes the disks of a guest. The log is told of those that cannot be seen.
func (s *Source) disks(ctx context.Context, e *environment, g *guest, m makeup) []hv.Disk {
	var (
		disks []hv.Disk
		errs  []error
	)
	keys := driveKeys(m.drives)
	for i, d := range m.drives {
		place, err := locate(d, e.stat)
		if err != nil {
			errs = append(errs, fmt.Errorf("disk %q: %w", d.path, err))
		}
		disks = append(disks, d.disk(keys[i], place))
	}
	if ctx.Err() == nil {
		s.troubles.note(disksSource(g.key), summed(errors.Join(errs...)))
	}
	return disks
}

// livingThreads returns the threads of the guest's process. There are none without one, nor if it has ended by now.
func livingThreads(sys freebsd.Kernel, g *guest) (map[int]freebsd.Process, error) {
	if g.process == nil {
		return nil, nil
	}
	threads, err := readThreads(sys, *g.process)
	if errors.Is(err, freebsd.ErrNoProcess) || errors.Is(err, errReplaced) {
		return nil, nil
	}
	return vcpus(threads), err
}
