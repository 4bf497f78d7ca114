package bhyve

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	files := map[string]freebsd.Stat{
		"/vm/disk.img": {Path: "/vm/disk.img", Size: 100, Allocated: 40},
		"/jails/dsk1":  {Path: "/dev/zvol/zroot/dsk1", Mode: fs.ModeDevice | fs.ModeCharDevice},
		"/jails/dsk2":  {Path: "/dev/da3", Mode: fs.ModeDevice | fs.ModeCharDevice},
		"/vm":          {Path: "/vm", Mode: fs.ModeDir},
	}
	stat := func(path string) (freebsd.Stat, error) {
		st, ok := files[path]
		if !ok {
			return freebsd.Stat{}, fs.ErrNotExist
		}
		return st, nil
	}
	image := files["/vm/disk.img"]
	files["/dev/../vm/disk.img"] = image
	files["disk.img"] = freebsd.Stat{Path: "/root/disk.img", Size: 1000, Allocated: 1000} // of another directory
	tests := []struct {
		name string
		d    drive
		want place
		err  error
	}{
		{"volume", drive{path: "/dev/zvol/zroot/vm/disk0"}, place{source: hv.SourceBlock, format: "zvol", volume: "zroot/vm/disk0"}, nil},
		{"link to a volume", drive{path: "/jails/dsk1"}, place{source: hv.SourceBlock, format: "zvol", volume: "zroot/dsk1"}, nil},
		{"disk", drive{path: "/dev/da1"}, place{source: hv.SourceBlock, format: "raw", device: "da1"}, nil},
		{"disk by its label", drive{path: "/dev/gpt/data"}, place{source: hv.SourceBlock, format: "raw", device: "gpt/data"}, nil},
		{"link to a disk", drive{path: "/jails/dsk2"}, place{source: hv.SourceBlock, format: "raw", device: "da3"}, nil},
		{"volume by a path with more than it needs", drive{path: "/dev/zvol//zroot/./vm/disk0"}, place{source: hv.SourceBlock, format: "zvol", volume: "zroot/vm/disk0"}, nil},
		{"file, by way of the devices", drive{path: "/dev/../vm/disk.img"}, place{source: hv.SourceRaw, format: "raw", file: &image}, nil},
		{"file", drive{path: "/vm/disk.img"}, place{source: hv.SourceRaw, format: "raw", file: &image}, nil},
		{"directory", drive{path: "/vm"}, place{source: hv.SourceOther}, nil},
		{"not there", drive{path: "/vm/lost.img"}, place{}, fs.ErrNotExist},
		{"in a directory that nobody knows", drive{path: "disk.img"}, place{}, nil},
		{"not there, in a directory that nobody knows", drive{path: "dev/lost.img"}, place{}, nil},
		{"file of a jail", drive{path: "/vm/disk.img", jailed: true}, place{}, nil},
		{"not on the host, of a jail", drive{path: "/vm/lost.img", jailed: true}, place{}, nil},
		{"disk of a jail", drive{path: "/dev/da1", jailed: true}, place{source: hv.SourceBlock, format: "raw", device: "da1"}, nil},
		{"no disc", drive{emulation: "ahci-cd"}, place{source: hv.SourceOther}, nil},
		{"no path", drive{emulation: "virtio-blk"}, place{}, nil},
		{"iSCSI", drive{target: "iqn.2026:disk", path: "/dev/da5"}, place{source: hv.SourceNetwork, format: "iscsi", device: "da5"}, nil},
		{"iSCSI, not attached", drive{target: "iqn.2026:disk"}, place{source: hv.SourceNetwork, format: "iscsi"}, nil},
		{"SCSI port", drive{emulation: "virtio-scsi", path: "/dev/cam/ctl5.0"}, place{source: hv.SourceOther, format: "ctl"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := locate(tt.d, stat)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("err = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(place{})); diff != "" {
				t.Errorf("unexpected place (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDisk(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		d    drive
		p    place
		want hv.Disk
	}{
		{"hard disk", drive{emulation: "nvme", path: "/a"}, place{source: hv.SourceRaw, format: "raw"},
			hv.Disk{Key: "k", Source: hv.SourceRaw, Format: "raw", Resource: "/a", ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "nvme"}},
		{"read-only", drive{emulation: "virtio-blk", path: "/a", readOnly: true}, place{source: hv.SourceBlock, format: "zvol"},
			hv.Disk{Key: "k", Source: hv.SourceBlock, Format: "zvol", Resource: "/a", ReadOnly: hv.Yes, Media: hv.MediaHardDisk, Bus: "virtio-blk"}},
		{"optical disk", drive{emulation: "ahci-cd", path: "/a.iso"}, place{source: hv.SourceRaw, format: "raw"},
			hv.Disk{Key: "k", Source: hv.SourceRaw, Format: "raw", Resource: "/a.iso", ReadOnly: hv.Yes, Media: hv.MediaOpticalDisk, Bus: "ahci-cd"}},
		{"iSCSI", drive{emulation: "virtio-blk", target: "iqn", path: "/dev/da5"}, place{source: hv.SourceNetwork, format: "iscsi"},
			hv.Disk{Key: "k", Source: hv.SourceNetwork, Format: "iscsi", Resource: "iqn", ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio-blk"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.d.disk("k", tt.p)); diff != "" {
			t.Errorf("%s: unexpected disk (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestDriveKeys(t *testing.T) {
	t.Parallel()
	drives := []drive{
		{emulation: "nvme", path: "/a"}, {emulation: "nvme", path: "/a"}, {emulation: "ahci-cd"}, {emulation: "ahci-cd"},
		{emulation: "nvme", path: "/a#2"}, {emulation: "nvme", target: "iqn", path: "/dev/da5"}, {emulation: "nvme", path: "/vm//b"},
	}
	want := []string{"/a", "/a#3", "ahci-cd", "ahci-cd#2", "/a#2", "iqn", "/vm/b"}
	if diff := cmp.Diff(want, driveKeys(drives)); diff != "" {
		t.Errorf("unexpected keys (-want +got):\n%s", diff)
	}
}

// TestDriveResource proves that a path is the same path however many slashes it is written with, and that nothing else is taken for one.
func TestDriveResource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		d    drive
		want string
	}{
		{drive{path: "/vm/web/disk0.img"}, "/vm/web/disk0.img"},
		{drive{path: "/vm//web/./disk0.img/"}, "/vm/web/disk0.img"},
		{drive{path: "//dev//zvol/zroot/disk0"}, "/dev/zvol/zroot/disk0"},
		{drive{path: "/vm//link/../disk0.img"}, "/vm/link/../disk0.img"},
		{drive{path: "/vm/.../disk0..img"}, "/vm/.../disk0..img"},
		{drive{path: "//"}, "/"},
		{drive{path: "disks//disk0.img"}, "disks//disk0.img"},
		{drive{path: "./disk0.img"}, "./disk0.img"},
		{drive{target: "iqn.2026:a//b/./c", path: "/dev//da5"}, "iqn.2026:a//b/./c"},
		{drive{}, ""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.d.resource()); diff != "" {
			t.Errorf("%+v: unexpected resource (-want +got):\n%s", tt.d, diff)
		}
	}
}

func TestDiskStats(t *testing.T) {
	t.Parallel()
	e := &environment{
		volumes: func() map[string]int64 { return map[string]int64{"zroot/disk0": 1000} },
		taken:   func() map[string]int64 { return map[string]int64{"zroot/disk0": 600} },
		media:   func() map[string]int64 { return map[string]int64{"da1": 2000} },
		datasets: func(pool string) map[string]freebsd.DatasetIO {
			if pool != "zroot" {
				return nil
			}
			return map[string]freebsd.DatasetIO{"zroot/disk0": {Reads: 1, Writes: 2, ReadBytes: 3, WriteBytes: 4}}
		},
	}
	size := func(capacity, allocation, physical int64) hv.DiskStats {
		return hv.DiskStats{Key: "k", Capacity: hv.Some(capacity), Allocation: hv.Some(allocation), Physical: hv.Some(physical)}
	}
	volume := size(1000, 1000, 600)
	volume.ReadRequests, volume.WriteRequests = hv.Some[uint64](1), hv.Some[uint64](2)
	volume.ReadBytes, volume.WriteBytes = hv.Some[uint64](3), hv.Some[uint64](4)
	tests := []struct {
		name  string
		p     place
		inUse bool
		want  hv.DiskStats
	}{
		{"volume", place{source: hv.SourceBlock, volume: "zroot/disk0"}, true, volume},
		{"volume that is not in use", place{source: hv.SourceBlock, volume: "zroot/disk0"}, false, size(1000, 1000, 600)},
		{"volume that is not known", place{source: hv.SourceBlock, volume: "zroot/disk1"}, true, hv.DiskStats{Key: "k"}},
		{"volume of another pool", place{source: hv.SourceBlock, volume: "tank/disk0"}, true, hv.DiskStats{Key: "k"}},
		{"disk", place{source: hv.SourceBlock, device: "da1"}, true, size(2000, 2000, 2000)},
		{"disk that is not known", place{source: hv.SourceBlock, device: "da2"}, true, hv.DiskStats{Key: "k"}},
		{"file", place{source: hv.SourceRaw, file: &freebsd.Stat{Size: 100, Allocated: 40}}, true, size(100, 40, 100)},
		{"iSCSI", place{source: hv.SourceNetwork, device: "da1"}, true, hv.DiskStats{Key: "k", Capacity: hv.Some[int64](2000), Physical: hv.Some[int64](2000)}},
		{"unknown", place{}, true, hv.DiskStats{Key: "k"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, e.diskStats("k", tt.p, tt.inUse)); diff != "" {
			t.Errorf("%s: unexpected statistics (-want +got):\n%s", tt.name, diff)
		}
	}
}
