package bhyve

import (
	"context"
	"fmt"
	"sync"

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
	// volumes are the sizes of ZFS's volumes, and media those of all disks, by their names.
	volumes, media func() map[string]int64
	// datasets are what ZFS counts of the datasets and volumes of a pool.
	datasets func(pool string) map[string]freebsd.DatasetIO
	// hostCPUs is the number of the host's CPUs, or 0.
	hostCPUs func() int
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
		return freebsd.ParseVolumes(text)
	})
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

// volumeSize returns the size of a volume of ZFS.
func (e *environment) volumeSize(name string) hv.Opt[int64] {
	if n, ok := e.volumes()[name]; ok {
		return hv.Some(n)
	}
	return hv.Opt[int64]{}
}

// mediumSize returns the size of a disk beneath /dev.
func (e *environment) mediumSize(name string) hv.Opt[int64] {
	if n, ok := e.media()[name]; ok {
		return hv.Some(n)
	}
	return hv.Opt[int64]{}
}
