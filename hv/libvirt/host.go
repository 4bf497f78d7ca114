package libvirt

import (
	"context"
	"errors"
	"fmt"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// maxHostCPUs is the highest number of CPUs that is believed of a host.
const maxHostCPUs = 1 << 16

// Host reads what libvirt says of the hypervisor. Its start is that of this host, because virtual machines outlive the
// daemon; on a remote host it is not told. Its CPUs are all that are present, online or not: their numbers are those
// that net-snmp gives the host's processors.
func (s *Source) Host(ctx context.Context) (hv.Host, error) {
	var h hv.Host
	var place near
	err := s.reading.do(ctx, "ConnectGetType", s.bounds.call, func(c *conn, l *lv.Libvirt) (err error) {
		place = c.near
		h.Software, err = l.ConnectGetType()
		return err
	})
	if err != nil {
		return hv.Host{}, err
	}
	if h.Version, err = s.version(ctx); err != nil {
		return hv.Host{}, err
	}
	cpus, err := s.hostCPUs(ctx)
	if err != nil {
		return hv.Host{}, err
	}
	for n := range cpus {
		h.CPUs = append(h.CPUs, n)
	}
	if h.Memory, err = s.memory(ctx); err != nil {
		return hv.Host{}, err
	}
	if place.host {
		b := s.hostBoot(time.Now)
		h.Started, h.Life = b.at, b.life
	}
	return h, nil
}

// version reads the hypervisor's version. Where the driver tells none, it is libvirt's own.
func (s *Source) version(ctx context.Context) (string, error) {
	var n uint64
	err := s.reading.do(ctx, "ConnectGetVersion", s.bounds.call, func(_ *conn, l *lv.Libvirt) (err error) {
		n, err = l.ConnectGetVersion()
		return err
	})
	if err == nil && n > 0 {
		return versionText(n), nil
	}
	if err != nil && !errors.Is(err, errUnsupported) {
		return "", err
	}
	err = s.reading.do(ctx, "ConnectGetLibVersion", s.bounds.call, func(_ *conn, l *lv.Libvirt) (err error) {
		n, err = l.ConnectGetLibVersion()
		return err
	})
	return versionText(n), err
}

// versionText takes apart the number that libvirt puts a version in: major * 1,000,000 + minor * 1,000 + release. For
// containers it is the kernel's.
func versionText(n uint64) string {
	const major, minor = 1_000_000, 1_000
	return fmt.Sprintf("%d.%d.%d", n/major, n/minor%minor, n%minor)
}

// hostCPUs returns the number of the host's CPUs that are present, or 0 if the driver cannot tell. It is asked once for
// each connection.
func (s *Source) hostCPUs(ctx context.Context) (int, error) {
	var known int
	err := s.reading.do(ctx, "NodeGetCPUMap", s.bounds.call, func(c *conn, l *lv.Libvirt) error {
		if known = c.hostCPUs(); known > 0 {
			return nil
		}
		_, _, n, err := l.NodeGetCPUMap(0, 0, 0)
		if err == nil && n > 0 && n <= maxHostCPUs {
			known = int(n)
			c.setHostCPUs(known)
		}
		return err
	})
	if errors.Is(err, errUnsupported) {
		return 0, nil
	}
	return known, err
}

// memory returns the RAM of the host. It is absent if the driver cannot tell.
func (s *Source) memory(ctx context.Context) (hv.Opt[int64], error) {
	n, err := s.memoryTotal(ctx)
	if errors.Is(err, errUnsupported) {
		n, err = s.memoryOfInfo(ctx)
	}
	if err != nil || n == 0 {
		return hv.Opt[int64]{}, unrefused(err)
	}
	return kibibytes(hv.Some(n)), nil
}

// memoryTotal asks for the memory of all the host's NUMA nodes, in KiB. libvirt wants to be told how many figures there are.
func (s *Source) memoryTotal(ctx context.Context) (total uint64, err error) {
	const all = int32(lv.NodeMemoryStatsAllCells)
	err = s.reading.do(ctx, "NodeGetMemoryStats", s.bounds.call, func(_ *conn, l *lv.Libvirt) error {
		_, count, err := l.NodeGetMemoryStats(0, all, 0)
		if err != nil {
			return err
		}
		figures, _, err := l.NodeGetMemoryStats(count, all, 0)
		for _, f := range figures {
			if f.Field == lv.NodeMemoryStatsTotal {
				total = f.Value
			}
		}
		return err
	})
	return total, err
}

// memoryOfInfo is memoryTotal for a driver without that. It has missed what was plugged in after the host was booted.
func (s *Source) memoryOfInfo(ctx context.Context) (n uint64, err error) {
	err = s.reading.do(ctx, "NodeGetInfo", s.bounds.call, func(_ *conn, l *lv.Libvirt) (err error) {
		_, n, _, _, _, _, _, _, err = l.NodeGetInfo()
		return err
	})
	return n, err
}

// sameBoot is how far two readings of one start may be apart. The difference is jitter; a larger one is a step, as
// after the host slept: our clock stands still meanwhile, the host's uptime does not.
const sameBoot = time.Second

// hostBoot returns when this host was booted. As it is worked out anew each time, it would move by some milliseconds;
// therefore the first one is kept for the host's life, or until it steps.
func (s *Source) hostBoot(now func() time.Time) boot {
	b := s.files.boot(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	same := b.life != "" && b.life == s.boot.life && b.at.Or(time.Time{}).Sub(s.boot.at.Or(time.Time{})).Abs() < sameBoot
	if !same {
		s.boot = b
	}
	return s.boot
}
