package cbsd

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// stateTime is how CBSD writes a time, in the host's time zone.
const stateTime = "2006-01-02 15:04:05"

// parseGuests reads the rows of the host's virtual machines. One that makes no sense is left out, and the error says so.
func parseGuests(rows [][]string, s Setup, zone *time.Location) ([]Guest, error) {
	var guests []Guest
	var errs []error
	for _, row := range rows {
		g, err := parseGuest(row, s, zone)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		guests = append(guests, g)
	}
	return guests, errors.Join(errs...)
}

// parseGuest reads one row of guestColumns.
func parseGuest(row []string, s Setup, zone *time.Location) (Guest, error) {
	name, jid, status, astart, maintenance, since, data := row[0], row[1], row[2], row[3], row[4], row[5], row[6]
	if !quotable(name) {
		return Guest{}, fmt.Errorf("virtual machine %.40q has a name that cannot be used", name)
	}
	g := Guest{Name: name, PID: parsePID(jid), Status: parseStatus(status), AutoStart: astart == "1", Dir: s.dir(name)}
	if g.Status == Maintenance {
		g.Doing = valued(maintenance)
	}
	g.Since = parseTime(since, zone)
	if path.IsAbs(data) {
		g.Data = path.Clean(data)
	}
	return g, nil
}

// parsePID reads the number of a process, which is 0 if there is none.
func parsePID(s string) int {
	const wide = 31
	n, err := strconv.ParseUint(s, 10, wide)
	if err != nil {
		return 0
	}
	return int(n)
}

// parseStatus reads the number of a status.
func parseStatus(s string) Status {
	n, err := strconv.Atoi(s)
	if err != nil || Status(n) < Off || Status(n) > Maintenance {
		return Unknown
	}
	return Status(n)
}

// parseTime reads a time that CBSD wrote: as text, or as the seconds since 1970. Some of its commands write neither but the
// expression that was to tell the time, which is not known then, and zero.
func parseTime(s string, zone *time.Location) time.Time {
	if at, err := time.ParseInLocation(stateTime, s, zone); err == nil {
		return at
	}
	const narrow = 40
	seconds, err := strconv.ParseUint(s, 10, narrow)
	if err != nil || seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).In(zone)
}

// parseSettings reads one row of settingColumns.
func parseSettings(row []string) Config {
	return Config{
		CPUs: int(parseCount(row[0])), Memory: parseCount(row[1]),
		OSType: valued(row[2]), OSProfile: valued(row[3]), UUID: valued(row[4]), CPUSet: valued(row[5]),
	}
}

// parseCount reads a number, which is 0 if it is none.
func parseCount(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// parseDisks reads rows of diskColumns. A path that does not begin at the root begins at data; without that its disk is left out,
// and the error says so.
func parseDisks(rows [][]string, data string) ([]Disk, error) {
	var disks []Disk
	var errs []error
	for _, row := range rows {
		d := Disk{Controller: valued(row[0]), Path: valued(row[1]), ReadOnly: isSet(row[2])}
		if d.Path == "" || !path.IsAbs(d.Path) && data == "" {
			errs = append(errs, fmt.Errorf("disk %.40q is in no directory that is known", d.Path))
			continue
		}
		if !path.IsAbs(d.Path) {
			d.Path = path.Join(data, d.Path)
		}
		disks = append(disks, d)
	}
	return disks, errors.Join(errs...)
}

// isSet reports whether a value says yes.
func isSet(s string) bool {
	return s == "1" || strings.EqualFold(s, "true") || strings.EqualFold(s, "yes")
}

// parseNICs reads rows of nicColumns.
func parseNICs(rows [][]string) ([]NIC, error) {
	var nics []NIC
	var errs []error
	for _, row := range rows {
		order, err := strconv.ParseUint(row[0], 10, 16)
		if err != nil {
			errs = append(errs, fmt.Errorf("network interface with MAC address %.40q has no place", row[2]))
			continue
		}
		nics = append(nics, NIC{Order: int(order), Driver: valued(row[1]), MAC: valued(row[2]), Parent: valued(row[3])})
	}
	return nics, errors.Join(errs...)
}
