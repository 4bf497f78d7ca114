package cbsd

import (
	"errors"
	"path"
	"strings"
	"testing"
)

// FuzzRows reads an answer of sqlcli with whatever is in it, as each of the tables: what is understood has sense, and an answer that
// is not all of it is none.
func FuzzRows(f *testing.F) {
	f.Fuzz(func(t *testing.T, answer []byte) {
		rows := func(columns string) [][]string {
			rows, err := parseRows(answer, count(columns))
			if errors.Is(err, errIncomplete) && rows != nil {
				t.Errorf("an answer that is not all of it has the rows %q", rows)
			}
			for _, row := range rows {
				if len(row) != count(columns) {
					t.Errorf("unexpected row %q", row)
				}
			}
			if err == nil && len(answer) > 0 {
				if cut, err := parseRows(answer[:len(answer)-1], count(columns)); err == nil || cut != nil {
					t.Errorf("an answer that is cut has the rows %q", cut)
				}
			}
			return rows
		}
		guests, _ := parseGuests(rows(guestColumns), setup, zone)
		for _, g := range guests {
			checkGuest(t, g)
		}
		for _, row := range rows(settingColumns) {
			checkConfig(t, parseSettings(row))
		}
		for _, data := range []string{"", "/d"} {
			disks, _ := parseDisks(rows(diskColumns), data)
			for _, d := range disks {
				if !path.IsAbs(d.Path) || d.Controller == none {
					t.Errorf("unexpected disk %+v", d)
				}
			}
		}
		nics, _ := parseNICs(rows(nicColumns))
		for _, n := range nics {
			if n.Order < 0 || n.MAC == none || n.Driver == none {
				t.Errorf("unexpected network interface %+v", n)
			}
		}
	})
}

// checkGuest checks that a virtual machine can be one.
func checkGuest(t *testing.T, g Guest) {
	t.Helper()
	if !quotable(g.Name) || g.Dir != "/usr/jails/jails-system/"+g.Name || g.PID < 0 || g.Status < Off || g.Status > Unknown || g.Saved {
		t.Errorf("unexpected virtual machine %+v", g)
	}
	if g.Doing != "" && g.Status != Maintenance || g.Data != "" && !path.IsAbs(g.Data) {
		t.Errorf("unexpected virtual machine %+v", g)
	}
}

// checkConfig checks that a virtual machine can be configured like that.
func checkConfig(t *testing.T, c Config) {
	t.Helper()
	if c.CPUs < 0 || c.Memory < 0 || c.UUID == none || c.CPUSet == none || c.OSType == none || c.OSProfile == none {
		t.Errorf("unexpected configuration %+v", c)
	}
}

// FuzzList reads what bls prints with whatever is in it: what is understood has sense, and colours make no difference.
func FuzzList(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		guests, err := parseList(text, setup)
		for _, g := range guests {
			checkGuest(t, g)
			if g.Row == nil || g.Data != "/usr/jails/jails-data/"+g.Name+"-data" {
				t.Fatalf("unexpected virtual machine %+v", g)
			}
			checkConfig(t, *g.Row)
		}
		if strings.ContainsRune(string(text), '\x1b') {
			return
		}
		coloured, colouredErr := parseList([]byte("\x1b[1;37m"+strings.ReplaceAll(string(text), "\n", "\x1b[0m\n\x1b[0;32m")), setup)
		check(t, "virtual machines in colours", guests, coloured)
		if (err == nil) != (colouredErr == nil) {
			t.Errorf("unexpected error %v in colours, %v without", colouredErr, err)
		}
	})
}

// FuzzSyslog reads the system's log with whatever is in it: what is understood is a code of bhyve, of a name that can be one, and
// neither a first line that is cut nor a last one that is not finished tells anything.
func FuzzSyslog(f *testing.F) {
	f.Fuzz(func(t *testing.T, tail []byte) {
		exits := ParseSyslog(tail)
		for name, code := range exits {
			if !quotable(name) || code < 0 || code > 255 || code >= firstSysexit && code <= lastSysexit {
				t.Errorf("%q ended with %d", name, code)
			}
		}
		if len(tail) > 0 && tail[len(tail)-1] != '\n' {
			return
		}
		const line = "Aug 22 08:00:03 node1 bhyverun.sh[80357]: bhyve a was halted, exit_action_mode ret: 0"
		check(t, "exit codes after a line that is cut", exits, ParseSyslog(append([]byte("e a was halted, exit_action_mode ret: 0\n"), tail...)))
		check(t, "exit codes before a line that is not finished", exits, ParseSyslog(append([]byte(tail), line...)))
	})
}
