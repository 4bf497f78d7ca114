package bhyve

import (
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// inspected returns the findings of a machine by their sources, and their order.
func inspected(t *testing.T, sys freebsd.System) (map[string]Finding, []string) {
	t.Helper()
	findings, err := sourceOf(t, sys).Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bySource := map[string]Finding{}
	var order []string
	for _, f := range findings {
		bySource[f.Source] = f
		order = append(order, f.Source)
	}
	return bySource, order
}

// programs has the machine answer the programs that are asked.
func programs(m *machine) {
	m.SetProgram([]string{"/sbin/ifconfig", "-a"}, []byte(
		"tap0: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500\n\tOpened by PID 101\n"+
			"ix0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"), nil)
	m.SetProgram([]string{"/usr/bin/netstat", "-ibn", "--libxo", "json"}, []byte(
		`{"statistics":{"interface":[{"name":"tap0","flags":"0x8943","mtu":1500,"network":"<Link#5>","address":"58:9c:fc:10:00:01",`+
			`"received-packets":1,"received-errors":0,"dropped-packets":0,"received-bytes":2,"sent-packets":3,"send-errors":0,`+
			`"sent-bytes":4,"collisions":0}]}}`), nil)
	m.SetProgram([]string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize"}, []byte("zroot/vm/web/disk0\t1073741824\n"), nil)
	m.SetProgram([]string{"/sbin/sysctl", "kstat.zfs.zroot.dataset"}, []byte(
		"kstat.zfs.zroot.dataset.objset-0x1.nread: 1\nkstat.zfs.zroot.dataset.objset-0x1.reads: 1\n"+
			"kstat.zfs.zroot.dataset.objset-0x1.nwritten: 1\nkstat.zfs.zroot.dataset.objset-0x1.writes: 1\n"+
			"kstat.zfs.zroot.dataset.objset-0x1.dataset_name: zroot/vm/web/disk0\n"), nil)
}

// drives has a stopped virtual machine of vm-bhyve have a file and a device as its disks, and CBSD have a log.
func drives(m *machine) {
	m.write("/tank/db/db.conf", "loader=\"uefi\"\ncpu=1\nmemory=1G\ndisk0_type=\"virtio-blk\"\ndisk0_name=\"disk0.img\"\n"+
		"disk1_type=\"nvme\"\ndisk1_dev=\"custom\"\ndisk1_name=\"/dev/da1\"\n")
	m.SetFile("/tank/db/disk0.img", nil, freebsd.Stat{Size: 1 << 30})
	m.SetSysctl([]byte("0 DISK da1 1073741824 512 hd 255 sc 63\n\x00"), mediaVariable)
	m.write(cbsd.SystemLog, "")
}

// threads has web's bhyve have a thread for its one virtual CPU.
func threads(m *machine) {
	p := m.processes[101]
	p.Thread, p.ThreadName = 100101, "vcpu 0"
	m.SetSysctl(kinfo(p), "kern.proc.pid_td", 101)
	m.SetAffinity(100101, []byte{1, 0, 0, 0, 0, 0, 0, 0})
}

func TestInspect(t *testing.T) {
	t.Parallel()
	m := full()
	programs(m)
	threads(m)
	drives(m)
	want := map[string]Finding{
		"kern.proc":  {Found: "4 processes of bhyve, 0 loaders, among 7"},
		"cpuset":     {Found: "those of 1 virtual CPU of process 101"},
		"kqueue":     {Found: "the ends of 4 processes of bhyve can be watched"},
		vmmDir:       {Found: "4 virtual machines"},
		"vm-bhyve":   {Found: "2 datastores with 2 virtual machines"},
		"zfs":        {Found: "1 volume"},
		"kstat.zfs":  {Found: "counters of 1 dataset in 1 pool"},
		"cbsd":       {Found: "2 virtual machines"},
		"syslog":     {Found: "/var/log/messages, in which CBSD tells how a bhyve ended"},
		"disks":      {Found: "2 disks of 1 virtual machine"},
		"libvirt":    {Found: "1 virtual machine, left to libvirt"},
		"interfaces": {Found: "2 interfaces, 1 tap in use, counters of 1"},
		"devd":       {Found: "it tells of devices as they come and go"},
	}
	got, order := inspected(t, m)
	for source, f := range want {
		f.Source = source
		want[source] = f
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected findings (-want +got):\n%s", diff)
	}
	_, again := inspected(t, m)
	if diff := cmp.Diff(order, again); diff != "" {
		t.Errorf("unexpected order (-first +second):\n%s", diff)
	}
}

// Each thing that is amiss is told where it is, with what to do.
func TestInspectLacks(t *testing.T) {
	t.Parallel()
	const root = ": run vmond as root, or give its user read access"
	const rootAlone = ": run vmond as root, since nobody else may ask"
	bls := []string{
		"/usr/local/bin/cbsd", "bls", "header=0", "node=", "alljails=0",
		"display=jname,jid,status,astart,vm_cpus,vm_ram,vm_os_type,vm_os_profile,uuid,cpuset",
	}
	number := func(n byte) []byte { return []byte{n, 0, 0, 0} }
	tests := []struct {
		name   string
		breaks func(m *machine)
		want   []Finding
	}{
		{
			"a datastore may not be read",
			func(m *machine) { m.SetError(fs.ErrPermission, "list", "/tank") },
			[]Finding{{
				Source: "vm-bhyve", Found: "2 datastores with 1 virtual machine",
				Lacks: []string{`failed to read datastore "tank": permission denied` + root},
			}, {Source: "disks", None: noDisks}},
		},
		{
			"a disk may not be seen",
			func(m *machine) { m.SetError(fs.ErrPermission, "stat", "/tank/db/disk0.img") },
			[]Finding{{
				Source: "disks", Found: "2 disks of 1 virtual machine", Lacks: []string{`disk "/tank/db/disk0.img": permission denied` + root},
			}},
		},
		{
			"the kernel does not tell of its disks",
			func(m *machine) { m.SetError(fs.ErrPermission, "sysctl", mediaVariable) },
			[]Finding{{
				Source: "disks", Found: "2 disks of 1 virtual machine", Lacks: []string{"sizes of disks beneath /dev/: permission denied" + root},
			}},
		},
		{
			"the system log may not be seen",
			func(m *machine) { m.SetError(fs.ErrPermission, "stat", cbsd.SystemLog) },
			[]Finding{{Source: "syslog", Lacks: []string{"permission denied" + root}}},
		},
		{
			"the system log may not be read",
			func(m *machine) { m.SetError(fs.ErrPermission, "tail", cbsd.SystemLog) },
			[]Finding{{Source: "syslog", Lacks: []string{"permission denied" + root}}},
		},
		{
			"there is no system log",
			func(m *machine) { m.SetError(fs.ErrNotExist, "stat", cbsd.SystemLog) },
			[]Finding{{Source: "syslog", None: "there is no /var/log/messages"}},
		},
		{
			"a definition may not be read",
			func(m *machine) { m.SetError(fs.ErrPermission, "read", "/vm/web/web.conf") },
			[]Finding{{
				Source: "vm-bhyve", Found: "2 datastores with 2 virtual machines",
				Lacks: []string{`failed to read the definition of virtual machine "web" of datastore "default": permission denied` +
					": run vmond as root, or give the group vmond read access: chgrp vmond /vm/web/web.conf; chmod g+r /vm/web/web.conf"},
			}},
		},
		{
			"several definitions may not be read",
			func(m *machine) {
				m.define("/vm", "db", uuidOf("db"))
				m.define("/vm", "mail", uuidOf("mail"))
				for _, name := range []string{"db", "mail"} {
					m.SetError(fs.ErrPermission, "read", "/vm/"+name+"/"+name+".conf")
				}
			},
			[]Finding{{
				Source: "vm-bhyve", Found: "2 datastores with 4 virtual machines",
				Lacks: []string{"the definitions of 2 of 3 virtual machines cannot be read, such as: " +
					`failed to read the definition of virtual machine "db" of datastore "default": permission denied` +
					": run vmond as root, or give the group vmond read access: chgrp vmond /vm/*/*.conf; chmod g+r /vm/*/*.conf"},
			}},
		},
		{
			"several definitions hang",
			func(m *machine) {
				m.define("/vm", "db", uuidOf("db"))
				for _, name := range []string{"db", "web"} {
					m.SetError(errors.New("stale handle"), "read", "/vm/"+name+"/"+name+".conf")
				}
			},
			[]Finding{{
				Source: "vm-bhyve", Found: "2 datastores with 3 virtual machines",
				Lacks: []string{"the definitions of 2 of 2 virtual machines cannot be read, such as: " +
					`failed to read the definition of virtual machine "db" of datastore "default": stale handle`},
			}},
		},
		{
			"CBSD may not be asked",
			func(m *machine) {
				m.SetError(fs.ErrPermission, "stat", cbsdDatabase)
				m.SetError(fs.ErrNotExist, "run", bls...)
			},
			[]Finding{{Source: "cbsd", Lacks: []string{
				"failed to read the list of CBSD: permission denied; file does not exist" + rootAlone,
			}}},
		},
		{
			"vm-bhyve is off",
			func(m *machine) { m.setRC("vm_enable=NO\n") },
			[]Finding{{
				Source: "vm-bhyve", Found: "2 datastores with 2 virtual machines",
				Lacks: []string{"vm_enable is not YES in rc.conf: nothing is started when the host boots"},
			}},
		},
		{
			"processes of others are hidden",
			func(m *machine) {
				m.ends(1)
				m.SetSysctl(number(0), usersVariable)
				m.SetSysctl(number(1), groupVariable)
				m.SetSysctl(number(0), jailsVariable)
			},
			[]Finding{{
				Source: "kern.proc", Found: "4 processes of bhyve, 0 loaders, among 6",
				Lacks: []string{
					"processes of others are hidden because of security.bsd.see_other_uids=0 and security.bsd.see_jail_proc=0: " +
						"run vmond as root, or set it to 1",
				},
			}},
		},
		{
			"in a jail",
			func(m *machine) { m.ends(1) },
			[]Finding{{
				Source: "kern.proc", Found: "4 processes of bhyve, 0 loaders, among 6",
				Lacks: []string{"processes of the host are hidden, as in a jail: run vmond on the host itself"},
			}},
		},
		{
			"vmm is not loaded",
			func(m *machine) {
				m.SetError(fs.ErrNotExist, "sysctl", presence)
				m.node()
			},
			[]Finding{{
				Source: vmmDir, None: "no virtual machine has a node",
				Lacks: []string{"vmm(4) is not loaded, so that no virtual machine can run: load it with kldload vmm"},
			}},
		},
		{
			"no processes",
			func(m *machine) { m.SetError(fs.ErrPermission, "sysctl", processesVariable) },
			[]Finding{
				{Source: "kern.proc", Lacks: []string{`read "kern.proc.proc": permission denied` + rootAlone}},
				{Source: "cpuset", None: nothingRuns}, {Source: "kqueue", None: nothingRuns}, {Source: "disks"},
			},
		},
		{
			"affinity is not for us",
			func(m *machine) { m.SetError(fs.ErrPermission, "affinity", "100101") },
			[]Finding{{Source: "cpuset", Lacks: []string{"virtual CPU 0 of process 101: permission denied" + rootAlone}}},
		},
		{
			"no ends are told",
			func(m *machine) { m.SetError(fs.ErrPermission, "exits") },
			[]Finding{{Source: "kqueue", Lacks: []string{"permission denied" + rootAlone}}},
		},
		{
			"the end of one is not told",
			func(m *machine) { m.SetError(fs.ErrPermission, "exit", "101") },
			[]Finding{{
				Source: "kqueue", Found: "the ends of 3 processes of bhyve can be watched",
				Lacks: []string{"process 101: permission denied" + rootAlone},
			}},
		},
		{
			"no devd",
			func(m *machine) { m.SetError(fs.ErrNotExist, "devices") },
			[]Finding{{
				Source: "devd", Lacks: []string{"file does not exist: start devd, or new virtual machines are seen a little later"},
			}},
		},
		{
			"no ZFS",
			func(m *machine) {
				m.SetProgram([]string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize"}, nil, errors.New("exit status 1"))
			},
			[]Finding{{Source: "zfs", Lacks: []string{"exit status 1"}}, {Source: "kstat.zfs", None: "no pool has volumes or a datastore"}},
		},
		{
			"no interfaces",
			func(m *machine) { m.SetProgram([]string{"/sbin/ifconfig", "-a"}, nil, errors.New("exit status 1")) },
			[]Finding{{Source: "interfaces", Lacks: []string{"exit status 1"}}},
		},
		{
			"libvirt may not be seen",
			func(m *machine) { m.SetError(fs.ErrPermission, "list", libvirtDir) },
			[]Finding{{Source: "libvirt", Lacks: []string{"permission denied" + root}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := full()
			programs(m)
			threads(m)
			drives(m)
			sound, _ := inspected(t, m)
			tt.breaks(m)
			got, _ := inspected(t, m)
			for _, f := range tt.want {
				sound[f.Source] = f
			}
			if diff := cmp.Diff(sound, got); diff != "" {
				t.Errorf("unexpected findings (-want +got):\n%s", diff)
			}
		})
	}
}

// A host with nothing but bhyve lacks nothing that it needs.
func TestInspectPlain(t *testing.T) {
	t.Parallel()
	m := newMachine()
	programs(m)
	got, _ := inspected(t, m)
	for source, want := range map[string]string{
		"kern.proc": "no bhyve among 1 process", "vm-bhyve": "vm_dir is not in rc.conf",
		"cbsd": "cbsd_workdir is not in rc.conf", "syslog": "CBSD is not here, whose virtual machines it tells of",
		"disks": noDisks, "libvirt": "libvirt runs nothing here", "cpuset": nothingRuns, "kqueue": nothingRuns,
		vmmDir: "no virtual machine has a node",
	} {
		if diff := cmp.Diff(Finding{Source: source, None: want}, got[source]); diff != "" {
			t.Errorf("unexpected finding (-want +got):\n%s", diff)
		}
	}
}

// What hangs is told after its deadline, and the rest is there.
func TestInspectHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := full()
		programs(m)
		threads(m)
		drives(m)
		sound, _ := inspected(t, m)
		for _, path := range []string{"/tank", "/usr/local/cbsd", libvirtDir, vmmDir} {
			defer m.hang(path)()
		}
		began := time.Now()
		got, _ := inspected(t, m)
		if took := time.Since(began); took > defaultBounds().programs+2*fileBound {
			t.Errorf("it took %v", took)
		}
		const hangs = ": it hangs or is very slow, and is not waited for"
		for source, f := range map[string]Finding{
			"vm-bhyve": {Found: "2 datastores with 1 virtual machine", Lacks: []string{"no answer within 2s" + hangs}},
			"cbsd":     {Lacks: []string{"no answer within 10s" + hangs}},
			"disks":    {None: noDisks}, // those of /tank
			"libvirt":  {Lacks: []string{"no answer within 2s" + hangs}},
			vmmDir:     {Lacks: []string{"no answer within 2s" + hangs}},
		} {
			f.Source = source
			sound[source] = f
		}
		if diff := cmp.Diff(sound, got); diff != "" {
			t.Errorf("unexpected findings (-want +got):\n%s", diff)
		}
	})
}

// What is amiss in several ways that are told alike is told once.
func TestFindingFolds(t *testing.T) {
	t.Parallel()
	f := Finding{Source: vmmDir}
	f.lacks(errors.Join(fs.ErrPermission, fs.ErrNotExist, fs.ErrPermission), fs.ErrNotExist)
	want := Finding{Source: vmmDir, Lacks: []string{
		"permission denied: run vmond as root, or give its user read access", "file does not exist",
	}}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("unexpected finding (-want +got):\n%s", diff)
	}
}
