package bhyve

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The variables that tell of the host as a whole.
const (
	mediaVariable    = "kern.geom.conftxt"
	hostCPUsVariable = "hw.ncpu"
)

// maxHostCPUs is the highest number of CPUs that is believed of a host.
const maxHostCPUs = 1 << 12

// An environment is what the host tells of all virtual machines at once, as it is during one call. Each thing is asked once, only
// if it is needed, and by whoever needs it first. What cannot be had is missing, and what depends on it absent.
type environment struct {
	// stat tells of a file.
	stat func(path string) (freebsd.Stat, error)
	// links are the interfaces. They are not ok if they cannot be read.
	links func() (l links, ok bool)
	// traffic is what is counted of each of them.
	traffic func() map[string]freebsd.Traffic
	// volumes are the sizes of ZFS's volumes, taken what they use of their pools, and media the sizes of all disks, by
	// their names.
	volumes, taken, media func() map[string]int64
	// snapshots are what ZFS's snapshots use by themselves, by their names. They are not ok if they cannot be listed.
	snapshots func() (used map[string]int64, ok bool)
	// datasets are what ZFS counts of the datasets and volumes of a pool.
	datasets func(pool string) map[string]freebsd.DatasetIO
	// hostCPUs is the number of the host's CPUs, and pageSize what a page of its memory has in octets. Each is 0 if it is
	// not known.
	hostCPUs func() int
	pageSize func() int64
	// uptime is how long the host has been up.
	uptime func() hv.Opt[time.Duration]
}

// environment returns the environment of a call.
func (q *inquiry) environment(ctx context.Context) *environment {
	sys, t := q.sys, q.troubles
	e := &environment{}
	e.stat = func(path string) (freebsd.Stat, error) {
		return q.files.ask(ctx, path, func(context.Context) (freebsd.Stat, error) { return sys.Stat(path) })
	}
	e.links = sync.OnceValues(func() (links, bool) {
		text, err := q.output(ctx, "/sbin/ifconfig", "-a")
		return freebsd.ParseInterfaces(text), err == nil
	})
	e.traffic = sync.OnceValue(func() map[string]freebsd.Traffic {
		text, err := q.output(ctx, "/usr/bin/netstat", "-ibn", "--libxo", "json")
		if err != nil {
			return nil
		}
		traffic, err := freebsd.ParseTraffic(text)
		t.note("output of netstat", err)
		return traffic
	})
	e.volumes = sync.OnceValue(func() map[string]int64 {
		text, _ := q.output(ctx, "/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize")
		return freebsd.ParseSizes(text)
	})
	e.taken = sync.OnceValue(func() map[string]int64 {
		taken, _ := q.used(ctx, "volume")
		return taken
	})
	e.snapshots = sync.OnceValues(func() (map[string]int64, bool) { return q.used(ctx, "snapshot") })
	e.media = sync.OnceValue(func() map[string]int64 {
		// The kernel answers once it has tasted all disks, for which one of a server that is away may keep it.
		text, err := q.programs.ask(ctx, mediaVariable, func(context.Context) ([]byte, error) { return sys.Sysctl(mediaVariable) })
		if ctx.Err() == nil {
			t.note(mediaVariable, err)
		}
		return freebsd.ParseConftxt(text)
	})
	var mu sync.Mutex
	pools := map[string]func() map[string]freebsd.DatasetIO{}
	e.datasets = func(pool string) map[string]freebsd.DatasetIO {
		mu.Lock()
		read, ok := pools[pool]
		if !ok {
			read = sync.OnceValue(func() map[string]freebsd.DatasetIO { return q.datasets(ctx, pool) })
			pools[pool] = read
		}
		mu.Unlock()
		return read()
	}
	e.hostCPUs = sync.OnceValue(func() int {
		n, err := hostCPUs(sys)
		t.note(hostCPUsVariable, err)
		return n
	})
	e.pageSize = sync.OnceValue(func() int64 { return readPageSize(sys) })
	e.uptime = sync.OnceValue(func() hv.Opt[time.Duration] { return readUptime(sys) })
	return e
}

// hostCPUs reads the number of the host's CPUs. It is 0 with an error.
func hostCPUs(sys freebsd.Kernel) (int, error) {
	octets, err := sys.Sysctl(hostCPUsVariable)
	if err != nil {
		return 0, err
	}
	n, err := freebsd.DecodeUint32(octets)
	if err != nil {
		return 0, err
	}
	if n == 0 || n > maxHostCPUs {
		return 0, fmt.Errorf("%d is not a number of CPUs", n)
	}
	return int(n), nil
}

// volumeSize returns the size of a volume of ZFS, and takenSize what it uses of its pool.
func (e *environment) volumeSize(name string) hv.Opt[int64] { return sizeOf(e.volumes(), name) }
func (e *environment) takenSize(name string) hv.Opt[int64]  { return sizeOf(e.taken(), name) }

// mediumSize returns the size of a disk beneath /dev.
func (e *environment) mediumSize(name string) hv.Opt[int64] { return sizeOf(e.media(), name) }

// sizeOf returns the size of that name, if it is known.
func sizeOf(sizes map[string]int64, name string) hv.Opt[int64] {
	if n, ok := sizes[name]; ok {
		return hv.Some(n)
	}
	return hv.Opt[int64]{}
}
