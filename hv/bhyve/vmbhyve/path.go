package vmbhyve

import "strings"

// What a Disk is on the host.
const (
	deviceFile       = "file"
	deviceZvol       = "zvol"
	deviceSparseZvol = "sparse-zvol"
	deviceCustom     = "custom"
	deviceISCSI      = "iscsi"
	device9P         = "9p"
)

// zvols is where the host has a device for each ZFS volume.
const zvols = "/dev/zvol/"

// DiskPath returns where a disk is on the host. It is empty if that cannot be told from its name alone: a target of iSCSI, a
// volume of a datastore that is no dataset, a share.
func (g Guest) DiskPath(d Disk) string {
	switch d.Device {
	case deviceZvol, deviceSparseZvol:
		if g.Datastore.Dataset == "" {
			return ""
		}
		return zvols + g.Datastore.Dataset + "/" + g.Name + "/" + d.Name
	case deviceCustom:
		return d.Name
	case deviceISCSI, device9P:
		return ""
	}
	return g.Dir + "/" + d.Name
}

// DiskVolume returns the ZFS volume that a disk is, such as "zroot/vm/web01/disk0", or an empty text if it is none.
func (g Guest) DiskVolume(d Disk) string {
	volume, ok := strings.CutPrefix(g.DiskPath(d), zvols)
	if !ok {
		return ""
	}
	return volume
}
