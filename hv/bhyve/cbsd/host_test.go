package cbsd

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The host of the tests is an hour before Greenwich, for times without a zone to be told from those with one.
var (
	zone    = time.FixedZone("CET", 60*60)
	now     = time.Date(2026, 8, 22, 12, 10, 58, 0, zone)
	written = time.Date(2026, 8, 22, 8, 0, 4, 0, zone)
	setup   = Setup{Workdir: "/usr/jails"}
)

// An asked is a host that counts which programs it runs.
type asked struct {
	*freebsd.Recording
	mu   sync.Mutex
	runs []string
}

func (a *asked) Run(ctx context.Context, c freebsd.Command) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs = append(a.runs, label(c))
	return a.Recording.Run(ctx, c)
}

// took returns what was run since the last call.
func (a *asked) took() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	runs := a.runs
	a.runs = nil
	return runs
}

// label names a command: what is asked of what.
func label(c freebsd.Command) string {
	if c.Argv[0] == cbsd {
		return c.Argv[1]
	}
	for from, name := range map[string]string{
		"FROM jails": "jails", "vm_ram": "settings", "vm_cpus,state_time": "since", "FROM bhyvedsk": "disks", "FROM bhyvenic": "nics",
	} {
		if strings.Contains(c.Argv[2], from) {
			return filepath.Base(filepath.Dir(c.Argv[1])) + " " + name
		}
	}
	return strings.Join(c.Argv, " ")
}

// host returns a host with three virtual machines of CBSD.
func host(t testing.TB) *asked {
	t.Helper()
	r := freebsd.NewRecording()
	r.SetClock(freebsd.Clock{Now: now, Up: 50 * time.Hour})
	r.SetFile("/etc/rc.conf", []byte("hostname=node1\ncbsd_workdir=\"/usr/jails\"\n"), freebsd.Stat{Modified: written})
	r.SetStat("/usr/jails/var/db/local.sqlite", freebsd.Stat{Size: 4096, Modified: written})
	answer(t, r, queryGuests(setup), "jails")
	for _, name := range []string{"debian1", "fbsd1", "win2k"} {
		g := Guest{Name: name, Dir: setup.dir(name)}
		r.SetStat(g.tables(), freebsd.Stat{Size: 4096, Modified: written})
		answer(t, r, querySettings(g), name+".settings")
		answer(t, r, querySince(g), name+".since")
		answer(t, r, queryDisks(g), name+".disks")
		answer(t, r, queryNICs(g), name+".nics")
		r.SetDir(g.Dir, "bhyve.conf", "local.sqlite")
	}
	r.SetProgram(list().Argv, text(t, "bls/bls.collector.txt"), nil)
	r.SetFile("/var/log/messages", text(t, "syslog_bhyverun.txt"), freebsd.Stat{Modified: written})
	return &asked{Recording: r}
}

// answer has a query answered by a file of testdata/answers.
func answer(t testing.TB, r *freebsd.Recording, c freebsd.Command, name string) {
	t.Helper()
	r.SetProgram(c.Argv, text(t, "answers/"+name), nil)
}

// text returns the text of a file of testdata.
func text(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The virtual machines of the host, as its database has them.
func wantGuests() []Guest {
	return []Guest{
		{
			Name: "debian1", PID: 75699, Status: On, AutoStart: true, Since: time.Date(2026, 8, 20, 9, 7, 55, 0, zone),
			Dir: "/usr/jails/jails-system/debian1", Data: "/usr/jails/jails-data/debian1-data",
		},
		{
			Name: "fbsd1", Status: Off, Since: time.Date(2026, 8, 19, 22, 15, 32, 0, zone),
			Dir: "/usr/jails/jails-system/fbsd1", Data: "/usr/jails/jails-data/fbsd1-data",
		},
		{
			Name: "win2k", Status: Off, AutoStart: true, Since: time.Date(2026, 8, 22, 8, 0, 4, 0, zone),
			Dir: "/usr/jails/jails-system/win2k", Data: "/usr/jails/jails-data/win2k-data",
		},
	}
}

// The virtual machines of the host, as bls has them.
func wantListed() []Guest {
	guests := wantGuests()
	for i, c := range []Config{
		{CPUs: 2, Memory: 2 << 30, OSType: "linux", OSProfile: "cloud-Debian-x86-12"},
		{CPUs: 1, Memory: 1 << 30, OSType: "freebsd", OSProfile: "FreeBSD-x64-14.3"},
		{CPUs: 4, Memory: 8 << 30, OSType: "windows", OSProfile: "10_86x_64x", UUID: "9b2f6a44-7c72-11f0-9c1e-589cfc10d622", CPUSet: "0-3"},
	} {
		guests[i].Row, guests[i].Since = &c, time.Time{}
	}
	return guests
}

// check compares what is there with what should be.
func check(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unexpected %s (-want +got):\n%s", what, diff)
	}
}
