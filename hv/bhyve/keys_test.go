package bhyve

import (
	"io/fs"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A file that is emptied before it is written takes nothing away, unless it stays like that. Even then what runs keeps its key.
func TestGatherEmptied(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		then func(m *machine)
		want []whole
	}{
		{"for a moment", func(m *machine) { m.setRC("") }, ofFull()},
		{"for good", func(*machine) {}, []whole{
			{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "cbsd:deb", Process: 201, Node: true},
			{Key: "vm-bhyve:default/web", Process: 101, Node: true},
		}},
		{"for good, and another is started by hand", func(m *machine) {
			m.ends(101)
			m.bhyve(102, 1, "web")
		}, []whole{
			{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "bhyve:web", Process: 102, Node: true},
			{Key: "cbsd:deb", Process: 201, Node: true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := full()
				m.ends(100)
				m.ends(200) // without ancestors only the managers tell whose what runs is
				s, logged := scouting(t, m)
				gathered(t, s)
				m.SetFile("/etc/rc.conf", nil, freebsd.Stat{})
				if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
					t.Errorf("unexpected virtual machines meanwhile (-want +got):\n%s", diff)
				}
				time.Sleep(settlingTime)
				tt.then(m)
				if diff := cmp.Diff(tt.want, gathered(t, s)); diff != "" {
					t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]told(nil), logged()); diff != "" {
					t.Errorf("unexpected log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What runs has its manager's key from the start, even if nobody may read what the manager has of it.
func TestGatherNeverRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		breaks func(m *machine)
		want   []whole
	}{
		{
			"the default datastore",
			func(m *machine) { m.SetError(fs.ErrPermission, "list", "/vm") },
			[]whole{
				{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "cbsd:deb", Process: 201, Node: true}, {Key: "cbsd:win"},
				{Key: "vm-bhyve:default/web", Process: 101, Node: true}, {Key: "vm-bhyve:tank/db"},
			},
		},
		{
			"the directory of one virtual machine",
			func(m *machine) { m.SetError(fs.ErrPermission, "list", "/vm/web") },
			ofFull(),
		},
		{
			"where the datastores are",
			func(m *machine) { m.setRC("vm_dir=\"zfs:zroot/vm\"\n") },
			[]whole{
				{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "cbsd:deb", Process: 201, Node: true}, {Key: "cbsd:win"},
				{Key: "vm-bhyve:default/web", Process: 101, Node: true},
			},
		},
		{
			"which datastores there are",
			func(m *machine) { m.SetError(fs.ErrPermission, "read", "/vm/.config/system.conf") },
			[]whole{
				{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "cbsd:deb", Process: 201, Node: true}, {Key: "cbsd:win"},
				{Key: "vm-bhyve:default/web", Process: 101, Node: true},
			},
		},
		{
			"CBSD",
			func(m *machine) { m.SetError(fs.ErrPermission, "stat", cbsdDatabase) },
			[]whole{
				{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "cbsd:deb", Process: 201, Node: true},
				{Key: "vm-bhyve:default/web", Process: 101, Node: true}, {Key: "vm-bhyve:tank/db"},
			},
		},
		{
			"anything",
			func(m *machine) { m.SetError(fs.ErrPermission, "read", "/etc/rc.conf") },
			[]whole{
				{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "cbsd:deb", Process: 201, Node: true},
				{Key: "vm-bhyve:default/web", Process: 101, Node: true},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := full()
			tt.breaks(m)
			s, logged := scouting(t, m)
			for range 2 {
				if diff := cmp.Diff(tt.want, gathered(t, s)); diff != "" {
					t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
				}
			}
			if len(logged()) == 0 {
				t.Error("it was not told")
			}
		})
	}
}

// What may be libvirt's is not taken for nobody's before libvirt could be asked, since it would be removed then. What may never be
// asked is not waited for.
func TestGatherLibvirtNeverRead(t *testing.T) {
	t.Parallel()
	managed := []whole{
		{Key: "cbsd:deb", Process: 201, Node: true}, {Key: "cbsd:win"}, {Key: "vm-bhyve:default/web", Process: 101, Node: true},
		{Key: "vm-bhyve:tank/db"},
	}
	tests := []struct {
		name string
		err  error
		want []whole
	}{
		{"for now", syscall.EIO, managed},
		{"for good", fs.ErrPermission, append([]whole{
			{Key: "bhyve:hand", Process: 401, Node: true}, {Key: "bhyve:virt", Process: 301, Node: true},
		}, managed...)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := full()
			m.SetError(tt.err, "list", libvirtDir)
			s, _ := scouting(t, m)
			for range 2 {
				if diff := cmp.Diff(tt.want, gathered(t, s)); diff != "" {
					t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
				}
			}
			m.SetDir(libvirtDir, "virt.pid", "virt.xml")
			if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
				t.Errorf("unexpected virtual machines in the end (-want +got):\n%s", diff)
			}
			m.SetError(tt.err, "list", libvirtDir)
			if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
				t.Errorf("unexpected virtual machines without it again (-want +got):\n%s", diff)
			}
		})
	}
}

// A dataset that is mounted later is found without a restart.
func TestGatherMountedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := full()
		m.setRC("vm_dir=\"zfs:zroot/vm\"\n")
		s, _ := scouting(t, m)
		gathered(t, s)
		m.SetProgram([]string{"/sbin/mount", "-p"}, []byte("zroot/vm\t\t/vm\t\t\tzfs\trw\t\t0 0\n"), nil)
		time.Sleep(mountsPause)
		if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
			t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
		}
	})
}
