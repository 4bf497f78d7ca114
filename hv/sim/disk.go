package sim

import (
	"fmt"

	"github.com/vmond/vmond/hv"
)

// A diskKind is what a disk is drawn to be.
type diskKind uint8

const (
	diskQcow2 diskKind = iota
	diskRaw
	diskBlock
	diskCDROM
	diskEmptyCDROM
	diskRBD
	diskNBD
)

// drawDisk returns the i-th disk. The first is one that a guest can boot from.
func drawDisk(seed, id uint64, i int) hv.Disk {
	h := draw(seed, forDisk, id, uint64(i))
	kind := weigh(h, share[diskKind]{60, diskQcow2}, share[diskKind]{15, diskRaw},
		share[diskKind]{15, diskBlock}, share[diskKind]{10, diskRBD})
	if i > 0 {
		kind = weigh(h, share[diskKind]{35, diskQcow2}, share[diskKind]{15, diskRaw},
			share[diskKind]{15, diskBlock}, share[diskKind]{12, diskCDROM}, share[diskKind]{8, diskEmptyCDROM},
			share[diskKind]{10, diskRBD}, share[diskKind]{5, diskNBD})
	}
	image := fmt.Sprintf("%s-%d", drawName(seed, id), i)
	d := hv.Disk{Key: "vd" + letters(i), ReadOnly: hv.No, Media: hv.MediaHardDisk, Bus: "virtio"}
	switch kind {
	case diskQcow2:
		d.Source, d.Format, d.Resource = hv.SourceSparse, "qcow2", "/var/lib/vmond-simulation/"+image+".qcow2"
	case diskRaw:
		d.Source, d.Format, d.Resource = hv.SourceRaw, "raw", "/var/lib/vmond-simulation/"+image+".img"
	case diskBlock:
		d.Source, d.Format, d.Resource = hv.SourceBlock, "raw", "/dev/vg0/"+image
	case diskRBD:
		d.Source, d.Format, d.Resource = hv.SourceNetwork, "rbd", "rbd/"+image
	case diskNBD:
		d.Source, d.Format, d.Resource = hv.SourceNetwork, "nbd", image
	default:
		d.Key, d.ReadOnly, d.Media, d.Bus = "sd"+letters(i), hv.Yes, hv.MediaOpticalDisk, "sata"
		if kind == diskCDROM {
			d.Source, d.Format, d.Resource = hv.SourceRaw, "raw", "/var/lib/vmond-simulation/install.iso"
		}
	}
	return d
}

// letters counts as Linux names its disks: a, ..., z, aa, ab, and so on.
func letters(i int) string {
	const alphabet = 26
	if i < alphabet {
		return string(rune('a' + i))
	}
	return letters(i/alphabet-1) + letters(i%alphabet)
}

// fnv1a hashes a text (FNV-1a, 64 bits).
func fnv1a(s string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return h
}

// serial returns the number that a disk's or an interface's counters are drawn by: it does not depend on its
// neighbours, which may come and go.
func serial(seed, use, id uint64, key string) uint64 { return draw(seed, use, id, fnv1a(key)) }
