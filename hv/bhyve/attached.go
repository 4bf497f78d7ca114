package bhyve

import (
	"cmp"
	"crypto/md5"
	"fmt"
	"slices"
	"strings"

	"github.com/vmond/vmond/hv"
)

// attaches reports whether any device is set up besides frame buffers.
func (o options) attaches() bool {
	return slices.ContainsFunc(o.devices, func(node string) bool {
		device, _ := o.get(node + ".device")
		return device != frameBuffer
	})
}

// drives returns the disks that are attached.
func (o options) drives() []drive {
	var drives []drive
	for _, node := range o.devices {
		device, _ := o.get(node + ".device")
		switch device {
		case "virtio-blk", "nvme":
			drives = append(drives, o.drive(node, device)...)
		case "ahci":
			drives = append(drives, o.ahci(node)...)
		case "virtio-scsi":
			drives = append(drives, o.scsi(node)...)
		}
	}
	return drives
}

// drive returns the disk of a node. There is none without a path, as one in memory.
func (o options) drive(node, emulation string) []drive {
	path, _ := o.get(node + ".path")
	if path == "" {
		return nil
	}
	ro, _ := o.get(node + ".ro")
	return []drive{{emulation: emulation, path: path, readOnly: isTrue(ro)}}
}

// maxPorts is how many ports an AHCI controller has.
const maxPorts = 32

// ahci returns what is on the ports of an AHCI controller. A drive for optical disks may be empty.
func (o options) ahci(node string) []drive {
	var drives []drive
	for n := range maxPorts {
		port := fmt.Sprintf("%s.port.%d", node, n)
		kind, _ := o.get(port + ".type")
		switch kind {
		case "hd":
			drives = append(drives, o.drive(port, emulationHD)...)
		case "cd":
			path, _ := o.get(port + ".path")
			drives = append(drives, drive{emulation: emulationCD, path: path, readOnly: true})
		}
	}
	return drives
}

// maxTargets is how many targets a SCSI controller has.
const maxTargets = 256

// scsi returns the targets of a SCSI controller.
func (o options) scsi(node string) []drive {
	keys := []string{node + ".dev"}
	for n := range maxTargets {
		keys = append(keys, fmt.Sprintf("%s.target.%d", node, n))
	}
	var drives []drive
	for _, key := range keys {
		if path, _ := o.get(key); path != "" {
			drives = append(drives, drive{emulation: emulationSCSI, path: path})
		}
	}
	return drives
}

// cards returns the network interfaces that are attached.
func (o options) cards() []card {
	var cards []card
	for _, node := range o.devices {
		device, _ := o.get(node + ".device")
		if device != "virtio-net" && device != "e1000" {
			continue
		}
		c := card{number: len(cards), model: device}
		c.tap, c.tapless = o.tap(node)
		mac, set := o.get(node + ".mac")
		c.mac = parseMAC(mac)
		if !set && !o.file {
			c.mac = o.madeUp(node)
		}
		cards = append(cards, c)
	}
	return cards
}

// tap returns the tap(4) of a network interface as it is named, or "" for any that is free. It is none if the other end is
// something else, or nothing.
func (o options) tap(node string) (tap string, none bool) {
	backend, set := o.get(node + ".backend")
	kind, typed := o.get(node + ".type")
	switch {
	case !set:
		return "", !o.file
	case backend == "" || typed && kind == "":
		return "", false
	case !isTap(cmp.Or(kind, backend)):
		return "", true
	case backend == anyTap || backend == anyVMNet:
		return "", false
	}
	return backend, false
}

// The devices that are another tap(4) each time that they are opened.
const (
	anyTap   = "tap"
	anyVMNet = "vmnet"
)

// isTap reports whether bhyve takes the name of a backend, or its type, for that of a tap(4).
func isTap(name string) bool {
	return strings.HasPrefix(name, anyTap) || strings.HasPrefix(name, anyVMNet)
}

// maxSeed is how much of the text bhyve keeps that it makes an address of.
const maxSeed = 79

// madeUp returns the address that bhyve makes up for an interface that has none: NetApp's first three octets, and three of the
// MD5 of slot, function and name (net_genmac in net_utils.c). It is nil if the name is not known.
func (o options) madeUp(node string) hv.MAC {
	words := strings.Split(node, ".")
	if o.name() == "" {
		return nil
	}
	seed := words[2] + "-" + words[3] + "-" + o.name()
	sum := md5.Sum([]byte(seed[:min(len(seed), maxSeed)]))
	return hv.MAC{0x00, 0xa0, 0x98, sum[0], sum[1], sum[2]}
}

// isTrue reports whether a variable's text means yes (bhyve_config(5)).
func isTrue(text string) bool {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "1":
		return true
	}
	return false
}
