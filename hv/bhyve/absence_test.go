package bhyve

import (
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// What is mounted on a host with a datastore on another.
const (
	rootMount = "zroot/ROOT/default\t/\tzfs\trw\t0 0\n"
	nfsMount  = rootMount + "files:/vm\t/nfs\tnfs\trw\t0 0\n"
)

// mounted has these file systems be mounted.
func (m *machine) mounted(text string) { m.SetProgram(mountCommand().Argv, []byte(text), nil) }

// An abode is a virtual machine that is found, and whether what is known of it is of before.
type abode struct {
	Key   string
	Stale bool
}

// abodes returns what the scout finds.
func abodes(t *testing.T, s *scout) []abode {
	t.Helper()
	got, err := s.gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []abode
	for _, g := range got.guests {
		all = append(all, abode{g.key, g.stale})
	}
	return all
}

// away returns a host with two datastores, of which the one on another host has two virtual machines.
func away(t *testing.T) (*machine, *scout, func() []told) {
	t.Helper()
	m := newMachine()
	m.vmbhyve("nfs", "tank")
	m.mounted(nfsMount)
	m.define("/nfs", "db", uuidOf("db"))
	m.define("/nfs", "web", uuidOf("web"))
	s, logged := scouting(t, m)
	abodes(t, s)
	return m, s, logged
}

// That a virtual machine is not there any more is believed once it stays so, and of the last of a datastore only if what is mounted
// there is what was.
func TestAbsence(t *testing.T) {
	t.Parallel()
	const nfs = `vm-bhyve datastore "nfs"`
	both := []abode{{Key: "vm-bhyve:nfs/db"}, {Key: "vm-bhyve:nfs/web"}}
	stale := []abode{{Key: "vm-bhyve:nfs/db", Stale: true}, {Key: "vm-bhyve:nfs/web", Stale: true}}
	noWeb := []abode{{Key: "vm-bhyve:nfs/db"}, {Key: "vm-bhyve:nfs/web", Stale: true}}
	tests := []struct {
		name string
		goes func(m *machine)
		// first is what is found then, later what is once that is settled, and after it all is again as it was: those that are there
		// all the while are not told to have gone.
		first, later, after []abode
		// told is the source of which the log tells that it cannot be read, or empty.
		told string
	}{
		{
			"a definition", func(m *machine) { m.SetDir("/nfs/web", "web.conf~") },
			noWeb, both[:1], both, "",
		},
		{
			"a directory", func(m *machine) { m.SetDir("/nfs", "db") },
			noWeb, both[:1], both, "",
		},
		{
			"all of them", func(m *machine) { m.SetDir("/nfs") },
			stale, nil, both, "",
		},
		{
			"the file system", func(m *machine) { m.SetDir("/nfs"); m.mounted(rootMount) },
			stale, stale, both, nfs,
		},
		{
			"the file system, for another", func(m *machine) { m.SetDir("/nfs"); m.mounted(nfsMount + "tank/empty\t/nfs\tzfs\trw\t0 0\n") },
			stale, stale, both, nfs,
		},
		{
			"all of them, and what is mounted cannot be told", func(m *machine) {
				m.SetDir("/nfs")
				m.SetProgram(mountCommand().Argv, nil, errors.New("exit status 1"))
			},
			stale, stale, both, mountsSource,
		},
		{
			"a name for another", func(m *machine) { m.define("/nfs", "www", uuidOf("web")); m.SetDir("/nfs", "db", "www") },
			[]abode{{Key: "vm-bhyve:nfs/db"}, {Key: "vm-bhyve:nfs/www"}}, []abode{{Key: "vm-bhyve:nfs/db"}, {Key: "vm-bhyve:nfs/www"}}, both, "",
		},
		{
			"one to another datastore", func(m *machine) {
				m.define("/tank", "web", uuidOf("web"))
				m.SetDir("/nfs", "db")
				m.SetDir("/tank", "web")
			},
			[]abode{{Key: "vm-bhyve:nfs/db"}, {Key: "vm-bhyve:tank/web"}}, []abode{{Key: "vm-bhyve:nfs/db"}, {Key: "vm-bhyve:tank/web"}}, both, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m, s, logged := away(t)
				find := func(when string, want []abode) {
					t.Helper()
					if diff := cmp.Diff(want, abodes(t, s)); diff != "" {
						t.Errorf("unexpected virtual machines %s (-want +got):\n%s", when, diff)
					}
				}
				find("at first", both)
				time.Sleep(mountsAge)
				tt.goes(m)
				find("at once", tt.first)
				time.Sleep(settlingTime - 1)
				find("a moment later", tt.first)
				for range 4 {
					time.Sleep(mountsPause)
					abodes(t, s)
				}
				find("when it is settled", tt.later)
				warned := map[string]int{}
				for _, l := range logged() {
					warned[l.Source]++
				}
				want := map[string]int{}
				if tt.told != "" {
					want[tt.told] = 1
				}
				if diff := cmp.Diff(want, warned); diff != "" {
					t.Errorf("unexpected warnings (-want +got):\n%s", diff)
				}
				m.mounted(nfsMount)
				m.SetDir("/nfs/web", "web.conf")
				m.SetDir("/nfs", "db", "web")
				m.SetDir("/tank")
				abodes(t, s)
				time.Sleep(settlingTime)
				find("after it", tt.after)
			})
		})
	}
}

// One that is missed for less than it takes, again and again, is there all the while.
func TestAbsenceAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, s, _ := away(t)
		for range 5 {
			for _, names := range [][]string{{"web.conf~"}, {"web.conf"}} {
				m.SetDir("/nfs/web", names...)
				if got := abodes(t, s); len(got) != 2 {
					t.Errorf("unexpected virtual machines %v", got)
				}
				time.Sleep(settlingTime - time.Second)
			}
		}
	})
}

// An absence is counted from when the datastore could be read.
func TestAbsenceUnread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, s, _ := away(t)
		m.SetDir("/nfs/web", "web.conf~")
		abodes(t, s)
		m.SetError(errors.New("stale file handle"), "list", "/nfs")
		abodes(t, s)
		time.Sleep(settlingTime)
		m.SetDir("/nfs", "db", "web")
		if got := abodes(t, s); len(got) != 2 {
			t.Errorf("unexpected virtual machines %v", got)
		}
	})
}

// Which of two of a name is started when the host boots does not change while one of them is not found.
func TestAbsenceStartsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, s, _ := away(t)
		m.setRC("vm_list=\"web\"\n")
		m.define("/tank", "web", "")
		abodes(t, s)
		time.Sleep(settlingTime)
		m.SetDir("/nfs/web", "web.conf~")
		got, err := s.gather(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		starts := map[string]hv.Answer{}
		for _, g := range got.guests {
			starts[g.key] = g.autoStart
		}
		want := map[string]hv.Answer{"vm-bhyve:nfs/db": hv.No, "vm-bhyve:nfs/web": hv.Yes, "vm-bhyve:tank/web": hv.No}
		if diff := cmp.Diff(want, starts); diff != "" {
			t.Errorf("unexpected answers (-want +got):\n%s", diff)
		}
	})
}

// A datastore behind a symbolic link is where that leads.
func TestAbsenceBehindLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine()
		m.vmbhyve("far")
		m.mounted(nfsMount)
		m.define("/far", "web", "")
		m.SetStat("/far", freebsd.Stat{Path: "/nfs/vm", Mode: fs.ModeDir})
		m.SetFile("/far/web/web.conf", []byte("cpu=1\n"), freebsd.Stat{Path: "/nfs/vm/web/web.conf", Modified: booted})
		s, _ := scouting(t, m)
		abodes(t, s)
		m.SetDir("/far")
		m.mounted(rootMount)
		for range 5 {
			if got := abodes(t, s); len(got) != 1 {
				t.Errorf("unexpected virtual machines %v", got)
			}
			time.Sleep(mountsPause)
		}
	})
}
