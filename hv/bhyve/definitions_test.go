package bhyve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

const (
	// plainVM is one that was started by hand.
	plainVM = "bhyve:guest"
	// webVM is one of vm-bhyve.
	webVM = "vm-bhyve:default/web"
)

// ifconfigText is of a host with a bridge on which a tap is.
const ifconfigText = `ix0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
	ether 3c:fd:fe:aa:bb:cc
tap0: flags=1008943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
	ether 58:9c:fc:10:ff:8e
	groups: tap
	Opened by PID %d
bridge0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
	member: tap0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
	member: ix0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
	groups: bridge
`

// netstatText is of the same host.
const netstatText = `{"statistics":{"interface":[
{"name":"ix0","network":"<Link#1>","received-packets":1,"received-errors":0,"dropped-packets":0,"received-bytes":1,"sent-packets":1,"send-errors":0,"sent-bytes":1},
{"name":"tap0","network":"<Link#5>","received-packets":1,"received-errors":2,"dropped-packets":3,"received-bytes":4,"sent-packets":5,"send-errors":6,"sent-bytes":7}]}}`

// wire gives the host interfaces, of which process 4242 has the tap open.
func (m *madeUp) wire() {
	m.open(4242)
	m.host.SetProgram([]string{"/usr/bin/netstat", "-ibn", "--libxo", "json"}, []byte(netstatText), nil)
}

// open has a process open the tap.
func (m *madeUp) open(pid int) {
	m.host.SetProgram([]string{"/sbin/ifconfig", "-a"}, fmt.Appendf(nil, ifconfigText, pid), nil)
}

// manage has vm-bhyve define a virtual machine "web".
func (m *madeUp) manage(conf string) {
	m.host.SetFile("/etc/rc.conf", []byte("vm_enable=\"YES\"\nvm_dir=\"/vm\"\n"), freebsd.Stat{})
	m.host.SetDir("/vm", "web")
	m.host.SetStat("/vm", freebsd.Stat{Mode: fs.ModeDir})
	m.host.SetDir("/vm/web", "web.conf")
	m.host.SetStat("/vm/web", freebsd.Stat{Mode: fs.ModeDir})
	m.host.SetFile("/vm/web/web.conf", []byte(conf), freebsd.Stat{Modified: noon()})
}

// definitionsAlike compares definitions but for when they began.
func definitionsAlike() cmp.Option {
	return cmp.Options{cmpopts.IgnoreFields(hv.Definition{}, "Started", "Run"), cmpopts.EquateEmpty()}
}

// cpusOn returns virtual CPUs from 0, each on the set of that text.
func cpusOn(t *testing.T, texts ...string) []hv.CPU {
	t.Helper()
	var cpus []hv.CPU
	for id, text := range texts {
		c := hv.CPU{ID: id}
		if text != "" {
			c.Affinity = hv.Some(set(t, text))
		}
		cpus = append(cpus, c)
	}
	return cpus
}

// count returns a definition with a number of virtual CPUs.
func count(d hv.Definition) hv.Definition {
	if n := len(d.CPUs); n > 0 {
		d.CurCPUs, d.MinCPUs, d.MaxCPUs = hv.Some(n), hv.Some(n), hv.Some(n)
	}
	return d
}

// remember returns a definition with so much memory.
func remember(d hv.Definition, n int64) hv.Definition {
	d.CurMem, d.MinMem, d.MaxMem = hv.Some(n), hv.Some(n), hv.Some(n)
	return d
}

// TestDefinitionPlain proves what is known of a virtual machine that was started by hand: all until it has its title, and from then on
// what was seen before, or what its process shows.
func TestDefinitionPlain(t *testing.T) {
	t.Parallel()
	line := strings.Fields("bhyve -c 2 -m 1G -s 0,hostbridge -s 3,virtio-blk,/images/disk -s 4,virtio-net,tap0,mac=58:9c:fc:0:0:1 guest")
	nic := hv.NIC{Key: "58:9c:fc:00:00:01", MAC: hv.MAC{0x58, 0x9c, 0xfc, 0, 0, 1}, Model: "virtio-net", Host: "tap0", Bridge: "bridge0", IfIndex: hv.Some(5), Parent: hv.Some(1)}
	disk := hv.Disk{
		Key: "/images/disk", Source: hv.SourceRaw, Format: "raw", Resource: "/images/disk", ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio-blk",
	}
	whole := remember(count(hv.Definition{CPUs: cpusOn(t, "2", "3"), Disks: []hv.Disk{disk}, NICs: []hv.NIC{nic}}), 1<<30)
	unknown := whole
	unknown.CPUs = cpusOn(t, "", "")
	seen := count(hv.Definition{CPUs: cpusOn(t, "2", "3"), NICs: []hv.NIC{{Key: "tap0", Host: "tap0", Bridge: "bridge0", IfIndex: hv.Some(5), Parent: hv.Some(1)}}})
	tests := []struct {
		name string
		do   func(*madeUp)
		want hv.Definition
	}{
		{"before its title", func(m *madeUp) { m.title(4242, line...) }, whole},
		{"with its title", func(*madeUp) {}, seen},
		{"with its title, and seen before", func(m *madeUp) {
			m.title(4242, line...)
			if _, err := m.definitionOf(t, plainVM); err != nil {
				t.Error(err)
			}
			m.title(4242, "bhyve: guest")
		}, whole},
		{"beneath what has the command line", func(m *madeUp) {
			m.processes[0].Parent = 4200
			m.use(4242, time.Second, time.Second)
			m.title(4200, append([]string{"sudo"}, line...)...)
		}, whole},
		{"beneath a script called bhyve", func(m *madeUp) {
			m.processes[0].Parent = 4200
			m.use(4242, time.Second, time.Second)
			m.title(4200, "/bin/sh", "/usr/local/etc/rc.d/bhyve", "start", "guest")
		}, seen},
		{"affinity may not be asked", func(m *madeUp) {
			m.title(4242, line...)
			m.host.SetError(fs.ErrPermission, "affinity", "104243")
			m.host.SetError(fs.ErrPermission, "affinity", "104244")
		}, unknown},
		{"no interfaces, no threads yet", func(m *madeUp) {
			m.host.SetProgram([]string{"/sbin/ifconfig", "-a"}, nil, errors.New("exit status 1"))
			m.use(4242)
		}, hv.Definition{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := makeUp(t)
			m.wire()
			m.host.SetStat("/images/disk", freebsd.Stat{Size: 100, Allocated: 40})
			m.host.SetAffinity(104243, []byte{4, 0, 0, 0, 0, 0, 0, 0})
			m.host.SetAffinity(104244, []byte{8, 0, 0, 0, 0, 0, 0, 0})
			m.start(4242, []string{"bhyve: guest"}, time.Second, time.Second)
			tt.do(m)
			d, err := m.definitionOf(t, plainVM)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, d, definitionsAlike()); diff != "" {
				t.Errorf("unexpected definition (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDefinitionStarted proves that a run began as long ago as the host's clock tells, whatever ours says, and is told with it.
func TestDefinitionStarted(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.start(4242, []string{"bhyve: guest"}, time.Second)
	before := time.Now()
	d, err := m.definitionOf(t, plainVM)
	if err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	began, ok := d.Started.Get()
	if !ok || began.Before(before.Add(-time.Hour)) || began.After(after.Add(-time.Hour)) {
		t.Errorf("began %v, want an hour before now", d.Started)
	}
	if run, ok := d.Run.Get(); !ok || run == 0 {
		t.Errorf("run %v of one that runs", d.Run)
	}
}

// TestDefinitionClock proves that nothing of a virtual machine changes when somebody sets the host's clock: it began when it began, and
// is made of what was seen before its process had a title.
func TestDefinitionClock(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	m.start(4242, []string{"bhyve", "-c", "1", "-m", "1G", "-s", "4,virtio-net,tap0,mac=58:9c:fc:0:0:1", "guest"}, time.Second)
	first, err := m.definitionOf(t, plainVM)
	if err != nil {
		t.Fatal(err)
	}
	m.title(4242, "bhyve: guest")
	const step = 3 * time.Hour
	m.host.SetClock(freebsd.Clock{Now: noon().Add(step), Up: hostUp})
	m.processes[0].Start = anHourAgo().Add(step) // which the kernel works out from the clock
	m.use(4242, time.Second)
	second, err := m.definitionOf(t, plainVM)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("unexpected definition (-before +after):\n%s", diff)
	}
}

const webConf = `loader="bhyveload"
cpu=2
memory=4G
network0_type="virtio-net"
network0_switch="public"
network0_mac="58:9c:fc:00:00:01"
disk0_type="virtio-blk"
disk0_name="disk0.img"
bhyve_options="-p 1:3"
`

// TestDefinitionOff proves what is told of a virtual machine of vm-bhyve that does not run.
func TestDefinitionOff(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	m.manage(webConf)
	m.host.SetStat("/vm/web/disk0.img", freebsd.Stat{Size: 100, Allocated: 40})
	d, err := m.definitionOf(t, webVM)
	if err != nil {
		t.Fatal(err)
	}
	want := remember(count(hv.Definition{
		OSType: "FreeBSD", Run: hv.Some[int64](0), CPUs: cpusOn(t, "0-7", "3"),
		Disks: []hv.Disk{{
			Key: "/vm/web/disk0.img", Source: hv.SourceRaw, Format: "raw", Resource: "/vm/web/disk0.img", ReadOnly: hv.No,
			Media: hv.MediaHardDisk, Bus: "virtio-blk",
		}},
		NICs: []hv.NIC{{
			Key: "network0", MAC: hv.MAC{0x58, 0x9c, 0xfc, 0, 0, 1}, Model: "virtio-net", IfIndex: hv.Some(0), Parent: hv.Some(0),
		}},
	}), 4<<30)
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("unexpected definition (-want +got):\n%s", diff)
	}
	if missing := m.host.Missing(); slices.ContainsFunc(missing, func(q string) bool { return strings.HasPrefix(q, "run /sbin/ifconfig") }) {
		t.Errorf("asked in vain: %q", missing)
	}
}

// TestDefinitionEdited proves that a virtual machine of vm-bhyve that runs has what it was started with, and gets what was written since
// when it is started again.
func TestDefinitionEdited(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	m.manage(webConf)
	m.host.SetStat("/vm/web/disk0.img", freebsd.Stat{Size: 100, Allocated: 40})
	m.host.SetStat("/vm/web/old.img", freebsd.Stat{Size: 100, Allocated: 100})
	m.host.SetFile("/vm/web/run.lock", []byte("hv1\n"), freebsd.Stat{Modified: anHourAgo()})
	m.host.SetSysctl([]byte("hv1\x00"), hostnameVariable)
	stamp := anHourAgo().Format(time.RFC3339)
	m.host.SetFile("/vm/web/vm-bhyve.log", []byte(stamp+": initialising\n"+
		stamp+":  [bhyve options: -c 3 -m 2G -AHPw -U 8ae0b0b2-7c70-11f0-9c1e-589cfc10d622]\n"+
		stamp+":  [bhyve devices: -s 0,hostbridge -s 4:0,nvme,/vm/web/old.img -s 5:0,e1000,tap0,mac=58:9c:fc:00:00:09]\n"+
		stamp+": starting bhyve (run 1)\n"), freebsd.Stat{Modified: anHourAgo()})
	m.start(4242, []string{"bhyve: web"}, time.Second)
	type short struct {
		CPUs         int
		Memory       int64
		Disks, Buses []string
		Models       []string
		Taps         []string
	}
	shorten := func(d hv.Definition) short {
		s := short{CPUs: d.CurCPUs.Or(0), Memory: d.CurMem.Or(0)}
		for _, disk := range d.Disks {
			s.Disks, s.Buses = append(s.Disks, disk.Resource), append(s.Buses, disk.Bus)
		}
		for _, nic := range d.NICs {
			s.Models, s.Taps = append(s.Models, nic.Model), append(s.Taps, nic.Host)
		}
		return s
	}
	steps := []struct {
		name string
		do   func()
		want short
	}{
		{"runs", func() {}, short{3, 2 << 30, []string{"/vm/web/old.img"}, []string{"nvme"}, []string{"e1000"}, []string{"tap0"}}},
		{"does not run", func() {
			m.end(4242)
			m.host.Remove("/vm/web/run.lock")
		}, short{2, 4 << 30, []string{"/vm/web/disk0.img"}, []string{"virtio-blk"}, []string{"virtio-net"}, []string{""}}},
	}
	for _, step := range steps {
		step.do()
		d, err := m.definitionOf(t, webVM)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, shorten(d)); diff != "" {
			t.Errorf("%s: unexpected definition (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestDefinitionSlashes proves that a disk is the same whether it runs or not, however many slashes the path of its datastore has.
func TestDefinitionSlashes(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.manage(webConf)
	m.host.SetFile("/etc/rc.conf", []byte("vm_enable=\"YES\"\nvm_dir=\"/vm/\"\n"), freebsd.Stat{})
	for _, path := range []string{"/vm/web/disk0.img", "/vm//web/disk0.img"} {
		m.host.SetStat(path, freebsd.Stat{Size: 100, Allocated: 40})
	}
	stamp := anHourAgo().Format(time.RFC3339)
	log := stamp + ": initialising\n" + stamp + ":  [bhyve devices: -s 4:0,virtio-blk,/vm//web/disk0.img]\n" + stamp + ": starting bhyve (run 1)\n"
	m.host.SetFile("/vm/web/vm-bhyve.log", []byte(log), freebsd.Stat{Modified: anHourAgo()})
	m.host.SetDir("/vm/web", "web.conf", "vm-bhyve.log")
	want := []hv.Disk{{
		Key: "/vm/web/disk0.img", Source: hv.SourceRaw, Format: "raw", Resource: "/vm/web/disk0.img", ReadOnly: hv.No,
		Media: hv.MediaHardDisk, Bus: "virtio-blk",
	}}
	for _, does := range []string{"off", "runs", "off again"} {
		switch does {
		case "runs":
			m.start(4242, []string{"bhyve: web"}, time.Second)
		case "off again":
			m.end(4242)
		}
		d, err := m.definitionOf(t, webVM)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.Disks); diff != "" {
			t.Errorf("%s: unexpected disks (-want +got):\n%s", does, diff)
		}
	}
}

// TestDefinitionsErrors proves that who cannot be read has an error of its own, and its neighbours none.
func TestDefinitionsErrors(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	m.manage(webConf)
	m.start(4242, []string{"bhyve: guest"}, time.Second)
	m.start(4243, []string{"bhyve: odd"}, time.Second)
	m.host.SetSysctl([]byte("rubbish"), threadsVariable, 4243)
	if _, err := m.definitionOf(t, webVM); err != nil {
		t.Fatal(err)
	}
	errDisk := errors.New("input/output error")
	m.host.SetError(errDisk, "read", "/vm/web/web.conf")
	m.host.SetStat("/vm/web/web.conf", freebsd.Stat{Size: 7, Modified: noon().Add(time.Hour)})
	got := map[string]bool{}
	errs := map[string]error{}
	keys := []string{plainVM, webVM, "bhyve:odd", "bhyve:nobody"}
	if err := m.Definitions(t.Context(), keys, func(key string, _ hv.Definition, err error) {
		got[key], errs[key] = err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{plainVM: true, webVM: false, "bhyve:odd": false, "bhyve:nobody": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected answers (-want +got):\n%s", diff)
	}
	if err := errs[webVM]; err == nil || !strings.Contains(err.Error(), errDisk.Error()) {
		t.Errorf("%q: %v, want %v", webVM, err, errDisk)
	}
	for key, err := range errs {
		if gone := errors.Is(err, hv.ErrGone); gone != (key == "bhyve:nobody") {
			t.Errorf("%q: %v", key, err)
		}
		if err != nil && !strings.Contains(err.Error(), strconv.Quote(key)) {
			t.Errorf("%q: the error does not name it: %v", key, err)
		}
	}
}

// TestDefinitionsMany proves that each of many is told once, in one environment that was asked for once.
func TestDefinitionsMany(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.wire()
	var keys []string
	for n := range 50 {
		name := "guest" + strconv.Itoa(n)
		m.start(5000+n, []string{"bhyve: " + name}, time.Second)
		keys = append(keys, plainKey+name)
	}
	told := map[string]int{}
	if err := m.Definitions(t.Context(), keys, func(key string, d hv.Definition, err error) {
		told[key]++
		if err != nil || len(d.CPUs) != 1 {
			t.Errorf("%q: %+v, %v", key, d, err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(told))); diff != "" {
		t.Errorf("unexpected keys (-want +got):\n%s", diff)
	}
	for key, n := range told {
		if n != 1 {
			t.Errorf("%q is told %d times", key, n)
		}
	}
}

// TestDefinitionsEnd proves that who gives up is told nothing more, and that so it is after Close.
func TestDefinitionsEnd(t *testing.T) {
	t.Parallel()
	m := makeUp(t)
	m.start(4242, []string{"bhyve: guest"}, time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(key string, _ hv.Definition, _ error) { t.Errorf("told of %q", key) }
	if err := m.Definitions(ctx, []string{plainVM}, never); !errors.Is(err, context.Canceled) {
		t.Errorf("Definitions = %v, want that of the context", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Definitions(t.Context(), []string{plainVM}, never); !errors.Is(err, errClosed) {
		t.Errorf("Definitions = %v, want that it is closed", err)
	}
}
