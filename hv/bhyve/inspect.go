package bhyve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A Finding is what one of the places that tell of virtual machines has, for people.
type Finding struct {
	// Source names the place.
	Source string
	// Found is what is there, such as "2 datastores with 12 virtual machines". It is empty if nothing is, or if that cannot be told.
	Found string
	// None is why nothing is there, such as "vm_dir is not in rc.conf", where that is known. Either it or Found is empty.
	None string
	// Lacks are what cannot be read there, and what to do about it. No two are alike.
	Lacks []string
}

// Inspect asks every place once, and returns what each has, in a fixed order. It takes as long as the slowest of them, and a little
// longer if that is one that tells which disks there are. What cannot be read is told in its Finding, and is no error: that is only
// the one of ctx, or that the Source is closed.
func (s *Source) Inspect(ctx context.Context) ([]Finding, error) {
	ctx, cancel, err := s.within(ctx)
	if err != nil {
		return nil, err
	}
	defer cancel()
	findings := newInspection(ctx, s.sys).findings()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return findings, nil
}

// An inspection asks what a look and the readings ask, but remembers nothing and leaves the log alone.
type inspection struct {
	ctx         context.Context // all of it is one call
	sys         freebsd.System
	troubles    *troubles
	scout       *scout
	environment *environment
	herd        herd // which processes found
}

func newInspection(ctx context.Context, sys freebsd.System) *inspection {
	t := newTroubles(zap.NewNop())
	i := &inspection{ctx: ctx, sys: sys, troubles: t, scout: newScout(ctx, sys, t, defaultBounds())}
	i.environment = newInquiry(ctx, sys, t).environment(ctx)
	return i
}

// The places that only the kernel knows.
const (
	processesPlace = "kern.proc"
	affinityPlace  = "cpuset"
	exitsPlace     = "kqueue"
)

// An asking is one place that is asked.
type asking struct {
	source string
	ask    func(*Finding)
}

// findings asks all at once, but for what needs to know what another found.
func (i *inspection) findings() []Finding {
	chains := [][]asking{
		{{processesPlace, i.processes}, {affinityPlace, i.affinity}, {exitsPlace, i.exits}},
		{{vmmDir, i.nodes}},
		{{vmbhyveSource, i.vmbhyve}, {"zfs", i.volumes}, {"kstat.zfs", i.datasets}},
		{{cbsdSource, i.cbsd}, {"syslog", i.systemLog}},
		{{"disks", i.disks}},
		{{libvirtSource, i.libvirt}},
		{{"interfaces", i.interfaces}},
		{{"devd", i.devices}},
	}
	found := make([][]Finding, len(chains))
	var wait sync.WaitGroup
	for n, chain := range chains {
		wait.Go(func() {
			for _, p := range chain {
				f := Finding{Source: p.source}
				p.ask(&f)
				found[n] = append(found[n], f)
			}
		})
	}
	wait.Wait()
	return slices.Concat(found...)
}

// has sets how many things there are, in words, or why there are none.
func (f *Finding) has(n int, text, none string) {
	if n == 0 {
		f.None = none
		return
	}
	f.Found = text
}

// lacks adds what the errors say, a line for each that they join.
func (f *Finding) lacks(errs ...error) {
	for _, err := range leaves(errors.Join(errs...)) {
		f.lack(strings.ReplaceAll(err.Error(), "\n", "; ") + f.advice(err))
	}
}

// lack adds a line, unless it is there.
func (f *Finding) lack(text string) {
	if !slices.Contains(f.Lacks, text) {
		f.Lacks = append(f.Lacks, text)
	}
}

// counted returns "1 thing" or "3 things".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// machines returns "1 virtual machine" or "3 virtual machines".
func machines(n int) string { return counted(n, "virtual machine", "virtual machines") }
