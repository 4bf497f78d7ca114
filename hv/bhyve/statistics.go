package bhyve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// Statistics reads the counters of each virtual machine. Those of its CPUs go on when its guest reboots, which takes another
// process; those of its volumes are ZFS's own, and go on for longer than it runs. See [hv.Source].
func (s *Source) Statistics(ctx context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	return each(ctx, s, keys, s.statistics, yield)
}

// statistics reads those of one.
func (s *Source) statistics(ctx context.Context, e *environment, st standing) (hv.Statistics, error) {
	m, err := s.inventory.last(ctx, &st)
	if err != nil {
		return hv.Statistics{}, err
	}
	stats := hv.Statistics{At: time.Now(), Run: hv.Some(st.run), Process: e.usage(st.process)}
	if err := s.consumption(&stats, st); err != nil {
		return hv.Statistics{}, fmt.Errorf("virtual machine %q: %w", st.key, err)
	}
	keys := driveKeys(m.drives)
	for i, d := range m.drives {
		place, _ := locate(d, e.stat)
		stats.Disks = append(stats.Disks, e.diskStats(keys[i], place, st.run != 0))
	}
	for _, n := range s.attached(e, &st, m) {
		stats.NICs = append(stats.NICs, e.nicStats(n))
	}
	return stats, nil
}

// attached returns the network interfaces as they are now, or were before the guest's reboot that is under way.
func (s *Source) attached(e *environment, st *standing, m makeup) []hv.NIC {
	if d, ok := s.inventory.lately(st); ok {
		return d.NICs
	}
	if st.process == nil {
		return nil
	}
	return e.nics(&st.guest, e.cards(&st.guest, m))
}

// consumption reads the CPU time that was used. Without a process, or if that ended a moment ago, it is what is known of those that
// the run has had.
func (s *Source) consumption(stats *hv.Statistics, st standing) error {
	if st.run == 0 {
		return nil
	}
	var (
		pid int
		now spent
	)
	if st.process != nil {
		threads, err := readThreads(s.sys, *st.process)
		switch {
		case err == nil:
			pid, now = st.process.PID, consumed(*st.process, threads)
		case !errors.Is(err, freebsd.ErrNoProcess) && !errors.Is(err, errReplaced):
			return err
		}
	}
	used := s.observer.credit(st.key, st.run, pid, now)
	if pid != 0 || used.total > 0 {
		stats.CPUTime = hv.Some(used.total)
	}
	stats.CPUs = cpuStats(used)
	return nil
}
