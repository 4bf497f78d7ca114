package freebsd

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scoped returns a host with a virtual machine of vm-bhyve, web01, one that was started by hand, and much that is neither's.
func scoped() *Recording {
	r := NewRecording()
	r.SetFile("/etc/rc.conf", []byte("vm_dir=\"zfs:zroot/vm\"\nnfs=\"zfs:zroot/nfs\"\n"), Stat{})
	r.SetFile("/vm/.config/system.conf", []byte("datastore_list=\"tank\"\npath_tank=\"zfs:tank/my vms\"\nx=\"zfs:zroot/x\"\n"), Stat{})
	r.SetFile("/vm/web01/web01.conf", []byte("disk0_name=\"/dev/da1\"\ndisk0_dev=\"custom\"\n"), Stat{})
	r.SetStat("/jails/a/dsk1.vhd", Stat{Path: "/dev/zvol/jails/a"})
	r.SetSysctl([]byte("bhyve\x00-s\x003,virtio-blk,/dev/zvol/zroot/volumes/b,ro\x00b\x00"), "kern.proc.args", 42)
	r.SetSysctl([]byte("0 DISK da1 1000 512\n0 DISK da10 1000 512\n0 DISK da 1000 512\n\x00"), "kern.geom.conftxt")
	return r
}

// TestScope proves what is kept of what a host tells of file systems, volumes and disks.
func TestScope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
		argv             []string
	}{
		{"mounts", "zroot/vm\t\t/vm\tzfs\trw\t0 0\ntank/my\\040vms\t/t\tzfs\trw\t0 0\nzroot/vm/web01\t/vm/web01\tzfs\trw\t0 0\n" +
			"zroot/home\t/home\tzfs\trw\t0 0\nzroot/nfs\t/nfs\tzfs\trw\t0 0\nzroot/x\t/x\tzfs\trw\t0 0\n//me@nas/x\t/nas\tsmbfs\trw\t0 0\nzroot/vm what is this\n",
			"zroot/vm\t\t/vm\tzfs\trw\t0 0\ntank/my\\040vms\t/t\tzfs\trw\t0 0\n",
			[]string{"/sbin/mount", "-p"}},
		{"volumes", "jails/a\t1\njails/a/b\t1\njails/ab\t1\nzroot/vm/web01/disk0\t1\nzroot/vm/web011/disk0\t1\nzroot/vm/other/disk0\t1\nzroot/volumes/b\t1\nzroot/volumes/c\t1\n\t1\n",
			"jails/a\t1\nzroot/vm/web01/disk0\t1\nzroot/volumes/b\t1\n",
			[]string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize"}},
		{"snapshots", "jails/a@daily\t1\njails/ab@daily\t1\nzroot/vm@daily\t1\nzroot/vm/web01@daily\t1\nzroot/vm/web01/disk0@daily\t1\n" +
			"zroot/vm/other@jails/a\t1\nzroot/home@/dev/zvol/jails/a\t1\n@daily\t1\n",
			"jails/a@daily\t1\nzroot/vm/web01@daily\t1\nzroot/vm/web01/disk0@daily\t1\n",
			[]string{"/sbin/zfs", "list", "-Hp", "-t", "snapshot", "-o", "name,used"}},
		{"counters", "kstat.zfs.zroot.dataset.objset-0x1.reads: 1\nkstat.zfs.zroot.dataset.objset-0x1.nunlinks: 1\nkstat.zfs.zroot.dataset.objset-0x1.writes: many\n" +
			"kstat.zfs.zroot.dataset.objset-0x1.dataset_name: zroot/vm/web01/disk0\nkstat.zfs.zroot.dataset.objset-0x2.reads: 1\n" +
			"kstat.zfs.zroot.dataset.objset-0x2.dataset_name: zroot/home\nkstat.zfs.zroot.dataset.objset-0x3.reads: 1\nwhat\n",
			"kstat.zfs.zroot.dataset.objset-0x1.reads: 1\nkstat.zfs.zroot.dataset.objset-0x1.dataset_name: zroot/vm/web01/disk0\n",
			[]string{"/sbin/sysctl", "kstat.zfs.zroot.dataset"}},
		{"counters of a pool that has nothing", "", "", []string{"/sbin/sysctl", "kstat.zfs.jails.dataset"}},
		{"interfaces", "lo0: flags=8049<UP> metric 0 mtu 16384\n\tinet 127.0.0.1 netmask 0xff000000\n\tgroups: lo\n" +
			"wlan0: flags=8843<UP>\n\tdescription: to the neighbours\n\tssid home channel 1 bssid 02:00:00:00:00:01\n\tparent interface: ath0\n" +
			"tap0: flags=8943<UP>\n\tdescription: vmnet/web01/0/public\n\tOpened by PID 42\n\tOpened by PID nobody\n" +
			"tap1: flags=8943<UP>\n\tdescription: vmnet-web01-1-custom\ntap2: flags=8943<UP>\n\tdescription: a-nic0\n" +
			"bridge0: flags=8943<UP>\n\tdescription: vm/public\n\tmember: tap0 flags=143<LEARNING>\n\t        ifmaxaddr 0 port 5 priority 128 path cost 2000000\n" +
			"vlan7: flags=8843<UP>\n\tvlan: 7 vlanproto: 802.1q vlanpcp: 0 parent interface: ix0\nlagg0: flags=8843<UP>\n\tlaggport: ix1 flags=4<ACTIVE>\nwhat\n",
			"lo0: flags=8049<UP> metric 0 mtu 16384\n\tgroups: lo\nwlan0: flags=8843<UP>\n" +
				"tap0: flags=8943<UP>\n\tdescription: vmnet/web01/0/public\n\tOpened by PID 42\n" +
				"tap1: flags=8943<UP>\n\tdescription: vmnet-web01-1-custom\ntap2: flags=8943<UP>\n\tdescription: a-nic0\n" +
				"bridge0: flags=8943<UP>\n\tdescription: vm/public\n\tmember: tap0 flags=143<LEARNING>\n" +
				"vlan7: flags=8843<UP>\n\tvlan: 7 vlanproto: 802.1q vlanpcp: 0 parent interface: ix0\nlagg0: flags=8843<UP>\n\tlaggport: ix1 flags=4<ACTIVE>\n",
			[]string{"/sbin/ifconfig", "-a"}},
		{"traffic", `{"statistics":{"interface":[{"name":"ix0","network":"<Link#1>","address":"02:00:00:00:00:01","sent-bytes":1},` +
			`{"name":"ix0","network":"192.0.2.0/24","address":"192.0.2.1"}, 7]}}`,
			`{"statistics":{"interface":[{"name":"ix0","network":"<Link#1>","address":"02:00:00:00:00:01","sent-bytes":1},7]}}` + "\n",
			[]string{"/usr/bin/netstat", "-ibn", "--libxo", "json"}},
		{"traffic that is no report", `{"statistics":{"interface":[{"network": "192.0.2.0/24","address":"192.0.2.1"},{"network":"<Link#1>"`,
			`{"statistics":{"interface":[{"network": "***","address":"***"},{"network":"<Link#1>"`,
			[]string{"/usr/bin/netstat", "-ibn", "--libxo", "json"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			host := scoped()
			host.SetProgram([]string{"/sbin/mount", "-p"}, []byte("zroot/vm\t\t/vm\tzfs\trw\t0 0\n"), nil)
			host.SetProgram(tt.argv, []byte(tt.text), errors.New("half"))
			recorder := NewRecorder(host)
			askAll(t, recorder, host)
			for _, take := range []string{"first", "second"} {
				got, _ := recorder.Recording().Run(t.Context(), Command{Argv: tt.argv})
				if diff := cmp.Diff(tt.want, string(got)); diff != "" {
					t.Errorf("unexpected output in the %s recording (-want +got):\n%s", take, diff)
				}
				of := recorder.Recording()
				recorder = NewRecorder(of)
				askAll(t, recorder, of)
			}
		})
	}
	t.Run("disks", func(t *testing.T) {
		t.Parallel()
		host := scoped()
		recorder := NewRecorder(host)
		askAll(t, recorder, host)
		got, err := recorder.Recording().Sysctl("kern.geom.conftxt")
		if diff := cmp.Diff("0 DISK da1 1000 512\n", string(got)); diff != "" || err != nil {
			t.Errorf("unexpected disks, %v (-want +got):\n%s", err, diff)
		}
	})
}

// TestScopePools proves that of a pool in which nothing is of virtual machines not even the name is kept.
func TestScopePools(t *testing.T) {
	t.Parallel()
	host := scoped()
	for _, pool := range []string{"zroot", "tank", "jails", "backup"} {
		host.SetProgram([]string{"/sbin/sysctl", "kstat.zfs." + pool + ".dataset"}, nil, nil)
	}
	recorder := NewRecorder(host)
	askAll(t, recorder, host)
	recording := recorder.Recording()
	for pool, want := range map[string]bool{"zroot": true, "tank": true, "jails": true, "backup": false} {
		if _, got := recording.answers[ask(askRun, "/sbin/sysctl", "kstat.zfs."+pool+".dataset")]; got != want {
			t.Errorf("the pool %q is there: %t", pool, got)
		}
	}
}

// FuzzRedactInterfaces proves that what is read of the interfaces is what was, but for descriptions.
func FuzzRedactInterfaces(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		was, is := ParseInterfaces([]byte(text)), ParseInterfaces([]byte(redactInterfaces(text)))
		for i := range was {
			was[i].Description = ""
		}
		for i := range is {
			if is[i].Description != "" && !ofGuest.MatchString(is[i].Description) {
				t.Errorf("there is the description %q", is[i].Description)
			}
			is[i].Description = ""
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("unexpected interfaces (-was +is):\n%s", diff)
		}
	})
}

// FuzzRedactTraffic proves that what is read of the traffic is what was.
func FuzzRedactTraffic(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		was, wasErr := ParseTraffic(text)
		is, err := ParseTraffic(redactTraffic(text))
		if (wasErr == nil) != (err == nil) {
			t.Fatalf("the error is %v, and was %v", err, wasErr)
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("unexpected traffic (-was +is):\n%s", diff)
		}
	})
}
