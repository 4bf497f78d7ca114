package bhyve

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// The emulations that are told from others. The rest are "virtio-blk" and "nvme".
const (
	emulationHD   = "ahci-hd"
	emulationCD   = "ahci-cd"
	emulationSCSI = "virtio-scsi"
)

// The texts of what a disk's content is.
const (
	formatRaw    = "raw"
	formatVolume = "zvol"
	formatISCSI  = "iscsi"
	formatCTL    = "ctl"
)

// Where the devices of GEOM are, and those of them that are volumes of ZFS.
const (
	devicesDir = "/dev/"
	volumesDir = "/dev/zvol/"
)

// A drive is a disk as it is configured.
type drive struct {
	// emulation is the device that the guest sees, such as "virtio-blk".
	emulation string
	// path is where it is on the host. It is empty for an optical drive without a disc, and for a disk of iSCSI while that is not
	// known.
	path string
	// target is what iSCSI calls it, or empty.
	target   string
	readOnly bool
	// jailed says that path is of a jail, which has other files than the host, and at most the same devices.
	jailed bool
}

// resource names what the drive has in it, in the same way whoever tells of it: vm-bhyve takes the path of a datastore
// as it is written, such as "/vm/".
func (d drive) resource() string { return cmp.Or(d.target, tidy(d.path)) }

// tidy takes what means nothing out of an absolute path: empty parts, and ".". A ".." stays, since there may be a
// symbolic link before it, and so does what is no path from the root.
func tidy(text string) string {
	if !path.IsAbs(text) {
		return text
	}
	parts := slices.DeleteFunc(strings.Split(text, "/"), func(part string) bool { return part == "" || part == "." })
	return "/" + strings.Join(parts, "/")
}

// A place is where the content of a drive is found, as far as that can be told.
type place struct {
	source hv.SourceType
	format string
	// volume is the name of a volume of ZFS, and device that of a disk beneath /dev. At most one is not empty.
	volume, device string
	// file is of a regular file, and nil for anything else.
	file *freebsd.Stat
}

// locate says where the content of a drive is. A path that leads to a device by a symbolic link, as those of CBSD to volumes, is
// that device. What cannot be seen is of an unknown type: so is the file of a jail, and one at a path that is not absolute, because
// nobody knows in which directory bhyve was started.
func locate(d drive, stat func(path string) (freebsd.Stat, error)) (place, error) {
	device, isDevice := deviceAt(path.Clean(d.path))
	switch {
	case d.target != "":
		return place{source: hv.SourceNetwork, format: formatISCSI, device: deviceOf(path.Clean(d.path))}, nil
	case d.emulation == emulationSCSI:
		return place{source: hv.SourceOther, format: formatCTL}, nil
	case d.path == "" && d.emulation == emulationCD:
		return place{source: hv.SourceOther}, nil // there is no disc in it
	case d.path == "":
		return place{}, nil
	case isDevice:
		return device, nil
	case d.jailed || !path.IsAbs(d.path):
		return place{}, nil
	}
	st, err := stat(d.path)
	device, isDevice = deviceAt(st.Path)
	switch {
	case err != nil:
		return place{}, err
	case isDevice:
		return device, nil
	case !st.Mode.IsRegular():
		return place{source: hv.SourceOther}, nil
	}
	return place{source: hv.SourceRaw, format: formatRaw, file: &st}, nil
}

// deviceAt returns the place of a device, if it is one that is at the path.
func deviceAt(at string) (place, bool) {
	name := deviceOf(at)
	if name == "" {
		return place{}, false
	}
	if volume, ok := strings.CutPrefix(at, volumesDir); ok {
		return place{source: hv.SourceBlock, format: formatVolume, volume: volume}, true
	}
	return place{source: hv.SourceBlock, format: formatRaw, device: name}, true
}

// deviceOf returns the name of a device beneath /dev, or "".
func deviceOf(at string) string {
	name, _ := strings.CutPrefix(at, devicesDir)
	if name == at {
		return ""
	}
	return name
}

// pool returns the pool of ZFS that has the volume.
func (p place) pool() string {
	pool, _, _ := strings.Cut(p.volume, "/")
	return pool
}

// disk describes a drive under its key.
func (d drive) disk(key string, p place) hv.Disk {
	disk := hv.Disk{
		Key: key, Source: p.source, Format: p.format, Resource: d.resource(),
		ReadOnly: hv.AnswerOf(d.readOnly), Media: hv.MediaHardDisk, Bus: d.emulation,
	}
	if d.emulation == emulationCD {
		disk.ReadOnly, disk.Media = hv.Yes, hv.MediaOpticalDisk
	}
	return disk
}

// driveKeys returns the keys of the drives: what is in each of them, because bhyve has no names for them and cannot exchange it.
func driveKeys(drives []drive) []string {
	names := make([]string, len(drives))
	for i, d := range drives {
		names[i] = cmp.Or(d.resource(), d.emulation)
	}
	return unique(names)
}

// diskStats returns the sizes of a disk, and its counters if it is in use. Only ZFS counts for a single disk, and only for its
// volumes; a file is one of many in what it counts of a file system.
func (e *environment) diskStats(key string, p place, inUse bool) hv.DiskStats {
	s := hv.DiskStats{Key: key}
	switch {
	case p.volume != "":
		s.Capacity = e.volumeSize(p.volume)
		s.Physical = e.takenSize(p.volume)
	case p.file != nil:
		s.Capacity, s.Allocation = hv.Some(p.file.Size), hv.Some(p.file.Allocated)
		s.Physical = s.Capacity
	case p.device != "":
		s.Capacity = e.mediumSize(p.device)
		s.Physical = s.Capacity
	}
	if p.source == hv.SourceBlock {
		s.Allocation = s.Capacity
	}
	if p.volume == "" || !inUse {
		return s
	}
	if io, ok := e.datasets(p.pool())[p.volume]; ok {
		s.ReadRequests, s.WriteRequests = hv.Some(io.Reads), hv.Some(io.Writes)
		s.ReadBytes, s.WriteBytes = hv.Some(io.ReadBytes), hv.Some(io.WriteBytes)
	}
	return s
}
