package vmbhyve

import "testing"

func TestParseConf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       Conf
	}{
		{"nothing", "", Conf{}},
		{"plain", "cpu=2\nmemory=4G\n", Conf{"cpu": "2", "memory": "4G"}},
		{"quoted", `loader="uefi"` + "\n", Conf{"loader": "uefi"}},
		{"quotes anywhere", `a="b"c"` + "\n", Conf{"a": "bc"}},
		{"single quotes are text", "a='b'\n", Conf{"a": "'b'"}},
		{"the first counts", "cpu=2\ncpu=4\n", Conf{"cpu": "2"}},
		{"comment", "cpu=2 # two\n# memory=1G\n", Conf{"cpu": "2"}},
		{"comment within quotes", `tags="a#b"` + "\n", Conf{"tags": "a"}},
		{"space at the end", "cpu=2  \t\r\n", Conf{"cpu": "2"}},
		{"space in quotes at the end", `tags="a b "` + "\n", Conf{"tags": "a b "}},
		{"another equals sign", "disk0_opts=a=b\n", Conf{"disk0_opts": "a=b"}},
		{"no lower case letter", " cpu=2\nCPU=2\n0=1\n_a=1\n=1\n", Conf{}},
		{"no value", "cpu\nmemory=\n", Conf{"memory": ""}},
		{"an empty one counts", "memory=\nmemory=4G\n", Conf{"memory": ""}},
		{"no end of line", "cpu=2", Conf{"cpu": "2"}},
		{"space before the equals sign", "cpu =2\n", Conf{"cpu ": "2"}},
		{"octets", "a=\xff\x00\n", Conf{"a": "\xff\x00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "configuration", tt.want, ParseConf([]byte(tt.text)))
		})
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       Config
	}{
		{"nothing", "", Config{}},
		{"disks up to the first that is missing", "disk0_name=a\ndisk0_type=nvme\ndisk2_name=c\ndisk2_type=nvme\n", Config{
			Disks: []Disk{{Number: 0, Name: "a", Type: "nvme", Device: "file"}},
		}},
		{"a disk without a type is missing", "disk0_name=a\ndisk1_name=b\ndisk1_type=nvme\n", Config{}},
		{"a disk without a name is missing", "disk0_type=nvme\n", Config{}},
		{"a disk with all", "disk0_name=/dev/da0\ndisk0_type=nvme\ndisk0_dev=custom\ndisk0_opts=ro,sectorsize=512\n", Config{
			Disks: []Disk{{Name: "/dev/da0", Type: "nvme", Device: "custom", Options: "ro,sectorsize=512"}},
		}},
		{"networks up to the first that is missing", "network0_type=e1000\nnetwork1_switch=a\nnetwork2_type=e1000\n", Config{
			NICs: []NIC{{Number: 0, Type: "e1000"}},
		}},
		{"a network with all",
			"network0_type=virtio-net\nnetwork0_switch=lan\nnetwork0_mac=58:9c:fc:00:00:01\nnetwork0_device=tap7\nnetwork0_name=web0\n",
			Config{NICs: []NIC{{Type: "virtio-net", Switch: "lan", MAC: "58:9c:fc:00:00:01", Device: "tap7", Name: "web0"}}}},
		{"more than nine", "network0_type=a\nnetwork1_type=a\nnetwork2_type=a\nnetwork3_type=a\nnetwork4_type=a\nnetwork5_type=a\n" +
			"network6_type=a\nnetwork7_type=a\nnetwork8_type=a\nnetwork9_type=a\nnetwork10_type=z\n", Config{NICs: []NIC{
			{Number: 0, Type: "a"}, {Number: 1, Type: "a"}, {Number: 2, Type: "a"}, {Number: 3, Type: "a"}, {Number: 4, Type: "a"},
			{Number: 5, Type: "a"}, {Number: 6, Type: "a"}, {Number: 7, Type: "a"}, {Number: 8, Type: "a"}, {Number: 9, Type: "a"},
			{Number: 10, Type: "z"},
		}}},
		{"web01", text(t, "testdata/host/zroot/vm/web01/web01.conf"), web01},
		{"db01", text(t, "testdata/host/zroot/vm/db01/db01.conf"), db01},
		{"win01", text(t, "testdata/host/zroot/vm/win01/win01.conf"), win01},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "definition", tt.want, ParseConf([]byte(tt.text)).Config())
		})
	}
}

// The virtual machines of the host.
var (
	web01 = Config{
		Loader: "uefi", UUID: "8ae0b0b2-7c70-11f0-9c1e-589cfc10d622", CPUs: "2", Memory: "4G", Options: "-p 0:2 -p 1:3",
		Disks: []Disk{
			{Number: 0, Name: "disk0", Type: "virtio-blk", Device: "zvol"},
			{Number: 1, Name: "disk1.img", Type: "ahci-hd", Device: "file"},
		},
		NICs: []NIC{{Number: 0, Type: "virtio-net", Switch: "public", MAC: "58:9c:fc:0e:c7:ab"}},
	}
	db01 = Config{
		Loader: "bhyveload", UUID: "1f0e5a0c-7c71-11f0-9c1e-589cfc10d622", CPUs: "1", Memory: "1G",
		Disks: []Disk{{Number: 0, Name: "disk0", Type: "virtio-blk", Device: "sparse-zvol"}},
		NICs:  []NIC{{Number: 0, Type: "virtio-net", Switch: "public", MAC: "58:9c:fc:01:22:33"}},
	}
	win01 = Config{
		Loader: "uefi", UUID: "5b1f4f60-7c71-11f0-9c1e-589cfc10d622", CPUs: "4", Memory: "8G",
		Disks: []Disk{{Number: 0, Name: "disk0.img", Type: "ahci-hd", Device: "file"}},
		NICs:  []NIC{{Number: 0, Type: "e1000", Switch: "public", MAC: "58:9c:fc:0a:0b:0c"}},
	}
)
