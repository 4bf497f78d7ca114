package bhyve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
)

// set reads a set of CPUs.
func set(t *testing.T, text string) hv.CPUSet {
	t.Helper()
	s, err := hv.ParseCPUSet(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOptionsScalars(t *testing.T) {
	t.Parallel()
	type want struct {
		CPUs   hv.Opt[int]
		Memory hv.Opt[int64]
		UUID   string
		Name   string
	}
	const gibi = 1 << 30
	zero := hv.UUID{}.String()
	tests := []struct {
		name string
		line string
		want want
	}{
		{"nothing", "", want{hv.Some(1), hv.Some[int64](256 << 20), zero, ""}},
		{"name", "guest", want{hv.Some(1), hv.Some[int64](256 << 20), zero, "guest"}},
		{"the usual", "-c 2 -m 4G -H guest", want{hv.Some(2), hv.Some[int64](4 * gibi), zero, "guest"}},
		{"joined", "-c2 -m4G -HAPc3 guest", want{hv.Some(3), hv.Some[int64](4 * gibi), zero, "guest"}},
		{"cluster that ends with an option with a value", "-AHPwm 512M guest", want{hv.Some(1), hv.Some[int64](512 << 20), zero, "guest"}},
		{"topology", "-c cpus=4,sockets=1,cores=2,threads=2 guest", want{hv.Some(4), hv.Some[int64](256 << 20), zero, "guest"}},
		{"topology of vm-bhyve", "-c 2,sockets=1,cores=2,threads=1 guest", want{hv.Some(2), hv.Some[int64](256 << 20), zero, "guest"}},
		{"topology without the number", "-c sockets=2,cores=3 guest", want{hv.Some(6), hv.Some[int64](256 << 20), zero, "guest"}},
		{"the last one counts", "-c 2 -c cpus=3 -m 1G -m 2G guest", want{hv.Some(3), hv.Some[int64](2 * gibi), zero, "guest"}},
		{"CPUs that are none", "-c many guest", want{hv.Opt[int]{}, hv.Some[int64](256 << 20), zero, "guest"}},
		{"too many CPUs", "-c 70000 guest", want{hv.Opt[int]{}, hv.Some[int64](256 << 20), zero, "guest"}},
		{"too many by their product", "-c sockets=1000,cores=1000 guest", want{hv.Opt[int]{}, hv.Some[int64](256 << 20), zero, "guest"}},
		{"no CPUs at all", "-c 0 guest", want{hv.Opt[int]{}, hv.Some[int64](256 << 20), zero, "guest"}},
		{"memory that is none", "-m lots guest", want{hv.Some(1), hv.Opt[int64]{}, zero, "guest"}},
		{"UUID", "-U 8ae0b0b2-7c70-11f0-9c1e-589cfc10d622 guest",
			want{hv.Some(1), hv.Some[int64](256 << 20), "8ae0b0b2-7c70-11f0-9c1e-589cfc10d622", "guest"}},
		{"UUID that is none", "-U x guest", want{hv.Some(1), hv.Some[int64](256 << 20), zero, "guest"}},
		{"configuration", "-o cpus=3 -o memory.size=3G -o uuid=8ae0b0b2-7c70-11f0-9c1e-589cfc10d622 -o x86.mptable=true guest",
			want{hv.Some(3), hv.Some[int64](3 * gibi), "8ae0b0b2-7c70-11f0-9c1e-589cfc10d622", "guest"}},
		{"configuration without a value", "-o cpus guest", want{hv.Some(1), hv.Some[int64](256 << 20), zero, "guest"}},
		{"configuration of another variable", "-o big=2G -o memory.size=%(big) guest", want{hv.Some(1), hv.Opt[int64]{}, zero, "guest"}},
		{"a file besides", "-k /etc/guest.conf guest", want{hv.Opt[int]{}, hv.Opt[int64]{}, zero, "guest"}},
		{"a file besides what is said", "-k /etc/guest.conf -c 2 -m 1G guest", want{hv.Some(2), hv.Some[int64](gibi), zero, "guest"}},
		{"domains", "-m 4G -n id=0,size=2G,cpus=0 -n id=1,size=3G,cpus=1 guest", want{hv.Some(1), hv.Opt[int64]{}, zero, "guest"}},
		{"end of the options", "-c 2 -- guest", want{hv.Some(2), hv.Some[int64](256 << 20), zero, "guest"}},
		{"no value at the end", "-c 2 -m", want{hv.Some(2), hv.Some[int64](256 << 20), zero, ""}},
		{"a part of a line", "-s 0,hostbridge -c 2 -m 4G", want{hv.Some(2), hv.Some[int64](4 * gibi), zero, ""}},
		{"old option with a value", "-g 0 -G w127.0.0.1:1234 -l com1,stdio -K de -r save -f x=y -c 2 guest",
			want{hv.Some(2), hv.Some[int64](256 << 20), zero, "guest"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := parseOptions(strings.Fields(tt.line))
			got := want{o.cpus(), o.memory(), o.uuid().String(), o.name()}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected options (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionsPins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string
		want map[int]hv.CPUSet
	}{
		{"", map[int]hv.CPUSet{}},
		{"-p 0:2 -p 1:3", map[int]hv.CPUSet{0: set(t, "2"), 1: set(t, "3")}},
		{"-p 0:2 -p 0:9", map[int]hv.CPUSet{0: set(t, "2,9")}},
		{"-o vcpu.1.cpuset=0-3,8", map[int]hv.CPUSet{1: set(t, "0-3,8")}},
		{"-p 2 -p a:1 -p 1:b -p -1:1 -p 1:-1", map[int]hv.CPUSet{}},
		{"-o vcpu.x.cpuset=1 -o vcpu.1=1 -o vcpu.1.cpuset=", map[int]hv.CPUSet{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, parseOptions(strings.Fields(tt.line)).pins()); diff != "" {
			t.Errorf("%q: unexpected pins (-want +got):\n%s", tt.line, diff)
		}
	}
}

func TestOptionsDrives(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line string
		want       []drive
	}{
		{"no disk", "-s 0,hostbridge -s 31,lpc -s 4,virtio-rnd -s 5,fbuf,tcp=0.0.0.0:5900,password=x", nil},
		{"virtio-blk", "-s 4,virtio-blk,/dev/zvol/zroot/vm/web01/disk0",
			[]drive{{emulation: "virtio-blk", path: "/dev/zvol/zroot/vm/web01/disk0"}}},
		{"places", "-s 4,virtio-blk,/a -s 5:1,virtio-blk,/b -s 1:2:3,virtio-blk,/c",
			[]drive{{emulation: "virtio-blk", path: "/a"}, {emulation: "virtio-blk", path: "/b"}, {emulation: "virtio-blk", path: "/c"}}},
		{"places that are none", "-s 32,virtio-blk,/a -s 5:8,virtio-blk,/b -s 256:2:3,virtio-blk,/c -s x,virtio-blk,/d -s 1:2:3:4,virtio-blk,/e -s ,virtio-blk,/f -s", nil},
		{"options", "-s 4,virtio-blk,/a,nocache,ro,sectorsize=512/4096",
			[]drive{{emulation: "virtio-blk", path: "/a", readOnly: true}}},
		{"option that is off", "-s 4,virtio-blk,/a,ro=false", []drive{{emulation: "virtio-blk", path: "/a"}}},
		{"no path", "-s 4,virtio-blk -s 5,ahci-hd -s 6,nvme", nil},
		{"nvme", "-s 4,nvme,/a,ser=x", []drive{{emulation: "nvme", path: "/a"}}},
		{"nvme in memory", "-s 4,nvme,ram=512,maxq=4", nil},
		{"disk on AHCI", "-s 4,ahci-hd,/a,nmrr=1", []drive{{emulation: "ahci-hd", path: "/a"}}},
		{"optical drive", "-s 4,ahci-cd,/a.iso", []drive{{emulation: "ahci-cd", path: "/a.iso", readOnly: true}}},
		{"empty optical drive", "-s 4,ahci-cd", []drive{{emulation: "ahci-cd", readOnly: true}}},
		{"several ports", "-s 4,ahci,hd:/a,nocache,cd:/b.iso,ro,hd:/c,ro",
			[]drive{{emulation: "ahci-hd", path: "/a"}, {emulation: "ahci-cd", path: "/b.iso", readOnly: true}, {emulation: "ahci-hd", path: "/c", readOnly: true}}},
		{"ports without any", "-s 4,ahci,nocache", nil},
		{"SCSI", "-s 4,virtio-scsi,/dev/cam/ctl5.0,iid=1", []drive{{emulation: "virtio-scsi", path: "/dev/cam/ctl5.0"}}},
		{"several SCSI targets", "-s 4,virtio-scsi,target=/dev/cam/ctl1,target=7:/dev/cam/ctl2,ctl_ringsz=64",
			[]drive{{emulation: "virtio-scsi", path: "/dev/cam/ctl1"}, {emulation: "virtio-scsi", path: "/dev/cam/ctl2"}}},
		{"configuration", "-o pci.0.3.0.device=nvme -o pci.0.3.0.path=/dev/zvol/z/%(name) -o pci.0.3.0.ro=yes guest",
			[]drive{{emulation: "nvme", path: "/dev/zvol/z/guest", readOnly: true}}},
		{"configuration of ports", "-o pci.0.3.0.device=ahci -o pci.0.3.0.port.0.type=cd -o pci.0.3.0.port.0.path=/a%%b guest",
			[]drive{{emulation: "ahci-cd", path: "/a%b", readOnly: true}}},
		{"configuration of a variable that is not kept", "-o dir=a/ -o pci.0.3.0.device=nvme -o pci.0.3.0.path=/vm/%(dir)disk.img guest", nil},
		{"configuration of a variable of others", "-o uuid=%(name) -o pci.0.3.0.device=nvme -o pci.0.3.0.path=/vm/%(uuid) guest", nil},
		{"odd expansion", "-o pci.0.3.0.device=nvme -o pci.0.3.0.path=/a%b%(name guest", []drive{{emulation: "nvme", path: "/a%b%(name"}}},
		{"a slot again", "-s 4,virtio-blk,/a -s 4,virtio-blk,/b", []drive{{emulation: "virtio-blk", path: "/b"}}},
		{"a share", "-s 4,virtio-9p,share=/usr/src", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := parseOptions(strings.Fields(tt.line)).drives()
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(drive{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected drives (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionsCards(t *testing.T) {
	t.Parallel()
	mac := hv.MAC{0x58, 0x9c, 0xfc, 0x0e, 0xc7, 0xab}
	tests := []struct {
		name, line string
		want       []card
	}{
		{"none", "-s 4,virtio-blk,/a guest", nil},
		{"the usual", "-s 0:6:0,virtio-net,tap0,mac=58:9c:fc:0e:c7:ab guest",
			[]card{{model: "virtio-net", tap: "tap0", mac: mac}}},
		{"two", "-s 6,e1000,vmnet3,mac=58:9C:fc:e:c7:ab -s 7,virtio-net,tap1,mtu=9000,mac=58:9c:fc:0e:c7:ab guest",
			[]card{{model: "e1000", tap: "vmnet3", mac: mac}, {number: 1, model: "virtio-net", tap: "tap1", mac: mac}}},
		{"other backends", "-s 6,virtio-net,netgraph,path=x:,peerhook=y,mac=58:9c:fc:0e:c7:ab -s 7,virtio-net,vale0:1,mac=58:9c:fc:0e:c7:ab guest",
			[]card{{model: "virtio-net", mac: mac, tapless: true}, {number: 1, model: "virtio-net", mac: mac, tapless: true}}},
		{"pairs only", "-s 6,virtio-net,backend=tap0,mac=58:9c:fc:0e:c7:ab guest", []card{{model: "virtio-net", tap: "tap0", mac: mac}}},
		{"type is told", "-s 6,virtio-net,lan0,type=tap,mac=58:9c:fc:0e:c7:ab guest", []card{{model: "virtio-net", tap: "lan0", mac: mac}}},
		{"type is that of a VMware tap", "-s 6,virtio-net,lan0,type=vmnet,mac=58:9c:fc:0e:c7:ab guest", []card{{model: "virtio-net", tap: "lan0", mac: mac}}},
		{"type is another", "-s 6,virtio-net,tap0,type=netgraph,mac=58:9c:fc:0e:c7:ab guest", []card{{model: "virtio-net", tapless: true, mac: mac}}},
		{"any tap", "-s 6,virtio-net,tap,mac=58:9c:fc:0e:c7:ab -s 7,e1000,vmnet,mac=58:9c:fc:0e:c7:ab guest",
			[]card{{model: "virtio-net", mac: mac}, {number: 1, model: "e1000", mac: mac}}},
		{"a tap of a variable that is not kept", "-o lan=tap7 -s 6,virtio-net,%(lan),mac=58:9c:fc:0e:c7:ab guest", []card{{model: "virtio-net", mac: mac}}},
		{"a type of a variable that is not kept", "-o kind=netgraph -s 6,virtio-net,tap0,type=%(kind),mac=58:9c:fc:0e:c7:ab guest",
			[]card{{model: "virtio-net", mac: mac}}},
		{"an address of a variable that is not kept", "-o a=58:9c:fc:0:0:1 -s 6,virtio-net,tap0,mac=%(a) guest", []card{{model: "virtio-net", tap: "tap0"}}},
		{"a file that may tell the backend", "-k /etc/guest.conf -s 6,e1000 -o pci.0.6.0.mac=58:9c:fc:0e:c7:ab guest", []card{{model: "e1000", mac: mac}}},
		{"a file that may tell the address", "-k /etc/guest.conf -s 6,e1000,tap0 guest", []card{{model: "e1000", tap: "tap0"}}},
		{"address made up", "-s 6,virtio-net,tap0 guest",
			[]card{{model: "virtio-net", tap: "tap0", mac: hv.MAC{0x00, 0xa0, 0x98, 0xc5, 0xb6, 0xa3}}}},
		{"address made up for nobody", "-s 6,virtio-net,tap0", []card{{model: "virtio-net", tap: "tap0"}}},
		{"address that is none", "-s 6,virtio-net,tap0,mac=x guest", []card{{model: "virtio-net", tap: "tap0"}}},
		{"no backend", "-s 6,e1000 guest", []card{{model: "e1000", tapless: true, mac: hv.MAC{0x00, 0xa0, 0x98, 0xc5, 0xb6, 0xa3}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := parseOptions(strings.Fields(tt.line)).cards()
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(card{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unexpected cards (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOptionsForget proves that nothing is kept that nobody asks for, a password least of all.
func TestOptionsForget(t *testing.T) {
	t.Parallel()
	o := parseOptions([]string{
		"-s", "5,fbuf,tcp=0.0.0.0:5900,password=secret", "-o", "pci.0.6.0.password=secret", "-o", "rfb.password=secret",
		"-s", "7,virtio-net,tap0,password=secret", "-l", "com1,stdio", "guest",
	})
	for key, value := range o.vars {
		if strings.Contains(key, "password") || strings.Contains(value, "secret") {
			t.Errorf("%s=%s is kept", key, value)
		}
	}
}

// FuzzOptions proves that no command line does harm, and that what comes out is in its bounds.
func FuzzOptions(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		o := parseOptions(strings.Split(line, " "))
		if n, ok := o.cpus().Get(); ok && (n < 1 || n > maxCPUs) {
			t.Errorf("%d CPUs", n)
		}
		if n, ok := o.memory().Get(); ok && n <= 0 {
			t.Errorf("%d octets of memory", n)
		}
		for id, set := range o.pins() {
			if id < 0 || len(set) == 0 {
				t.Errorf("virtual CPU %d on %v", id, set)
			}
		}
		if c, ok := o.console(); ok && c.Address != "" && vncAddress(c.Address) != c.Address {
			t.Errorf("a console at %q", c.Address)
		}
		for _, d := range o.drives() {
			if d.path == "" && d.emulation != emulationCD {
				t.Errorf("a disk of nothing: %+v", d)
			}
		}
		for _, c := range o.cards() {
			if len(c.mac) != 0 && len(c.mac) != macOctets {
				t.Errorf("address %v", c.mac)
			}
		}
	})
}
