package libvirt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// tree makes a directory with those files. One whose text begins with "-> " is a link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatalf("failed to make a directory: %v", err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatalf("failed to make %q: %v", name, err)
		}
	}
	return root
}

// clockAt returns a clock that shows that time.
func clockAt(now time.Time) func() time.Time { return func() time.Time { return now } }

func TestBoot(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tests := []struct {
		name   string
		uptime string
		want   hv.Opt[time.Time]
	}{
		{"usual", "12.34 5.6\n", hv.Some(now.Add(-12340 * time.Millisecond))},
		{"alone", "1", hv.Some(now.Add(-time.Second))},
		{"negative", "-5.0 1", hv.Opt[time.Time]{}},
		{"not a number", "now", hv.Opt[time.Time]{}},
		{"empty", "", hv.Opt[time.Time]{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := files{tree(t, map[string]string{"proc/uptime": tt.uptime})}
			if got := f.boot(clockAt(now)); !got.at.Equal(tt.want) || got.life != "" {
				t.Errorf("unexpected boot: %+v, want %v", got, tt.want)
			}
		})
	}
	if got := (files{t.TempDir()}).boot(clockAt(now)); !got.at.IsZero() {
		t.Errorf("unexpected boot without files: %+v", got)
	}
}

// statLine is the text of a /proc/PID/stat with that start.
func statLine(name, start string) string {
	return "42 (" + name + ") S 1 42 42 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 " + start + " 1000 100 18446744073709551615\n"
}

// started returns when the process began, if it is there.
func started(f files, pid int, now time.Time) hv.Opt[time.Time] {
	p := f.process(pid)
	if p == nil {
		return hv.Opt[time.Time]{}
	}
	return f.since(p.start, clockAt(now))
}

func TestProcessStarted(t *testing.T) {
	t.Parallel()
	now := time.Now()
	none := hv.Opt[time.Time]{}
	tests := []struct {
		name string
		stat string
		want hv.Opt[time.Time]
	}{
		{"usual", statLine("qemu-system-x86", "2050"), hv.Some(now.Add(-79500 * time.Millisecond))},
		{"a name with everything in it", statLine("a) S 1 2 3 (b", "2050"), hv.Some(now.Add(-79500 * time.Millisecond))},
		{"just now, by another rounding", statLine("x", "10001"), hv.Some(now)},
		{"not a number", statLine("x", "then"), none},
		{"negative", statLine("x", "-1"), none},
		{"in 292 years", statLine("x", "922337203685"), hv.Some(now)},
		{"beyond", statLine("x", "922337203686"), none},
		{"far beyond", statLine("x", "9223372036854775807"), none},
		{"cut off", "42 (x) S 1 2", none},
		{"empty", "", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := files{tree(t, map[string]string{"proc/uptime": "100.00 1", "proc/42/stat": tt.stat})}
			if got := started(f, 42, now); !got.Equal(tt.want) {
				t.Errorf("unexpected start: %v, want %v", got, tt.want)
			}
			if got := started(f, 43, now); !got.IsZero() {
				t.Errorf("unexpected start of a process that is not there: %v", got)
			}
		})
	}
	f := files{tree(t, map[string]string{"proc/42/stat": statLine("x", "1")})}
	if got := started(f, 42, now); !got.IsZero() {
		t.Errorf("unexpected start without an uptime: %v", got)
	}
}

// TestProcessStartedHere asks the kernel about this very process.
func TestProcessStartedHere(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this system has no /proc as Linux has it")
	}
	now := time.Now()
	at, ok := started(files{"/"}, os.Getpid(), now).Get()
	if age := now.Sub(at); !ok || age < 0 || age > time.Hour {
		t.Errorf("unexpected age: %v, %t", age, ok)
	}
}

func TestProcesses(t *testing.T) {
	t.Parallel()
	const (
		first  = "0a2b6c1e-5f0d-4c39-8f0e-3f3d7a1c9b10"
		second = "0a2b6c1e-5f0d-4c39-8f0e-3f3d7a1c9b11"
		third  = "0a2b6c1e-5f0d-4c39-8f0e-3f3d7a1c9b12"
	)
	cmdline := func(uuid string) string {
		return "/usr/bin/qemu\x00-name\x00guest=x\x00-uuid\x00" + uuid + "\x00-S\x00"
	}
	root := tree(t, map[string]string{
		"proc/uptime":                 "100.00 1",
		"proc/self":                   "-> 10",
		"proc/10/cmdline":             cmdline(first),
		"proc/10/stat":                statLine("qemu", "1000"),
		"proc/11/cmdline":             cmdline(second),
		"proc/11/stat":                statLine("qemu", "2000"),
		"proc/12/cmdline":             "sh\x00-c\x00-uuid\x00",
		"proc/13/stat":                statLine("kthread", "5"),
		"proc/77/stat":                statLine("libvirt_lxc", "2900"),
		"proc/77/task/77/children":    "78 79 \n",
		"proc/78/stat":                statLine("init", "3000"),
		"proc/80/task/80/children":    "",
		"run/libvirt/qemu/first.pid":  "10\n",
		"run/libvirt/qemu/stale.pid":  "10",
		"run/libvirt/qemu/absent.pid": "999",
		"run/libvirt/qemu/odd.pid":    "x",
		"run/libvirt/first.pid":       "11",
	})
	tests := []struct {
		name, driver, vm, uuid string
		id                     int32
		want                   time.Duration
	}{
		{"by its PID file", "qemu", "first", first, 1, 90 * time.Second},
		{"by the list of processes", "qemu", "second", second, 1, 80 * time.Second},
		{"a PID file of another's process", "qemu", "stale", second, 1, 80 * time.Second},
		{"a PID file of no process", "qemu", "absent", third, 1, 0},
		{"a PID file without a PID", "qemu", "odd", second, 1, 80 * time.Second},
		{"a name that leads elsewhere", "qemu", "../first", second, 1, 80 * time.Second},
		{"no process", "qemu", "none", third, 1, 0},
		{"a container", "lxc", "c", third, 77, 70 * time.Second},
		{"a container that is gone", "lxc", "c", third, 79, 0},
		{"a container that ends", "lxc", "c", third, 80, 0},
		{"Xen", "xen", "first", first, 77, 0},
	}
	var procs processes
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u, err := hv.ParseUUID(tt.uuid)
			if err != nil {
				t.Fatalf("failed to parse: %v", err)
			}
			now := time.Now()
			var got time.Duration
			if p := procs.find(t.Context(), files{root}, tt.driver, domain{name: tt.vm, uuid: u, id: tt.id}); p != nil {
				got = now.Sub(started(files{root}, p.pid, now).Or(now))
			}
			if got != tt.want {
				t.Errorf("unexpected age: %v, want %v", got, tt.want)
			}
		})
	}
	if p := new(processes).find(t.Context(), files{t.TempDir()}, "qemu", domain{name: "x"}); p != nil {
		t.Errorf("unexpected process without files: %d", p.pid)
	}
}

// networks is a host with all kinds of interfaces.
func networks(t *testing.T) files {
	t.Helper()
	const net = "sys/class/net/"
	up := func(name, upper string) (string, string) { return net + name + "/master", "-> ../" + upper }
	all := map[string]string{}
	for name, index := range map[string]string{
		"eth0": "2", "eth1": "3", "bond0": "4", "eth0.7": "5", "br0": "10", "br1": "11", "br2": "12", "br3": "13",
		"ovs-system": "14", "vnet0": "20", "vnet1": "21", "vnet2": "22", "vnet3": "23", "vnet4": "24", "macvtap0": "25",
		"veth0": "26", "vnet9": "29",
	} {
		all[net+name+"/ifindex"] = index + "\n"
	}
	for _, physical := range []string{"eth0", "eth1"} {
		all[net+physical+"/device"] = "-> ../../../0000:00:03.0"
	}
	ports := map[string][]string{
		"br0": {"eth0", "vnet0"}, "br1": {"eth0.7", "bond0", "vnet1"}, "br2": {"vnet2", "vnet9"},
		"br3": {"bond0", "vnet3"}, "ovs-system": {"eth1", "vnet4"},
	}
	for bridge, names := range ports {
		for _, name := range names {
			all[net+bridge+"/lower_"+name] = "-> ../" + name
			link, target := up(name, bridge)
			all[link] = target
		}
	}
	all[net+"bond0/lower_eth1"] = "-> ../eth1"
	all[net+"eth0.7/lower_eth0"] = "-> ../eth0"
	all[net+"macvtap0/lower_eth1"] = "-> ../eth1"
	return files{tree(t, all)}
}

func TestIndices(t *testing.T) {
	t.Parallel()
	f := networks(t)
	absent := hv.Opt[int]{}
	tests := []struct {
		name          string
		host          string
		index, parent hv.Opt[int]
	}{
		{"a bridge with one uplink", "vnet0", hv.Some(20), hv.Some(2)},
		{"a bridge with two uplinks", "vnet1", hv.Some(21), hv.Some(11)},
		{"a bridge without an uplink", "vnet2", hv.Some(22), hv.Some(0)},
		{"a bridge on a bond", "vnet3", hv.Some(23), hv.Some(4)},
		{"a switch that is not the kernel's", "vnet4", hv.Some(24), hv.Some(3)},
		{"a macvtap", "macvtap0", hv.Some(25), hv.Some(3)},
		{"no bridge", "veth0", hv.Some(26), hv.Some(0)},
		{"no other end", "", hv.Some(0), hv.Some(0)},
		{"not on this host", "vnet77", absent, absent},
		{"a name that leads elsewhere", "../net/vnet0", absent, absent},
		{"a name that is a directory", "..", absent, absent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			nics := []hv.NIC{{Host: tt.host}}
			f.setIndices(nics)
			want := []hv.NIC{{Host: tt.host, IfIndex: tt.index, Parent: tt.parent}}
			if diff := cmp.Diff(want, nics); diff != "" {
				t.Errorf("unexpected interface (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIndicesOfADaemon reads them with a definition.
func TestIndicesOfADaemon(t *testing.T) {
	t.Parallel()
	d := someDaemon()
	d.Domains[0].XML = replace(d.Domains[0].XML, "tap1", "vnet0")
	_, s := fake(t, d)
	s.files = networks(t)
	got := definitions(t, s, key(1))[key(1)]
	if got.err != nil || got.value.NICs[0].IfIndex.Or(0) != 20 || got.value.NICs[0].Parent.Or(0) != 2 {
		t.Errorf("unexpected definition: %+v, %v", got.value, got.err)
	}
}

func TestSameNet(t *testing.T) {
	t.Parallel()
	f := files{tree(t, map[string]string{
		"proc/self/ns/net": "-> net:[1]", "proc/2/ns/net": "-> net:[1]", "proc/3/ns/net": "-> net:[2]",
	})}
	for pid, want := range map[int]bool{2: true, 3: false, 4: true} {
		if got := f.sameNet(pid); got != want {
			t.Errorf("unexpected answer for process %d: %t", pid, got)
		}
	}
	if !(files{t.TempDir()}).sameNet(2) {
		t.Errorf("unexpected answer without files")
	}
}
