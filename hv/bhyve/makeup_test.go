package bhyve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// makeupsAlike compares makeups by all that is in them.
func makeupsAlike() cmp.Options {
	return cmp.Options{cmp.AllowUnexported(makeup{}, pinning{}, drive{}, card{}), cmpopts.EquateEmpty()}
}

func TestMakeupOfVMBhyve(t *testing.T) {
	t.Parallel()
	g := &vmbhyve.Guest{
		Name: "web", Dir: "/vm/web", Datastore: vmbhyve.Datastore{Name: "default", Path: "/vm", Dataset: "zroot/vm"},
	}
	mac := hv.MAC{0x58, 0x9c, 0xfc, 0x0e, 0xc7, 0xab}
	tests := []struct {
		name string
		c    vmbhyve.Config
		want makeup
	}{
		{"nothing", vmbhyve.Config{}, makeup{}},
		{"numbers", vmbhyve.Config{Loader: "bhyveload", CPUs: "2", Memory: "4G", Options: "-p 0:2 -w -p 1:3"}, makeup{
			osType: "FreeBSD", cpus: hv.Some(2), memory: hv.Some[int64](4 << 30),
			pins: pinning{each: map[int]hv.CPUSet{0: set(t, "2"), 1: set(t, "3")}},
		}},
		{"numbers that are none", vmbhyve.Config{Loader: "grub", CPUs: "two", Memory: "much", Options: "-p x"}, makeup{}},
		{"disks", vmbhyve.Config{Disks: []vmbhyve.Disk{
			{Number: 0, Name: "disk0", Type: "virtio-blk", Device: "zvol"},
			{Number: 1, Name: "disk1", Type: "nvme", Device: "sparse-zvol", Options: "nocache,ro"},
			{Number: 2, Name: "disk2.img", Type: "ahci-hd", Device: "file", Options: "ro=off,sectorsize=512"},
			{Number: 3, Name: "/dev/da1", Type: "ahci-hd", Device: "custom", Options: "ro=true"},
			{Number: 4, Name: "iqn.2026:x", Type: "virtio-blk", Device: "iscsi", Options: "rom"},
			{Number: 5, Name: "src=/usr/src", Type: "virtio-9p", Device: "9p"},
			{Number: 6, Name: "/iso/a.iso", Type: "ahci-cd", Device: "custom"},
		}}, makeup{drives: []drive{
			{emulation: "virtio-blk", path: "/dev/zvol/zroot/vm/web/disk0"},
			{emulation: "nvme", path: "/dev/zvol/zroot/vm/web/disk1", readOnly: true},
			{emulation: "ahci-hd", path: "/vm/web/disk2.img"},
			{emulation: "ahci-hd", path: "/dev/da1", readOnly: true},
			{emulation: "virtio-blk", target: "iqn.2026:x"},
			{emulation: "ahci-cd", path: "/iso/a.iso"},
		}}},
		{"cards", vmbhyve.Config{NICs: []vmbhyve.NIC{
			{Number: 0, Type: "virtio-net", Switch: "public", MAC: "58:9c:fc:0e:c7:ab"},
			{Number: 1, Type: "e1000", Device: "tap9"},
		}}, makeup{cards: []card{
			{model: "virtio-net", network: "public", mac: mac}, {number: 1, model: "e1000", tap: "tap9"},
		}}},
		{"devices besides", vmbhyve.Config{
			Disks:   []vmbhyve.Disk{{Name: "disk0", Type: "virtio-blk", Device: "zvol"}},
			NICs:    []vmbhyve.NIC{{Type: "virtio-net", Switch: "public", MAC: "58:9c:fc:0e:c7:ab"}},
			Options: "-s 20,nvme,/dev/da7,ro -s 21,e1000,tap9 -s 22,e1000,tap8,mac=58:9c:fc:0:0:1 -w",
		}, makeup{
			drives: []drive{{emulation: "virtio-blk", path: "/dev/zvol/zroot/vm/web/disk0"}, {emulation: "nvme", path: "/dev/da7", readOnly: true}},
			cards: []card{
				{model: "virtio-net", network: "public", mac: mac},
				{number: 1, model: "e1000", tap: "tap9", mac: hv.MAC{0x00, 0xa0, 0x98, 0x22, 0xc1, 0xdd}},
				{number: 2, model: "e1000", tap: "tap8", mac: hv.MAC{0x58, 0x9c, 0xfc, 0, 0, 1}},
			},
		}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, makeupOfVMBhyve(g, tt.c), makeupsAlike()); diff != "" {
			t.Errorf("%s: unexpected makeup (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMakeupOfCBSD(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    cbsd.Config
		want makeup
	}{
		{"nothing", cbsd.Config{}, makeup{}},
		{"all", cbsd.Config{
			CPUs: 4, Memory: 8 << 30, OSType: "windows", OSProfile: "10_86x_64x", CPUSet: "0-3",
			Disks: []cbsd.Disk{{Controller: "nvme", Path: "/d/dsk1.vhd", ReadOnly: true}},
			NICs:  []cbsd.NIC{{Driver: "vtnet", MAC: "00:a0:98:14:71:00"}, {Order: 1, Driver: "e1000", MAC: "0"}},
		}, makeup{
			osType: "windows 10_86x_64x", cpus: hv.Some(4), memory: hv.Some[int64](8 << 30), pins: pinning{rest: set(t, "0-3")},
			drives: []drive{{emulation: "nvme", path: "/d/dsk1.vhd", readOnly: true}},
			cards: []card{
				{model: "virtio-net", mac: hv.MAC{0x00, 0xa0, 0x98, 0x14, 0x71, 0x00}}, {number: 1, model: "e1000"},
			},
		}},
		{"network interfaces in no order of their own", cbsd.Config{
			NICs: []cbsd.NIC{{Driver: "vtnet"}, {Driver: "vtnet"}, {Order: 7, Driver: "vtnet"}},
		}, makeup{cards: []card{{model: "virtio-net"}, {number: 1, model: "virtio-net"}, {number: 2, model: "virtio-net"}}}},
		{"a type alone", cbsd.Config{OSType: "linux"}, makeup{osType: "linux"}},
		{"numbers that cannot be", cbsd.Config{CPUs: -1, Memory: -1, CPUSet: "x"}, makeup{}},
		{"too many CPUs", cbsd.Config{CPUs: maxCPUs + 1}, makeup{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, makeupOfCBSD(tt.c), makeupsAlike()); diff != "" {
			t.Errorf("%s: unexpected makeup (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestMakeupRunning proves that what a process was started with outranks what was written down since, and that the rest stays.
func TestMakeupRunning(t *testing.T) {
	t.Parallel()
	mac := func(last byte) hv.MAC { return hv.MAC{0x58, 0x9c, 0xfc, 0, 0, last} }
	written := makeup{
		osType: "FreeBSD", cpus: hv.Some(2), memory: hv.Some[int64](4 << 30), pins: pinning{each: map[int]hv.CPUSet{0: set(t, "2")}},
		drives: []drive{{emulation: "virtio-blk", path: "/a"}, {emulation: "nvme", target: "iqn"}, {emulation: "nvme", path: "/dev/da9"}},
		cards:  []card{{model: "virtio-net", mac: mac(1), network: "public"}, {number: 1, model: "e1000", mac: mac(2), network: "lan"}},
	}
	tests := []struct {
		name, line string
		part       bool // of a log, and not a whole command line
		want       func(*makeup)
	}{
		{"nothing of a log", "", true, func(*makeup) {}},
		{"numbers of a log", "-c 4 -m 1G", true, func(m *makeup) { m.cpus, m.memory = hv.Some(4), hv.Some[int64](1<<30) }},
		{"pins of a log", "-p 0:5", true, func(m *makeup) { m.pins.each = map[int]hv.CPUSet{0: set(t, "5")} }},
		{"devices of a log", "-s 4,virtio-blk,/b,ro -s 5,nvme,/dev/da5 -s 6,virtio-net,tap7,mac=58:9c:fc:0:0:2", true, func(m *makeup) {
			m.drives = []drive{{emulation: "virtio-blk", path: "/b", readOnly: true}, {emulation: "nvme", path: "/dev/da5", target: "iqn"}}
			m.cards = []card{{number: 1, model: "virtio-net", mac: mac(2), network: "lan", tap: "tap7"}}
		}},
		{"a file where iSCSI was written since", "-s 4,virtio-blk,/a -s 5,nvme,/vm/b.img", true, func(m *makeup) {
			m.drives, m.cards = []drive{{emulation: "virtio-blk", path: "/a"}, {emulation: "nvme", path: "/vm/b.img"}}, nil
		}},
		{"a volume where iSCSI was written since", "-s 4,virtio-blk,/a -s 5,nvme,/dev/zvol/z/b", true, func(m *makeup) {
			m.drives, m.cards = []drive{{emulation: "virtio-blk", path: "/a"}, {emulation: "nvme", path: "/dev/zvol/z/b"}}, nil
		}},
		{"a disk where iSCSI was written since", "-s 4,nvme,/a -s 5,nvme,/dev/da9", true, func(m *makeup) {
			m.drives, m.cards = []drive{{emulation: "nvme", path: "/a"}, {emulation: "nvme", path: "/dev/da9"}}, nil
		}},
		{"cards of other addresses", "-s 6,e1000,tap7,mac=58:9c:fc:0:0:9 -s 7,e1000,tap8,mac=58:9c:fc:0:0:8 -s 8,e1000,tap9,mac=58:9c:fc:0:0:7", true, func(m *makeup) {
			m.drives = nil
			m.cards = []card{
				{model: "e1000", mac: mac(9), network: "public", tap: "tap7"}, {number: 1, model: "e1000", mac: mac(8), network: "lan", tap: "tap8"},
				{number: 2, model: "e1000", mac: mac(7), tap: "tap9"},
			}
		}},
		{"cards in another order", "-s 6,e1000,tap7,mac=58:9c:fc:0:0:2 -s 7,e1000,tap8,mac=58:9c:fc:0:0:1", true, func(m *makeup) {
			m.drives = nil
			m.cards = []card{
				{number: 1, model: "e1000", mac: mac(2), network: "lan", tap: "tap7"},
				{model: "e1000", mac: mac(1), network: "public", tap: "tap8"},
			}
		}},
		{"a card that was removed since", "-s 5,e1000,tap6,mac=58:9c:fc:0:0:1 -s 6,e1000,tap7,mac=58:9c:fc:0:0:9 " +
			"-s 7,e1000,tap8,mac=58:9c:fc:0:0:2", true, func(m *makeup) {
			m.drives = nil
			m.cards = []card{
				{model: "e1000", mac: mac(1), network: "public", tap: "tap6"},
				{number: 1, model: "e1000", mac: mac(9), network: "lan", tap: "tap7"},
				{number: 2, model: "e1000", mac: mac(2), network: "lan", tap: "tap8"},
			}
		}},
		{"cards of one address", "-s 6,e1000,tap7,mac=58:9c:fc:0:0:1 -s 7,e1000,tap8,mac=58:9c:fc:0:0:1", true, func(m *makeup) {
			m.drives = nil
			m.cards = []card{
				{model: "e1000", mac: mac(1), network: "public", tap: "tap7"},
				{number: 1, model: "e1000", mac: mac(1), network: "public", tap: "tap8"},
			}
		}},
		{"a command line without anything", "guest", false, func(m *makeup) {
			m.cpus, m.memory, m.pins, m.drives, m.cards = hv.Some(1), hv.Some[int64](256<<20), pinning{}, nil, nil
		}},
		{"a command line with a file", "-k file guest", false, func(*makeup) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := parseOptions(strings.Fields(tt.line))
			o.whole = o.whole && !tt.part
			want := written
			tt.want(&want)
			if diff := cmp.Diff(want, written.running(o), makeupsAlike()); diff != "" {
				t.Errorf("unexpected makeup (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMakeupJailed proves that what is written down is not taken for a jail's because a process is in one.
func TestMakeupJailed(t *testing.T) {
	t.Parallel()
	written := makeup{drives: []drive{{emulation: "nvme", path: "/a"}}}
	want := makeup{drives: []drive{{emulation: "nvme", path: "/a", jailed: true}}}
	if diff := cmp.Diff(want, written.jailed(), makeupsAlike()); diff != "" {
		t.Errorf("unexpected makeup (-want +got):\n%s", diff)
	}
	if written.drives[0].jailed {
		t.Error("what is written down is of a jail, too")
	}
}
