package freebsd

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// A Live system is the FreeBSD that vmond runs on. It is safe for concurrent use, and holds nothing open.
type Live struct {
	disk
	shell
	zone *time.Location
}

var _ System = (*Live)(nil)

// Open returns the FreeBSD that this is.
func Open() (*Live, error) { return &Live{zone: localZone(zoneFile, time.Now())}, nil }

// Clock reads both clocks, that of the time of day first.
func (l *Live) Clock() (Clock, error) {
	now := time.Now().In(l.zone)
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_UPTIME, &up); err != nil {
		return Clock{}, fmt.Errorf("failed to read how long the host has been up: %w", err)
	}
	return Clock{Now: now, Up: time.Duration(up.Nano())}, nil
}

// Devices opens devd's stream. It ends with ctx.
func (*Live) Devices(ctx context.Context) (io.ReadCloser, error) { return dialDevd(ctx, devdSocket) }
