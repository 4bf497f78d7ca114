package bhyve

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// statisticsAlike compares statistics but for the number of the run, and of what the process takes.
func statisticsAlike() cmp.Option {
	return cmp.Options{cmpopts.IgnoreFields(hv.Statistics{}, "Run", "Process"), cmpopts.EquateEmpty()}
}

// used returns the statistics of what was used of CPUs.
func used(total time.Duration, cpus ...time.Duration) hv.Statistics {
	s := hv.Statistics{CPUTime: hv.Some(total)}
	for id, d := range cpus {
		s.CPUs = append(s.CPUs, hv.CPUStats{ID: id, Time: hv.Some(d)})
	}
	return s
}

// TestStatisticsReboot proves that the counters go on when the guest reboots, which is another process, and that they, and what it is
// made of, stay what they are between the two.
func TestStatisticsReboot(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	m.watch(4200, "web")
	m.manage(webConf + "network0_device=tap0\n")
	m.host.SetFile("/vm/web/run.lock", []byte("hv1\n"), freebsd.Stat{Modified: anHourAgo()})
	m.host.SetSysctl([]byte("hv1\x00"), hostnameVariable)
	steps := []struct {
		name string
		do   func()
		want hv.Statistics
	}{
		{"runs", func() { m.start(4242, []string{"bhyve: web"}, 10*time.Second, 20*time.Second) },
			used(31*time.Second, 10*time.Second, 20*time.Second)},
		{"runs on", func() { m.use(4242, 15*time.Second, 25*time.Second) },
			used(41*time.Second, 15*time.Second, 25*time.Second)},
		{"has ended", func() { m.end(4242) }, used(41*time.Second, 15*time.Second, 25*time.Second)},
		{"is back", func() {
			m.open(4300)
			m.start(4300, []string{"bhyve: web"}, time.Second, 2*time.Second)
		}, used(45*time.Second, 16*time.Second, 27*time.Second)},
		{"runs on", func() { m.use(4300, 3*time.Second, 4*time.Second) },
			used(49*time.Second, 18*time.Second, 29*time.Second)},
	}
	var (
		run   hv.Opt[int64]
		first hv.Definition
	)
	for i, step := range steps {
		step.do()
		d, err := m.definitionOf(t, webVM)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if i == 0 {
			first = d
		}
		if diff := cmp.Diff(first, d, definitionsAlike()); diff != "" {
			t.Errorf("%s: unexpected definition (-want +got):\n%s", step.name, diff)
		}
		got, err := m.statisticsOf(t, webVM)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		step.want.Disks = []hv.DiskStats{{Key: "/vm/web/disk0.img"}}
		step.want.NICs = []hv.NICStats{{
			Key: "network0", TxPackets: hv.Some[uint64](1), TxErrors: hv.Some[uint64](2), TxDrops: hv.Some[uint64](3),
			TxBytes: hv.Some[uint64](4), RxPackets: hv.Some[uint64](5), RxErrors: hv.Some[uint64](6), RxBytes: hv.Some[uint64](7),
		}}
		if diff := cmp.Diff(step.want, got, statisticsAlike()); diff != "" {
			t.Errorf("%s: unexpected statistics (-want +got):\n%s", step.name, diff)
		}
		if run.IsZero() {
			run = got.Run
		}
		if got.Run != run || run.Or(0) == 0 {
			t.Errorf("%s: run %v after %v", step.name, got.Run, run)
		}
	}
}

// TestStatisticsVanished proves that of a process that ended between the look and the reading there is what the look found, rather
// than zeros.
func TestStatisticsVanished(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(*madeUp){
		"it ended": func(m *madeUp) { m.vanish(4242) },
		"another has its ID": func(m *madeUp) {
			m.host.SetSysctl(records(freebsd.Process{PID: 4242, Start: noon()}), threadsVariable, 4242)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.start(4242, []string{"bhyve: guest"}, time.Second)
			if _, err := m.definitionOf(t, plainVM); err != nil {
				t.Fatal(err)
			}
			vanish(m)
			m.title(4242, "bhyve: guest")
			got, err := m.statisticsOf(t, plainVM)
			if err != nil {
				t.Fatal(err)
			}
			want := used(2 * time.Second)
			if diff := cmp.Diff(want, got, statisticsAlike()); diff != "" {
				t.Errorf("unexpected statistics (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStatisticsOff proves that of one that does not run there are the sizes of its disks, and no counter.
func TestStatisticsOff(t *testing.T) {
	t.Parallel()
	conf := "cpu=1\nmemory=1G\ndisk0_type=nvme\ndisk0_name=/dev/zvol/zroot/disk0\ndisk0_dev=custom\n" +
		"disk1_type=nvme\ndisk1_name=disk1.img\ndisk2_type=nvme\ndisk2_name=/dev/da1\ndisk2_dev=custom\n" +
		"disk3_type=ahci-hd\ndisk3_name=iqn.2026:x\ndisk3_dev=iscsi\nnetwork0_type=e1000\n"
	m := makeUp(t)
	m.wire()
	m.manage(conf)
	m.host.SetStat("/vm/web/disk1.img", freebsd.Stat{Size: 100, Allocated: 40})
	m.host.SetProgram([]string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize"}, []byte("zroot/disk0\t1000\n"), nil)
	m.host.SetProgram([]string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,used"}, []byte("zroot/disk0\t600\n"), nil)
	m.host.SetSysctl([]byte("0 DISK da1 2000 512 hd 255 sc 63\n\x00"), mediaVariable)
	m.host.SetProgram([]string{"/sbin/sysctl", "kstat.zfs.zroot.dataset"}, nil, errors.New("asked in vain"))
	want := hv.Statistics{Run: hv.Some[int64](0), Disks: []hv.DiskStats{
		{Key: "/dev/zvol/zroot/disk0", Capacity: hv.Some[int64](1000), Allocation: hv.Some[int64](1000), Physical: hv.Some[int64](600)},
		{Key: "/vm/web/disk1.img", Capacity: hv.Some[int64](100), Allocation: hv.Some[int64](40), Physical: hv.Some[int64](100)},
		{Key: "/dev/da1", Capacity: hv.Some[int64](2000), Allocation: hv.Some[int64](2000), Physical: hv.Some[int64](2000)},
		{Key: "iqn.2026:x"},
	}}
	for range 2 { // without a definition that was read before, and with one
		got, err := m.statisticsOf(t, webVM)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected statistics (-want +got):\n%s", diff)
		}
		if _, err := m.definitionOf(t, webVM); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStatisticsLack proves that what the host cannot tell is absent, and only that.
func TestStatisticsLack(t *testing.T) {
	t.Parallel()
	line := []string{"bhyve", "-s", "3,nvme,/dev/zvol/zroot/disk0", "-s", "4,virtio-net,tap0,mac=58:9c:fc:0:0:1", "guest"}
	failed := errors.New("exit status 1")
	disk := hv.DiskStats{
		Key: "/dev/zvol/zroot/disk0", Capacity: hv.Some[int64](1000), Allocation: hv.Some[int64](1000), Physical: hv.Some[int64](600),
		ReadRequests: hv.Some[uint64](1), WriteRequests: hv.Some[uint64](2), ReadBytes: hv.Some[uint64](3), WriteBytes: hv.Some[uint64](4),
	}
	nic := hv.NICStats{
		Key: "58:9c:fc:00:00:01", TxPackets: hv.Some[uint64](1), TxErrors: hv.Some[uint64](2), TxDrops: hv.Some[uint64](3),
		TxBytes: hv.Some[uint64](4), RxPackets: hv.Some[uint64](5), RxErrors: hv.Some[uint64](6), RxBytes: hv.Some[uint64](7),
	}
	noSize, noIO, noUse := disk, disk, disk
	noUse.Physical = hv.Opt[int64]{}
	noSize.Capacity, noSize.Allocation = hv.Opt[int64]{}, hv.Opt[int64]{}
	noIO.ReadRequests, noIO.WriteRequests, noIO.ReadBytes, noIO.WriteBytes = hv.Opt[uint64]{}, hv.Opt[uint64]{}, hv.Opt[uint64]{}, hv.Opt[uint64]{}
	list := []string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,volsize"}
	use := []string{"/sbin/zfs", "list", "-Hp", "-t", "volume", "-o", "name,used"}
	kstat := []string{"/sbin/sysctl", "kstat.zfs.zroot.dataset"}
	tests := []struct {
		name string
		fail []string
		disk hv.DiskStats
		nic  hv.NICStats
	}{
		{"nothing", nil, disk, nic},
		{"sizes", list, noSize, nic},
		{"what volumes use", use, noUse, nic},
		{"counters of disks", kstat, noIO, nic},
		{"interfaces", []string{"/sbin/ifconfig", "-a"}, disk, nic},
		{"counters of interfaces", []string{"/usr/bin/netstat", "-ibn", "--libxo", "json"}, disk, hv.NICStats{Key: nic.Key}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.wire()
			m.start(4242, line, 9*time.Second)
			m.host.SetProgram(list, []byte("zroot/disk0\t1000\n"), nil)
			m.host.SetProgram(use, []byte("zroot/disk0\t600\n"), nil)
			m.host.SetProgram(kstat, []byte("kstat.zfs.zroot.dataset.objset-0x1.reads: 1\nkstat.zfs.zroot.dataset.objset-0x1.writes: 2\n"+
				"kstat.zfs.zroot.dataset.objset-0x1.nread: 3\nkstat.zfs.zroot.dataset.objset-0x1.nwritten: 4\n"+
				"kstat.zfs.zroot.dataset.objset-0x1.dataset_name: zroot/disk0\n"), nil)
			if tt.fail != nil {
				m.host.SetProgram(tt.fail, []byte("half an answer"), failed)
			}
			want := used(10*time.Second, 9*time.Second)
			want.Disks, want.NICs = []hv.DiskStats{tt.disk}, []hv.NICStats{tt.nic}
			got, err := m.statisticsOf(t, plainVM)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, statisticsAlike()); diff != "" {
				t.Errorf("unexpected statistics (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStatisticsElsewhere proves that nothing is told of a file of the host that is not the virtual machine's: one at the same path as a
// jail's, before its process is there again, too, or one in our own directory.
func TestStatisticsElsewhere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path string
		jail       int
	}{
		{"in a jail", "/vm/disk.img", 7},
		{"in a directory that nobody knows", "disk.img", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.start(4242, []string{"bhyve", "-s", "3,nvme," + tt.path, "guest"}, time.Second)
			m.processes[0].Jail = tt.jail
			m.use(4242, time.Second)
			wantDisk := []hv.Disk{{Key: tt.path, Resource: tt.path, ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "nvme"}}
			wantStats := []hv.DiskStats{{Key: tt.path}}
			tell := func() {
				t.Helper()
				d, err := m.definitionOf(t, plainVM)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(wantDisk, d.Disks); diff != "" {
					t.Errorf("unexpected disks (-want +got):\n%s", diff)
				}
				s, err := m.statisticsOf(t, plainVM)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(wantStats, s.Disks); diff != "" {
					t.Errorf("unexpected statistics (-want +got):\n%s", diff)
				}
			}
			tell()
			missing := m.host.Missing()
			if slices.ContainsFunc(missing, func(q string) bool { return strings.HasSuffix(q, tt.path) }) {
				t.Errorf("asked in vain: %q", missing)
			}
			m.host.SetStat(tt.path, freebsd.Stat{Size: 111, Allocated: 50})
			tell()
			m.end(4242)
			tell()
		})
	}
}

// TestStatisticsErrors proves that who cannot be read has an error of its own.
func TestStatisticsErrors(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.start(4242, []string{"bhyve: guest"}, time.Second)
	m.start(4243, []string{"bhyve: odd"}, time.Second)
	m.host.SetError(fs.ErrPermission, "sysctl", threadsVariable, "4243")
	errs := map[string]error{}
	keys := []string{plainVM, "bhyve:odd", "bhyve:nobody"}
	if err := m.Statistics(t.Context(), keys, func(key string, _ hv.Statistics, err error) { errs[key] = err }); err != nil {
		t.Fatal(err)
	}
	if errs[plainVM] != nil || !errors.Is(errs["bhyve:odd"], fs.ErrPermission) || !errors.Is(errs["bhyve:nobody"], hv.ErrGone) {
		t.Errorf("unexpected errors %v", errs)
	}
}

// TestStatisticsAt proves that they tell when they were read.
func TestStatisticsAt(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.start(4242, []string{"bhyve: guest"}, time.Second)
	before := time.Now()
	got, err := answerAbout(t, plainVM, m.Statistics)
	if err != nil || got.At.Before(before) || got.At.After(time.Now()) {
		t.Errorf("read at %v, %v; asked at %v", got.At, err, before)
	}
}
