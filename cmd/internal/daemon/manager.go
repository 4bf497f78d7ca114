package daemon

import (
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// A Manager is the service manager that the daemon runs under.
type Manager interface {
	// Notify tells it one or more assignments of sd_notify(3), separated by newlines.
	Notify(state string)
	// Watchdog returns how long it waits for a sign of life, or 0 if it does not.
	Watchdog() time.Duration
}

// What a manager is told.
const (
	ready    = daemon.SdNotifyReady
	stopping = daemon.SdNotifyStopping
	alive    = daemon.SdNotifyWatchdog
)

// status returns the assignment of a status text, which is one line.
func status(text string) string {
	return "STATUS=" + strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
}

// reloading returns the assignments of the beginning of a reload. systemd asks for the time, so as to tell two apart.
func reloading() string {
	return strings.TrimSuffix(daemon.SdNotifyReloading+"\n"+daemon.SdNotifyMonotonicUsec(), "\n")
}

// Systemd is the Manager that the environment names: NOTIFY_SOCKET and WATCHDOG_USEC. Without them it is nobody.
type Systemd struct {
	Log *zap.Logger
}

// Notify writes to the socket. That it cannot is logged, and nothing else: a daemon works on without a manager.
func (s Systemd) Notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.Log.Warn("failed to notify the service manager", zap.Error(err))
	}
}

// Watchdog returns the time of WatchdogSec= if it is meant for this process.
func (s Systemd) Watchdog() time.Duration {
	d, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.Log.Warn("failed to read the watchdog's time", zap.Error(err))
	}
	return d
}

// nobody is the Manager that there is not.
type nobody struct{}

func (nobody) Notify(string)           {}
func (nobody) Watchdog() time.Duration { return 0 }
