package libvirt

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmond/vmond/hv"
)

// files are the host's own files that tell what libvirt does not. Their root is "/"; tests have another.
type files struct{ root string }

// read returns the text of a file without the space around it, or false if it cannot be read.
func (f files) read(path ...string) (string, bool) {
	text, err := os.ReadFile(f.path(path...))
	return strings.TrimSpace(string(text)), err == nil
}

// path returns the path of a file below the root.
func (f files) path(path ...string) string {
	return filepath.Join(append([]string{f.root}, path...)...)
}

// A boot is when the host was booted, and what tells that boot from all others.
type boot struct {
	at   hv.Opt[time.Time]
	life string
}

// boot reads when the host was booted (proc(5): uptime, sys/kernel/random/boot_id). What cannot be read is absent.
func (f files) boot(now func() time.Time) boot {
	var b boot
	if up, ok := f.uptime(); ok {
		b.at = hv.Some(now().Add(-up))
	}
	b.life, _ = f.read("proc/sys/kernel/random/boot_id")
	return b
}

// uptime returns the time since the host was booted.
func (f files) uptime() (time.Duration, bool) {
	text, ok := f.read("proc/uptime")
	if !ok {
		return 0, false
	}
	first, _, _ := strings.Cut(text, " ")
	up, err := time.ParseDuration(first + "s")
	return up, err == nil && up >= 0
}

// age returns how long ago something was that was that many ticks after the boot.
func (f files) age(ticks int64) hv.Opt[time.Duration] {
	up, ok := f.uptime()
	if !ok {
		return hv.Opt[time.Duration]{}
	}
	return hv.Some(max(up-time.Duration(ticks)*tick, 0))
}

// since returns when that was: as a distance from now, so that no step of the wall clock moves it. The clock is read
// beside the uptime: what is between the two would make it earlier.
func (f files) since(ticks int64, now func() time.Time) hv.Opt[time.Time] {
	age, ok := f.age(ticks).Get()
	if !ok {
		return hv.Opt[time.Time]{}
	}
	return hv.Some(now().Add(-age))
}
