package bhyve

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// software is the name of the hypervisor.
const software = "bhyve"

const (
	// releaseVariable is what the kernel is, such as "14.3-RELEASE-p2", of which bhyve is a part.
	releaseVariable = "kern.osrelease"
	// bootVariable is when the host was booted, by its time of day.
	bootVariable = "kern.boottime"
	// bootMessages is written once, when the host is booted (rc.d/dmesg).
	bootMessages = "/var/run/dmesg.boot"
)

// freeBSDVersion is the identification of a release of FreeBSD (FREEBSD-MIB), below which major and minor version come.
func freeBSDVersion() []uint32 { return []uint32{1, 3, 6, 1, 4, 1, 2238, 4} }

// Host reads what FreeBSD tells of itself: bhyve has no version of its own. Its start is that of the host, because nothing tells
// when the kernel took up vmm(4).
func (s *Source) Host(ctx context.Context) (hv.Host, error) {
	ctx, cancel, err := s.within(ctx)
	if err != nil {
		return hv.Host{}, err
	}
	defer cancel()
	release, err := s.sys.Sysctl(releaseVariable)
	if err != nil {
		return hv.Host{}, fmt.Errorf("read %q: %w", releaseVariable, err)
	}
	h := hv.Host{Software: software, Version: freebsd.DecodeString(release)}
	if major, minor, ok := freebsd.ParseRelease(h.Version); ok {
		h.ObjectID = append(freeBSDVersion(), major, minor)
	}
	e := s.inquiry.environment(ctx)
	for n := range e.hostCPUs() {
		h.CPUs = append(h.CPUs, n)
	}
	now := time.Now()
	clock, err := s.sys.Clock()
	if err != nil {
		return hv.Host{}, fmt.Errorf("read the clock: %w", err)
	}
	h.Memory = readMemory(s.sys)
	b := s.boots.take(now, clock.Up, func() string { return e.life(s.sys) })
	h.Started, h.Life = hv.Some(b.at), b.life
	return h, ctx.Err()
}

// A boot is when the host was booted, and what tells that boot from all others.
type boot struct {
	at   time.Time // with a monotonic reading
	life string
}

// boots remember the host's present boot.
type boots struct {
	mu sync.Mutex
	// up is the greatest that the host's uptime has been, and last what was found then.
	up   time.Duration
	last boot
}

// sameBoot is how far apart two times of one boot may be, for they are worked out anew each time. A larger difference is a step of our
// clock against the host's, as after a sleep.
const sameBoot = time.Second

// take returns the boot of a host that has been up for so long by now. Its life is what find returns, but only once: while the
// uptime grows it is the same boot, whatever becomes of what told it.
func (b *boots) take(now time.Time, up time.Duration, find func() string) boot {
	b.mu.Lock()
	defer b.mu.Unlock()
	if up < b.up {
		b.last = boot{}
	}
	b.up = up
	if b.last.life == "" {
		b.last.life = find()
	}
	if at := now.Add(-up); b.last.at.IsZero() || at.Sub(b.last.at).Abs() >= sameBoot {
		b.last.at = at
	}
	return b.last
}

// life returns what tells the host's boot from all others: when the file of its messages was written. The time of day at which it
// was booted moves when somebody sets the clock, because the kernel works it out from that; so it is only the second best, and
// another life to a vmond that is started after that. It is empty if neither can be read.
func (e *environment) life(sys freebsd.Kernel) string {
	if st, err := e.stat(bootMessages); err == nil {
		return strconv.FormatInt(st.Modified.Unix(), 10)
	}
	octets, err := sys.Sysctl(bootVariable)
	if err != nil {
		return ""
	}
	at, err := freebsd.DecodeTime(octets)
	if err != nil {
		return ""
	}
	return "boottime " + strconv.FormatInt(at.Unix(), 10)
}
