package librenms

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// told returns what LibreNMS understands of one virtual machine, of which some things are known.
func told(t *testing.T, h hv.Host, vm *collector.VM, l Limits) (nms.VM, nms.Document) {
	t.Helper()
	d := nms.Check(t, New(snapshot(h, vm), l).Compressed(MaxCompressed), nms.Anything)
	return d.VMs[vm.Name], d
}

// TestStatus proves what is told of each state, and what counts it.
func TestStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state             hv.OperState
		gone              bool
		onLibvirt, onCBSD string
	}{
		{hv.StateUnknown, false, "nostate", "unknown"},
		{hv.StateOther, false, "nostate", "unknown"},
		{hv.StateCrashed + 1, false, "nostate", "unknown"},
		{hv.StatePreparing, false, "nostate", "nostate"},
		{hv.StateRunning, false, "on", "on"},
		{hv.StateMigrating, false, "on", "on"},
		{hv.StatePaused, false, "paused", "paused"},
		{hv.StateSuspending, false, "paused", "paused"},
		{hv.StateResuming, false, "paused", "paused"},
		{hv.StateShuttingDown, false, "off_soft", "off_soft"},
		{hv.StateShutdown, true, "off_hard", "off"},
		{hv.StateCrashed, true, "crashed", "crashed"},
		{hv.StateCrashed, false, "crashed", "crashed"},
		{hv.StateSuspended, false, "pmsuspended", "pmsuspended"},
		{hv.StateSuspended, true, "off_hard", "off"},
	}
	numbers := []string{"nostate", "on", "blocked", "paused", "off_soft", "off_hard", "crashed", "pmsuspended", "off", "unknown"}
	for _, tt := range tests {
		vm := machine(1, "a", tt.state)
		if vm.Run = 1; tt.gone {
			vm.Run = 0
		}
		for want, h := range map[string]hv.Host{tt.onLibvirt: linuxHost(), tt.onCBSD: freebsdHost()} {
			if tt.onLibvirt == tt.onCBSD && h.Software == bhyveSoftware {
				h = linuxHost()
			}
			got, d := told(t, h, vm, Limits{})
			if n := got.Numbers.Int("status_int"); numbers[n] != want || d.Totals.Int(want) != 1 {
				t.Errorf("%v, gone: %t, on %s = %d, want %s, of which there are %v", tt.state, tt.gone, d.HV, n, want, d.Totals[want])
			}
		}
	}
}

// TestBounds proves that the most counts of CPUs and memory, where there is such a bound.
func TestBounds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		maximum hv.Opt[int64]
		want    string
	}{
		"a bound": {hv.Some[int64](8), "8"}, "no limit": {hv.Some[int64](hv.NoLimit), "4"}, "not known": {hv.Opt[int64]{}, "4"},
	} {
		vm := machine(1, "a", hv.StateRunning)
		vm.CurMem, vm.MaxMem = hv.Some[int64](4), tt.maximum
		vm.CurCPUs = hv.Some(4)
		if n, known := tt.maximum.Get(); known {
			vm.MaxCPUs = hv.Some(int(n))
		}
		got, _ := told(t, linuxHost(), vm, Limits{})
		if got.Numbers["mem_alloc"].String() != tt.want || got.Numbers["cpus"].String() != tt.want {
			t.Errorf("%s: memory %s, CPUs %s, want %s", name, got.Numbers["mem_alloc"], got.Numbers["cpus"], tt.want)
		}
	}
}

// TestDisks proves what a virtual machine has of its disks.
func TestDisks(t *testing.T) {
	t.Parallel()
	hard := moved(drive(1, "vda", 100, 10, 20), 1, 2, 3, 4, time.Millisecond)
	sparse := moved(drive(2, "vdb", 100, 10, 0), 1, 2, 3, 4, time.Millisecond)
	sparse.Stats.Physical = hv.Opt[int64]{}
	optical := moved(drive(3, "sda", 1000, 1000, 1000), 1, 2, 3, 4, time.Millisecond)
	optical.Media = hv.MediaOpticalDisk
	image := moved(drive(4, "vdc", 1000, 1000, 1000), 1, 2, 3, 4, time.Millisecond)
	image.Resource = "/iso/Setup.ISO"
	empty := collector.Disk{Index: 5, Disk: hv.Disk{Key: "sdb", Media: hv.MediaOpticalDisk}}
	floppy := collector.Disk{Index: 6, Disk: hv.Disk{Key: "fda", Media: hv.MediaFloppyDisk}}
	lost := collector.Disk{Index: 7, Disk: hv.Disk{Key: "vdd", Media: hv.MediaHardDisk}}
	sums := []string{"disk_alloc", "disk_in_use", "disk_on_disk", "rbytes", "rreqs", "wbytes", "wreqs", "rtime", "freqs"}
	tests := []struct {
		name  string
		disks []collector.Disk
		want  []string
	}{
		{"none", nil, []string{"0", "0", "0", "0", "0", "0", "0", "0", "0"}},
		{"one", []collector.Disk{hard}, []string{"100", "10", "20", "2", "1", "4", "3", "1", "0"}},
		{"two", []collector.Disk{hard, sparse}, []string{"200", "20", "30", "4", "2", "8", "6", "2", "0"}},
		{"images of optical disks", []collector.Disk{hard, optical, image}, []string{"100", "10", "20", "6", "3", "12", "9", "3", "0"}},
		{"drives without a medium", []collector.Disk{hard, empty, floppy}, []string{"100", "10", "20", "2", "1", "4", "3", "1", "0"}},
		{"one that is not known", []collector.Disk{hard, lost}, []string{"", "", "", "", "", "", "", "", ""}},
	}
	for _, tt := range tests {
		vm := machine(1, "a", hv.StateRunning)
		vm.Disks = tt.disks
		got, d := told(t, linuxHost(), vm, Limits{})
		var sumsOfVM, totals []string
		for _, key := range sums {
			sumsOfVM, totals = append(sumsOfVM, got.Numbers[key].String()), append(totals, d.Totals[key].String())
		}
		if !slices.Equal(sumsOfVM, tt.want) || !slices.Equal(totals, tt.want) || len(got.Disks) != len(tt.disks) {
			t.Errorf("%s: %q, and totals %q, want %q, and %d disks", tt.name, sumsOfVM, totals, tt.want, len(got.Disks))
		}
	}
}

// TestDisksOfInactive proves that what was not found of one that is off, such as an image that is missing, takes nothing, and
// that nothing is said of it before somebody has looked.
func TestDisksOfInactive(t *testing.T) {
	t.Parallel()
	lost := collector.Disk{Index: 1, Disk: hv.Disk{Key: "vda", Media: hv.MediaHardDisk, Resource: "/missing.qcow2"}}
	for read, want := range map[time.Time]string{noon: "0", {}: ""} {
		vm := machine(1, "a", hv.StateShutdown)
		vm.Run, vm.StatsAt = 0, read
		vm.Disks = []collector.Disk{lost}
		got, d := told(t, linuxHost(), vm, Limits{})
		for _, n := range []nms.Numbers{got.Numbers, d.Totals} {
			if size := n["disk_alloc"].String(); size != want {
				t.Errorf("disk_alloc = %q when its sizes were read at %v, want %q", size, read, want)
			}
		}
	}
}

// TestOld proves that only what is not counted stays once the statistics are too old, and that there is no such age without a limit.
func TestOld(t *testing.T) {
	t.Parallel()
	vm := libvirtLab().VM(1)
	at := *vm
	at.StatsAt = noon.Add(-time.Minute)
	at.NICs = slices.Clone(at.NICs)
	at.NICs[0].Stats.Collisions = some(3) // which libvirt does not count, but if it did
	for limit, known := range map[time.Duration]bool{0: true, time.Minute: true, time.Minute - 1: false} {
		got, _ := told(t, linuxHost(), &at, Limits{Statistics: limit})
		for _, key := range []string{"rss", "usertime", "etimes", "nvcsw", "rbytes", "ibytes", "coll"} {
			if got.Numbers.Known(key) != known {
				t.Errorf("limit %v: %s = %q, want it known: %t", limit, key, got.Numbers[key], known)
			}
		}
		for _, key := range []string{"mem_alloc", "cpus", "disk_alloc", "disk_on_disk", "snaps", "cow"} {
			if !got.Numbers.Known(key) {
				t.Errorf("limit %v: %s is not known", limit, key)
			}
		}
	}
}

// TestAge proves that the age of a process goes on since it was read, never back, and is not known if nobody knows when that was.
func TestAge(t *testing.T) {
	t.Parallel()
	for want, at := range map[string]time.Time{
		"2": noon.Add(-2 * time.Second), "0": noon.Add(time.Second), "": {},
	} {
		vm := machine(1, "a", hv.StateRunning)
		vm.StatsAt, vm.Process = at, &hv.Process{Age: hv.Some[time.Duration](0)}
		got, _ := told(t, linuxHost(), vm, Limits{})
		if got := got.Numbers["etimes"].String(); got != want {
			t.Errorf("age, read at %v = %q, want %q", at, got, want)
		}
	}
}

// TestSurvey proves what of a survey is told.
func TestSurvey(t *testing.T) {
	t.Parallel()
	addresses := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	tests := []struct {
		name   string
		survey *hv.Survey
		want   []string
	}{
		{"none", nil, []string{"", "", "0"}},
		{"nothing found out", &hv.Survey{}, []string{"", "0", "0"}},
		{"all", &hv.Survey{Addresses: addresses, Snapshots: hv.Some(3), SnapshotsSize: hv.Some[int64](4)}, []string{"192.0.2.1", "3", "4"}},
		{"of this run", &hv.Survey{Run: hv.Some[int64](1), Addresses: addresses[1:]}, []string{"2001:db8::1", "0", "0"}},
		{"of another run", &hv.Survey{Run: hv.Some[int64](2), Addresses: addresses, Snapshots: hv.Some(3)}, []string{"", "3", "0"}},
	}
	for _, tt := range tests {
		vm := machine(1, "a", hv.StateRunning)
		vm.Survey = tt.survey
		got, _ := told(t, linuxHost(), vm, Limits{})
		if diff := cmp.Diff(tt.want, []string{got.Texts["ip"], got.Numbers["snaps"].String(), got.Numbers["snaps_size"].String()}); diff != "" {
			t.Errorf("%s: unexpected address and snapshots (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestConsole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state   hv.OperState
		console hv.Opt[hv.Console]
		want    [2]string
	}{
		{hv.StateRunning, hv.Opt[hv.Console]{}, [2]string{"", ""}},
		{hv.StateRunning, hv.Some(hv.Console{Type: "vnc", Address: "[::1]:5900"}), [2]string{"[::1]:5900", "vnc"}},
		{hv.StateShutdown, hv.Some(hv.Console{Type: "vnc", Address: "[::1]:5900"}), [2]string{"", "vnc"}},
		{hv.StateRunning, hv.Some(hv.Console{Type: "spice"}), [2]string{"", "spice"}},
		{hv.StateRunning, hv.Some(hv.Console{Type: "rdp", Address: "a:1"}), [2]string{"a:1", "unknown"}},
		{hv.StateShutdown, hv.Some(hv.Console{Type: "rdp", Address: "a:1"}), [2]string{"", "unknown"}},
	}
	for _, tt := range tests {
		vm := machine(1, "a", tt.state)
		vm.Console = tt.console
		got, _ := told(t, linuxHost(), vm, Limits{})
		if got := [2]string{got.Texts["console"], got.Texts["console_type"]}; got != tt.want {
			t.Errorf("%+v = %q, want %q", tt.console, got, tt.want)
		}
	}
}

// TestNames proves that each virtual machine has a name of its own, and that of several with one name the first has it.
func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		names, want []string
	}{
		{"different", []string{"b", "a"}, []string{"b", "a"}},
		{"alike", []string{"a", "a", "a"}, []string{"a", "a#2", "a#3"}},
		{"taken by a later one", []string{"a", "a", "a#2"}, []string{"a", "a#2#2", "a#2"}},
		{"taken by an earlier one", []string{"a#2", "a", "a#2", "a"}, []string{"a#2", "a", "a#2#3", "a#4"}},
		{"taken by both", []string{"a", "a", "a#2", "a#2#2"}, []string{"a", "a#2#2#2", "a#2", "a#2#2"}},
		{"no UTF-8", []string{"a\xff", "a\xfe", "a\uFFFD"}, []string{"a\uFFFD", "a\uFFFD#2", "a\uFFFD#3"}},
		{"none", []string{"", ""}, []string{"", "#2"}},
	}
	for _, tt := range tests {
		got := tellApart(func(yield func(int32, string) bool) {
			for i, name := range tt.names {
				if !yield(int32(i+1), name) {
					return
				}
			}
		})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: unexpected names (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestDisksOnCBSD proves that a disk that nobody counts there has zeros, and that one that is counted is not known until it was.
func TestDisksOnCBSD(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"raw": "0", "": "0", "iscsi": "0", "zvol": ""} {
		vm := machine(1, "a", hv.StateRunning)
		vm.Disks = []collector.Disk{drive(1, "/vm/a/disk0.img", 1, 1, 1)}
		vm.Disks[0].Format = format
		on, d := told(t, freebsdHost(), vm, Limits{})
		for _, n := range []nms.Numbers{on.Disks["disk0.img"].Numbers, on.Numbers, d.Totals} {
			for _, key := range []string{"rbytes", "rreqs", "wbytes", "wreqs"} {
				if got := n[key].String(); got != want {
					t.Errorf("%s of a disk of format %q = %q, want %q", key, format, got, want)
				}
			}
		}
		below, _ := told(t, linuxHost(), vm, Limits{})
		if below.Numbers.Known("rbytes") {
			t.Errorf("rbytes of a disk of format %q below libvirt is known", format)
		}
	}
}
