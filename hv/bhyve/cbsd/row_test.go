package cbsd

import (
	"strings"
	"testing"
	"time"
)

func TestParseGuests(t *testing.T) {
	t.Parallel()
	const dir = "/usr/jails/jails-system/a"
	since := time.Date(2026, 8, 20, 9, 7, 55, 0, zone)
	tests := []struct {
		name, row string
		want      Guest
	}{
		{"off", "a|0|0|0|0|0|0", Guest{Name: "a", Dir: dir}},
		{"on", "a|42|1|1|0|2026-08-20 09:07:55|/d", Guest{Name: "a", Dir: dir, PID: 42, Status: On, AutoStart: true, Since: since, Data: "/d"}},
		{"elsewhere", "a|0|2|1|0|0|0", Guest{Name: "a", Dir: dir, Status: Slave, AutoStart: true}},
		{"stopping", "a|42|3|0|Stopping_VM|0|/d/", Guest{Name: "a", Dir: dir, PID: 42, Status: Maintenance, Doing: "Stopping_VM", Data: "/d"}},
		{"in maintenance without a reason", "a|42|3|0|0|0|0", Guest{Name: "a", Dir: dir, PID: 42, Status: Maintenance}},
		{"a reason that is left", "a|42|1|0|Stopping_VM|0|0", Guest{Name: "a", Dir: dir, PID: 42, Status: On}},
		{"unknown", "a|0|4|0|0|0|0", Guest{Name: "a", Dir: dir, Status: Unknown}},
		{"a status of another time", "a|0|9|0|0|0|0", Guest{Name: "a", Dir: dir, Status: Unknown}},
		{"no status", "a|0||0|0|0|0", Guest{Name: "a", Dir: dir, Status: Unknown}},
		{"a negative status", "a|0|-1|0|0|0|0", Guest{Name: "a", Dir: dir, Status: Unknown}},
		{"nothing else", "a||||||", Guest{Name: "a", Dir: dir, Status: Unknown}},
		{"a time in seconds", "a|0|0|0|0|1787209675|0", Guest{Name: "a", Dir: dir, Since: time.Unix(1787209675, 0)}},
		{"a time that was not worked out", "a|0|0|0|0|(strftime('%s','now'))|0", Guest{Name: "a", Dir: dir}},
		{"a process that cannot be", "a|-5|1|0|0|0|0", Guest{Name: "a", Dir: dir, Status: On}},
		{"a process that is too large", "a|99999999999|1|0|0|0|0", Guest{Name: "a", Dir: dir, Status: On}},
		{"disks nowhere", "a|0|0|0|0|0|jails-data/a-data", Guest{Name: "a", Dir: dir}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseGuests([][]string{strings.Split(tt.row, "|")}, setup, zone)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "virtual machines", []Guest{tt.want}, got)
		})
	}
	t.Run("names that cannot be used", func(t *testing.T) {
		t.Parallel()
		var rows [][]string
		for _, name := range []string{"", "..", "a'b", "a/b", "b", "a\x00"} {
			rows = append(rows, []string{name, "0", "0", "0", "0", "0", "0"})
		}
		got, err := parseGuests(rows, setup, zone)
		check(t, "virtual machines", []Guest{{Name: "b", Dir: "/usr/jails/jails-system/b"}}, got)
		if err == nil || strings.Count(err.Error(), "name that cannot be used") != len(rows)-1 {
			t.Errorf("unexpected error %v", err)
		}
	})
}

func TestParseConfig(t *testing.T) {
	t.Parallel()
	settings := []struct {
		name, row string
		want      Config
	}{
		{"all", "2|2147483648|linux|cloud-Debian-x86-12|9b2f6a44-7c72-11f0-9c1e-589cfc10d622|0-3", Config{
			CPUs: 2, Memory: 2 << 30, OSType: "linux", OSProfile: "cloud-Debian-x86-12", UUID: "9b2f6a44-7c72-11f0-9c1e-589cfc10d622", CPUSet: "0-3",
		}},
		{"none", "0|0|0|0|0|0", Config{}},
		{"empty", "|||||", Config{}},
		{"not numbers", "two|-1|0|0|0|0", Config{}},
		{"too large", "99999999999999999999|9223372036854775808|0|0|0|0", Config{}},
	}
	for _, tt := range settings {
		t.Run("settings "+tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "settings", tt.want, parseSettings(strings.Split(tt.row, "|")))
		})
	}
	disks := []struct {
		name, rows, data string
		want             []Disk
		odd              bool
	}{
		{"in its directory", "virtio-blk|dsk1.vhd|0", "/d", []Disk{{Controller: "virtio-blk", Path: "/d/dsk1.vhd"}}, false},
		{"elsewhere", "nvme|/dev/zvol/tank/a|1", "/d", []Disk{{Controller: "nvme", Path: "/dev/zvol/tank/a", ReadOnly: true}}, false},
		{"read only in words", "nvme|a|true\nnvme|b|false\nnvme|c|", "/d", []Disk{
			{Controller: "nvme", Path: "/d/a", ReadOnly: true}, {Controller: "nvme", Path: "/d/b"}, {Controller: "nvme", Path: "/d/c"},
		}, false},
		{"in a directory that is not known", "nvme|a|0\nnvme|/b|0", "", []Disk{{Controller: "nvme", Path: "/b"}}, true},
		{"no path", "nvme|0|0\nnvme||0", "/d", nil, true},
	}
	for _, tt := range disks {
		t.Run("disks "+tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseDisks(split(tt.rows), tt.data)
			check(t, "disks", tt.want, got)
			if (err != nil) != tt.odd {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
	nics := []struct {
		name, rows string
		want       []NIC
		odd        bool
	}{
		{"two", "0|vtnet|00:a0:98:14:71:00|bridge1\n1|e1000|0|auto", []NIC{
			{Driver: "vtnet", MAC: "00:a0:98:14:71:00", Parent: "bridge1"}, {Order: 1, Driver: "e1000", Parent: "auto"},
		}, false},
		{"without a place", "|vtnet|a|b\nx|vtnet|a|b\n-1|vtnet|a|b\n2|vtnet|0|0", []NIC{{Order: 2, Driver: "vtnet"}}, true},
	}
	for _, tt := range nics {
		t.Run("network interfaces "+tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseNICs(split(tt.rows))
			check(t, "network interfaces", tt.want, got)
			if (err != nil) != tt.odd {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}

// split returns rows without the one that ends them.
func split(text string) [][]string {
	var rows [][]string
	for line := range strings.SplitSeq(text, "\n") {
		rows = append(rows, strings.Split(line, "|"))
	}
	return rows
}
