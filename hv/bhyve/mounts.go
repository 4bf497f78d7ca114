package bhyve

import (
	"context"
	"strings"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// mountCommand lists what is mounted (mount(8)).
func mountCommand() freebsd.Command { return freebsd.Command{Argv: []string{"/sbin/mount", "-p"}} }

const (
	// mountsAge is how long what is mounted is believed.
	mountsAge = time.Minute
	// mountsPause is the least time between two questions about it.
	mountsPause = 10 * time.Second
)

// remount reads what is mounted, if that is not known or was read a while ago, and says whether it did. That is earlier if
// something lacks, which may have been mounted since.
func (k *vmbhyveBook) remount(ctx context.Context, lacks bool) bool {
	age := mountsAge
	if lacks {
		age = mountsPause
	}
	k.mu.Lock()
	lately := !k.asked.IsZero() && time.Since(k.asked) < age
	k.mu.Unlock()
	if lately {
		return false
	}
	began := time.Now()
	mounts, fresh, err := k.mounts.get(ctx)
	if ctx.Err() != nil {
		return false
	}
	k.troubles.note(mountsSource, err)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mounted, k.asked = mounts, time.Now()
	if fresh {
		k.then = began
	}
	return fresh || len(mounts) > 0
}

// readMounts asks what is mounted.
func (k *vmbhyveBook) readMounts(ctx context.Context) (mounts []freebsd.Mount, known bool, err error) {
	text, err := k.sys.Run(ctx, mountCommand())
	return freebsd.ParseMounts(text), err == nil, err
}

// ground returns what a directory is on: the file system that is mounted nearest above it, and of several at one mount point the
// last.
func (k *vmbhyveBook) ground(dir string) ground {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := ground{then: k.then}
	for _, m := range k.mounted {
		if len(m.On) >= len(found.mount.On) && beneath(dir, m.On) {
			found.mount = m
		}
	}
	return found
}

// beneath says whether a path is that of a directory or of something in it.
func beneath(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}
