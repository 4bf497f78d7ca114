package freebsd

import (
	"os"
	"strings"
	"time"
)

// zoneFile is where tzsetup(8) notes the name of the time zone that it has installed.
const zoneFile = "/var/db/zoneinfo"

// localZone returns the host's time zone by its name, so that a recording can tell it. Where that is not noted, or is not what the
// clocks go by now, it is just time.Local.
func localZone(file string, now time.Time) *time.Location {
	name, err := os.ReadFile(file)
	if err != nil {
		return time.Local
	}
	zone, err := time.LoadLocation(strings.TrimSpace(string(name)))
	if err != nil {
		return time.Local
	}
	_, there := now.In(zone).Zone()
	_, here := now.In(time.Local).Zone()
	if there != here {
		return time.Local
	}
	return zone
}
