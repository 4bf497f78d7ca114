package cbsd

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// colour matches what makes a terminal change its colours.
var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// What bls says of a status. Behind "Maintenance:" is the reason.
const (
	sayOff         = "Off"
	sayOn          = "On"
	saySlave       = "Slave"
	sayMaintenance = "Maintenance"
	sayUnregister  = "Unregister"
)

// mebibyte is the unit of the memory that bls prints.
const mebibyte = 1 << 20

// parseList reads what "cbsd bls" prints: columns parted by blanks, those of listColumns unless a header names others. A row
// that makes no sense is left out, and the error says so. Virtual machines that are not registered on this host are left out as
// well, as they are not in its database either.
func parseList(text []byte, s Setup) ([]Guest, error) {
	columns := strings.Split(listColumns, ",")
	var guests []Guest
	var errs []error
	for line := range strings.Lines(colour.ReplaceAllString(string(text), "")) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if slices.Contains(fields, "JNAME") && slices.Contains(fields, "STATUS") {
			columns = strings.Split(strings.ToLower(strings.Join(fields, ",")), ",")
			continue
		}
		row, ok := assign(columns, fields)
		if !ok || !quotable(row["jname"]) {
			errs = append(errs, fmt.Errorf("row %.40q makes no sense", line))
			continue
		}
		if row["status"] != sayUnregister {
			guests = append(guests, parseListed(row, s))
		}
	}
	return guests, errors.Join(errs...)
}

// assign gives each column its field. The reason for a maintenance may be of several words.
func assign(columns, fields []string) (map[string]string, bool) {
	at, extra := slices.Index(columns, "status"), len(fields)-len(columns)
	if extra > 0 && at >= 0 && strings.HasPrefix(fields[at], sayMaintenance+":") {
		reason := strings.Join(fields[at:at+extra+1], " ")
		fields = slices.Concat(fields[:at], []string{reason}, fields[at+extra+1:])
	}
	if len(fields) != len(columns) {
		return nil, false
	}
	row := map[string]string{}
	for i, column := range columns {
		row[column] = unlisted(fields[i])
	}
	return row, true
}

// unlisted returns a value as the database has it: bls has a dash for some that are empty.
func unlisted(s string) string {
	if s == "-" || s == `\-` {
		return ""
	}
	return s
}

// parseListed reads one row.
func parseListed(row map[string]string, s Setup) Guest {
	name := row["jname"]
	g := Guest{Name: name, PID: parsePID(row["jid"]), AutoStart: row["astart"] == "1"}
	g.Dir, g.Data = s.dir(name), s.data(name)
	status, reason, _ := strings.Cut(row["status"], ":")
	switch status {
	case sayOff:
		g.Status = Off
	case sayOn:
		g.Status = On
	case saySlave:
		g.Status = Slave
	case sayMaintenance:
		g.Status, g.Doing = Maintenance, valued(reason)
	default:
		g.Status = Unknown
	}
	config := parseSettings([]string{
		row["vm_cpus"], row["vm_ram"], row["vm_os_type"], row["vm_os_profile"], row["uuid"], row["cpuset"],
	})
	if config.Memory > maxMebibytes {
		config.Memory = 0
	}
	config.Memory *= mebibyte
	g.Row = &config
	return g
}

// maxMebibytes are as many as an int64 counts in octets.
const maxMebibytes = 1<<63/mebibyte - 1
