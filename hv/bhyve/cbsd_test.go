package bhyve

import (
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// settingsOf is what CBSD's sqlcli is asked about the settings of a virtual machine.
func settingsOf(name string) []string {
	const columns = "vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset"
	return question("/usr/jails/jails-system/"+name+"/local.sqlite", columns,
		"(SELECT "+columns+" FROM settings ORDER BY created DESC LIMIT 1)")
}

// touched has CBSD have written the tables of a virtual machine.
func touched(m *machine, name string) {
	m.Advance(time.Second)
	clock, err := m.Clock()
	if err != nil {
		panic(err)
	}
	m.SetStat("/usr/jails/jails-system/"+name+"/local.sqlite", freebsd.Stat{Modified: clock.Now})
}

// The UUID of a virtual machine that cannot be asked for is the one that it had; what is none is none.
func TestCBSDUUIDs(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.cbsd()
	m.list("deb 0 0", "win 0 0")
	s, logged := scouting(t, m)
	uuids := func() map[string]string {
		got, err := s.gather(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		byKey := map[string]string{}
		for _, g := range got.guests {
			byKey[g.key] = g.uuid.String()
		}
		return byKey
	}
	none := hv.UUID{}.String()
	steps := []struct {
		name string
		then func()
		want map[string]string
		log  []told
	}{
		{"at first", func() {}, map[string]string{"cbsd:deb": uuidOf("deb"), "cbsd:win": uuidOf("win")}, nil},
		{
			"its table is busy",
			func() {
				touched(m, "deb")
				m.SetProgram(settingsOf("deb"), nil, errors.New("database is locked"))
			},
			map[string]string{"cbsd:deb": uuidOf("deb"), "cbsd:win": uuidOf("win")},
			[]told{{
				Level: zapcore.WarnLevel, Source: "tables of cbsd",
				Error: `failed to read how virtual machine "deb" of CBSD is configured: database is locked`,
			}},
		},
		{
			"it has no UUID any more",
			func() {
				touched(m, "deb")
				m.SetProgram(settingsOf("deb"), []byte("1|1073741824|linux|x|0|0\n|||||\n"), nil)
			},
			map[string]string{"cbsd:deb": none, "cbsd:win": uuidOf("win")},
			[]told{{Level: zapcore.InfoLevel, Source: "tables of cbsd"}},
		},
		{
			"it has nonsense for one",
			func() {
				touched(m, "win")
				m.SetProgram(settingsOf("win"), []byte("1|1073741824|linux|x|nonsense|0\n|||||\n"), nil)
			},
			map[string]string{"cbsd:deb": none, "cbsd:win": none}, nil,
		},
	}
	for _, step := range steps {
		step.then()
		if diff := cmp.Diff(step.want, uuids()); diff != "" {
			t.Errorf("%s: unexpected UUIDs (-want +got):\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.log, logged()); diff != "" {
			t.Errorf("%s: unexpected log (-want +got):\n%s", step.name, diff)
		}
	}
}

// What the system's log tells of an end is told, without a log nothing, and a log that cannot be read is told once.
func TestCBSDExits(t *testing.T) {
	t.Parallel()
	const log = "/var/log/messages"
	said := "Aug 20 10:00:00 hv1 bhyverun.sh[5]: bhyve deb exited due to an error, exit_action_mode ret: 0\n" +
		"Aug 20 10:00:00 hv1 bhyverun.sh[6]: bhyve win was poweroff, exit_action_mode ret: 0\n"
	type answer struct {
		Status freebsd.WaitStatus
		Known  bool
	}
	tests := []struct {
		name   string
		is     func(m *machine)
		want   map[string]answer
		source string
	}{
		{"no log", func(*machine) {}, map[string]answer{"deb": {}, "win": {}, "other": {}}, ""},
		{
			"a log", func(m *machine) { m.write(log, said) },
			map[string]answer{"deb": {freebsd.Exited(4), true}, "win": {freebsd.Exited(1), true}, "other": {}}, "",
		},
		{
			"not for us",
			func(m *machine) {
				m.write(log, said)
				m.SetError(fs.ErrPermission, "tail", log)
			},
			map[string]answer{"deb": {}, "win": {}}, systemLogSource,
		},
		{"it hangs", func(m *machine) { m.hang(log) }, map[string]answer{"deb": {}}, systemLogSource},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMachine()
				m.cbsd()
				tt.is(m)
				defer func() {
					for _, c := range m.hung {
						close(c)
					}
				}()
				s, logged := scouting(t, m)
				got, err := s.gather(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for name, want := range tt.want {
					status, at, known := got.exits(name)
					if diff := cmp.Diff(want, answer{status, known}); diff != "" {
						t.Errorf("unexpected end of %s (-want +got):\n%s", name, diff)
					}
					if known && at != got.clock.Now {
						t.Errorf("unexpected time %v", at)
					}
				}
				lines := logged()
				if tt.source == "" && lines != nil || tt.source != "" && (len(lines) != 1 || lines[0].Source != tt.source) {
					t.Errorf("unexpected log %+v", lines)
				}
			})
		})
	}
}

// What CBSD's list says, which is asked instead of a database that cannot be read, may be of a while ago.
func TestCBSDList(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.cbsd()
	m.SetError(fs.ErrPermission, "stat", cbsdDatabase)
	m.SetProgram([]string{
		"/usr/local/bin/cbsd", "bls", "header=0", "node=", "alljails=0",
		"display=jname,jid,status,astart,vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset",
	}, []byte("deb 201 On 1 2 2048 linux x "+uuidOf("deb")+" 0\nwin 0 Off 0 1 1024 windows x 0 0\n"), nil)
	m.bhyve(201, 1, "deb")
	s, _ := scouting(t, m)
	want := []whole{{Key: "cbsd:deb", Process: 201, Node: true}, {Key: "cbsd:win"}}
	got, err := s.gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, wholes(got.guests)); diff != "" {
		t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
	}
	for _, g := range got.guests {
		if !g.stale {
			t.Errorf("%s is not stale", g.key)
		}
	}
}
