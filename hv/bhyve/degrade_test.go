package bhyve

import (
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A breakage is something that cannot be read for a while.
type breakage struct {
	name string
	// breaks has it be so, and returns what ends it.
	breaks func(m *machine) (mend func())
	// source is what the log is told of, and stale are the keys of those of which nothing new is known.
	source string
	stale  []string
}

// breakages are those of a full machine.
func breakages() []breakage {
	denied := fs.ErrPermission
	return []breakage{
		{
			name: "a datastore that cannot be read",
			breaks: func(m *machine) func() {
				m.SetError(denied, "list", "/vm")
				return func() { m.SetDir("/vm", ".config", "web") }
			},
			source: `vm-bhyve datastore "default"`, stale: []string{"vm-bhyve:default/web"},
		},
		{
			name: "a datastore that is not there",
			breaks: func(m *machine) func() {
				m.Remove("/tank")
				return func() {
					m.define("/tank", "db", uuidOf("db"))
					m.SetDir("/tank", "db")
				}
			},
			source: `vm-bhyve datastore "tank"`, stale: []string{"vm-bhyve:tank/db"},
		},
		{
			name:   "a datastore that hangs",
			breaks: func(m *machine) func() { return m.hang("/tank") },
			source: `vm-bhyve datastore "tank"`, stale: []string{"vm-bhyve:tank/db"},
		},
		{
			name: "rc.conf that cannot be read",
			breaks: func(m *machine) func() {
				m.SetError(denied, "read", "/etc/rc.conf")
				return func() { m.setRC("") }
			},
			source: "vm-bhyve cbsd", stale: []string{"cbsd:deb", "cbsd:win"},
		},
		{
			name: "a definition that cannot be read",
			breaks: func(m *machine) func() {
				m.Advance(time.Second)
				m.write("/vm/web/web.conf", "loader=\"grub\"\n")
				m.SetError(denied, "read", "/vm/web/web.conf")
				return func() { m.define("/vm", "web", uuidOf("web")); m.lock("/vm/web", "hv1") }
			},
			source: `vm-bhyve datastore "default"`,
		},
		{
			name: "a system.conf that is half written",
			breaks: func(m *machine) func() {
				m.write("/vm/.config/system.conf", "datastore_li")
				return func() {
					m.write("/vm/.config/system.conf", "datastore_list=\"tank\"\npath_tank=\"/tank\"\n")
				}
			},
			source: "vm-bhyve",
		},
		{
			name: "CBSD's database is busy",
			breaks: func(m *machine) func() {
				m.SetProgram(question(cbsdDatabase, "jname,jid,status,astart,maintenance,state_time,data", "jails WHERE emulator='bhyve'"), nil, nil)
				return func() { m.list() }
			},
			source: "cbsd", stale: []string{"cbsd:deb", "cbsd:win"},
		},
		{
			name:   "CBSD hangs",
			breaks: func(m *machine) func() { return m.hang("/usr/local/cbsd/misc/sqlcli") },
			source: "cbsd", stale: []string{"cbsd:deb", "cbsd:win"},
		},
		{
			name: "libvirt's directory cannot be read",
			breaks: func(m *machine) func() {
				m.SetError(denied, "list", libvirtDir)
				return func() { m.SetDir(libvirtDir, "virt.pid", "virt.xml") }
			},
			source: "libvirt",
		},
		{
			name:   "libvirt's directory hangs",
			breaks: func(m *machine) func() { return m.hang(libvirtDir) },
			source: "libvirt",
		},
		{
			name: "a file of libvirt is half written",
			breaks: func(m *machine) func() {
				m.SetFile(libvirtDir+"/virt.pid", nil, freebsd.Stat{})
				return func() { m.libvirt("virt", 301) }
			},
			source: "files of libvirt",
		},
		{
			name: "/dev/vmm cannot be read",
			breaks: func(m *machine) func() {
				m.SetError(denied, "list", vmmDir)
				return func() { m.node(m.nodes...) }
			},
			source: vmmDir,
		},
		{
			name:   "/dev/vmm hangs",
			breaks: func(m *machine) func() { return m.hang(vmmDir) },
			source: vmmDir,
		},
		{
			name: "what is mounted cannot be told",
			breaks: func(m *machine) func() {
				m.SetProgram([]string{"/sbin/mount", "-p"}, nil, errors.New("exit status 1"))
				return func() { m.SetProgram([]string{"/sbin/mount", "-p"}, nil, nil) }
			},
			source: "mounts",
		},
	}
}

// What cannot be read is told once, takes no virtual machine away and changes no key, and is told when it is over.
func TestGatherDegrades(t *testing.T) {
	t.Parallel()
	for _, tt := range breakages() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := full()
				s, logged := scouting(t, m)
				gathered(t, s)
				mend := tt.breaks(m)
				time.Sleep(mountsAge)
				for look := range 4 {
					got, err := s.gather(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(ofFull(), wholes(got.guests)); diff != "" {
						t.Errorf("unexpected virtual machines in trouble (-want +got):\n%s", diff)
					}
					for _, g := range got.guests {
						for _, key := range tt.stale {
							if told := look > 1; g.key == key && told && !g.stale {
								t.Errorf("%s is not stale", key)
							}
						}
						if !g.uuid.IsZero() == (g.key == "bhyve:hand") {
							t.Errorf("%s has the UUID %v", g.key, g.uuid)
						}
					}
					time.Sleep(5 * time.Second)
				}
				warned := map[string]int{}
				for _, l := range logged() {
					if l.Level != zapcore.WarnLevel || l.Error == "" {
						t.Errorf("unexpected log %+v", l)
					}
					warned[l.Source]++
				}
				wantWarned := map[string]int{tt.source: 1}
				if tt.source == "vm-bhyve cbsd" {
					wantWarned = map[string]int{"vm-bhyve": 1, "cbsd": 1}
				}
				if diff := cmp.Diff(wantWarned, warned); diff != "" {
					t.Errorf("unexpected warnings (-want +got):\n%s", diff)
				}
				mend()
				time.Sleep(mountsAge)
				for range 2 {
					if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
						t.Errorf("unexpected virtual machines after it (-want +got):\n%s", diff)
					}
				}
				for _, l := range logged() {
					if l.Level != zapcore.InfoLevel || wantWarned[l.Source] == 0 {
						t.Errorf("unexpected log %+v", l)
					}
					delete(wantWarned, l.Source)
				}
				if len(wantWarned) > 0 {
					t.Errorf("it was not told that these are over: %v", wantWarned)
				}
			})
		})
	}
}

// The same if all of it happens at once, and each is over at another time.
func TestGatherDegradesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := full()
		s, _ := scouting(t, m)
		look := func(when string) {
			if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
				t.Errorf("unexpected virtual machines %s (-want +got):\n%s", when, diff)
			}
			time.Sleep(5 * time.Second)
		}
		look("at first")
		mends := map[string]func(){}
		for _, b := range breakages() {
			mends[b.name] = b.breaks(m)
			look("since: " + b.name)
		}
		for name, mend := range mends {
			mend()
			look("after: " + name)
		}
		time.Sleep(mountsAge)
		look("in the end")
	})
}
