package vmbhyve

import "testing"

func TestDiskPath(t *testing.T) {
	t.Parallel()
	zfs := Guest{Name: "web01", Dir: "/zroot/vm/web01", Datastore: home}
	dir := Guest{Name: "old", Dir: "/tank/vm/old", Datastore: Datastore{Name: "tank", Path: "/tank/vm"}}
	tests := []struct {
		name                 string
		guest                Guest
		disk                 Disk
		wantPath, wantVolume string
	}{
		{"file", zfs, Disk{Name: "disk0.img", Device: "file"}, "/zroot/vm/web01/disk0.img", ""},
		{"nothing said", zfs, Disk{Name: "disk0.img"}, "/zroot/vm/web01/disk0.img", ""},
		{"something unknown", zfs, Disk{Name: "disk0.img", Device: "qcow"}, "/zroot/vm/web01/disk0.img", ""},
		{"volume", zfs, Disk{Name: "disk0", Device: "zvol"}, "/dev/zvol/zroot/vm/web01/disk0", "zroot/vm/web01/disk0"},
		{"thin volume", zfs, Disk{Name: "disk0", Device: "sparse-zvol"}, "/dev/zvol/zroot/vm/web01/disk0", "zroot/vm/web01/disk0"},
		{"volume of no dataset", dir, Disk{Name: "disk0", Device: "zvol"}, "", ""},
		{"custom file", zfs, Disk{Name: "/tank/big.img", Device: "custom"}, "/tank/big.img", ""},
		{"custom device", zfs, Disk{Name: "/dev/da0", Device: "custom"}, "/dev/da0", ""},
		{"custom volume", zfs, Disk{Name: "/dev/zvol/tank/big", Device: "custom"}, "/dev/zvol/tank/big", "tank/big"},
		{"target", zfs, Disk{Name: "iqn.2026-08.net.example:disk0", Device: "iscsi"}, "", ""},
		{"share", zfs, Disk{Name: "home=/home", Device: "9p"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, "path", tt.wantPath, tt.guest.DiskPath(tt.disk))
			check(t, "volume", tt.wantVolume, tt.guest.DiskVolume(tt.disk))
		})
	}
}
