package cbsd

import (
	"strings"
	"testing"
)

func TestParseList(t *testing.T) {
	t.Parallel()
	check(t, "colours", "a b c", colour.ReplaceAllString("\x1b[0m\x1b[1;37ma b \x1b[mc", ""))
	got, err := parseList(text(t, "bls/bls.collector.txt"), setup)
	check(t, "virtual machines", wantListed(), got)
	check(t, "error", nil, err)

	// With the columns of people there is less in it.
	people := func(statuses ...Status) []Guest {
		guests := wantListed()[:len(statuses)]
		for i := range guests {
			g := &guests[i]
			g.Status, g.AutoStart, g.Row.OSProfile, g.Row.UUID, g.Row.CPUSet = statuses[i], false, "", "", ""
		}
		return guests
	}
	stopping := people(Maintenance, Off, Off)
	stopping[0].Doing = "Stopping_VM"
	const dir, data = "/usr/jails/jails-system/", "/usr/jails/jails-data/"
	files := []struct {
		name string
		want []Guest
	}{
		{"bls.nocolor.txt", people(On, Off, Off)},
		{"bls.color.txt", people(On, Off, Off)},
		{"bls.nocolor.racct-off.txt", people(On, Off, Off)},
		{"bls.stopping.nocolor.txt", stopping},
		{"bls.slave.nocolor.txt", people(On, Slave)},
		{"cbsd_bls.issue.txt", []Guest{
			{
				Name: "mylinuxvm", PID: 75699, Status: On, Dir: dir + "mylinuxvm", Data: data + "mylinuxvm-data",
				Row: &Config{CPUs: 2, Memory: 2 << 30, OSType: "linux"},
			},
		}},
	}
	for _, tt := range files {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseList(text(t, "bls/"+tt.name), setup)
			check(t, "virtual machines", tt.want, got)
			check(t, "error", nil, err)
		})
	}

	with := func(c Config) []Guest { return []Guest{{Name: "a", Dir: dir + "a", Data: data + "a-data", Row: &c}} }
	off := with(Config{CPUs: 1, Memory: 1 << 30, OSType: "linux", OSProfile: "p"})[0]
	in := func(status Status, doing string) []Guest {
		g := off
		g.Status, g.Doing = status, doing
		return []Guest{g}
	}
	rows := []struct {
		name, text string
		want       []Guest
		odd        int
	}{
		{"nothing", "", nil, 0},
		{"empty lines", "\n \x1b[0m\n\n", nil, 0},
		{"no end of line", "a 0 Off 0 1 1024 linux p 0 0", []Guest{off}, 0},
		{"not known", "a 0 Off 0 - - - \\- - -\n", with(Config{}), 0},
		{"unknown", "a 0 Unknown 0 1 1024 linux p 0 0\n", in(Unknown, ""), 0},
		{"a status of another time", "a 0 Frozen 0 1 1024 linux p 0 0\n", in(Unknown, ""), 0},
		{"maintenance", "a 0 Maintenance 0 1 1024 linux p 0 0\n", in(Maintenance, ""), 0},
		{"maintenance for no reason", "a 0 Maintenance:0 0 1 1024 linux p 0 0\n", in(Maintenance, ""), 0},
		{"maintenance for a reason of several words", "a 0 Maintenance:new disk, soon 0 1 1024 linux p 0 0\n", in(Maintenance, "new disk, soon"), 0},
		{"not of this host", "a 0 Unregister 0 - - - - 0 0\n", nil, 0},
		{"too few", "a 0 Off 0 1\nb\n", nil, 2},
		{"too many", "a 0 Off 0 1 1024 linux p 0 0 0\n", nil, 1},
		{"a bad name beside a good one", "a'b 0 Off 0 1 1024 linux p 0 0\na 0 Off 0 1 1024 linux p 0 0\n", []Guest{off}, 1},
		{"an error among them", "No such workdir: /usr/jails\na 0 Off 0 1 1024 linux p 0 0\n", []Guest{off}, 1},
		{"memory that is too large", "a 0 Off 0 1 9223372036854775807 linux p 0 0\n",
			with(Config{CPUs: 1, OSType: "linux", OSProfile: "p"}), 0},
		{"the most memory", "a 0 Off 0 1 8796093022207 linux p 0 0\n",
			with(Config{CPUs: 1, Memory: 8796093022207 << 20, OSType: "linux", OSProfile: "p"}), 0},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseList([]byte(tt.text), setup)
			check(t, "virtual machines", tt.want, got)
			odd := 0
			if err != nil {
				odd = strings.Count(err.Error(), "makes no sense")
			}
			if odd != tt.odd {
				t.Errorf("unexpected error %v", err)
			}
		})
	}
}
