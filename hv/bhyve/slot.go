package bhyve

import (
	"fmt"
	"strconv"
	"strings"
)

// The bounds of a place on a PCI bus (bhyve(8)).
const (
	maxBus      = 255
	maxSlot     = 31
	maxFunction = 7
)

// slot takes the value of -s, "[[BUS:]SLOT[:FUNCTION]],EMULATION[,CONFIGURATION]", as the variables for which it stands. Of the
// devices only disks, network interfaces and frame buffers are taken.
func (o *options) slot(value string) {
	place, device, _ := strings.Cut(value, ",")
	node, ok := nodeOf(place)
	if !ok {
		return
	}
	emulation, conf, configured := strings.Cut(device, ",")
	switch emulation {
	case "virtio-blk":
		o.set(node+".device", emulation)
		o.backed(node, "path", conf)
	case "nvme":
		o.set(node+".device", emulation)
		if strings.HasPrefix(conf, "ram=") {
			o.assign(node, strings.Split(conf, ","))
			return
		}
		o.backed(node, "path", conf)
	case "ahci":
		o.set(node+".device", "ahci")
		o.ports(node, conf)
	case "ahci-hd", "ahci-cd":
		o.set(node+".device", "ahci")
		o.set(node+".port.0.type", strings.TrimPrefix(emulation, "ahci-"))
		if configured {
			o.backed(node+".port.0", "path", conf)
		}
	case "virtio-scsi":
		o.set(node+".device", emulation)
		o.targets(node, conf)
	case "virtio-net", "e1000":
		o.set(node+".device", emulation)
		first, _, _ := strings.Cut(conf, ",")
		if strings.Contains(first, "=") {
			o.assign(node, strings.Split(conf, ","))
			return
		}
		o.backed(node, "backend", conf)
	case frameBuffer:
		o.set(node+".device", emulation)
		o.assign(node, strings.Split(conf, ","))
	}
}

// nodeOf returns the node of a PCI device by its place: "4", "4:0" or "0:4:0".
func nodeOf(place string) (string, bool) {
	parts := strings.Split(place, ":")
	switch len(parts) {
	case 1:
		parts = []string{"0", parts[0], "0"}
	case 2:
		parts = []string{"0", parts[0], parts[1]}
	case 3:
	default:
		return "", false
	}
	var at [3]uint64
	for i, most := range [...]uint64{maxBus, maxSlot, maxFunction} {
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil || n > most {
			return "", false
		}
		at[i] = n
	}
	return fmt.Sprintf("pci.%d.%d.%d", at[0], at[1], at[2]), true
}

// backed sets what the device at a node is backed by, the first word of its configuration, and the words after that.
func (o *options) backed(node, key, conf string) {
	words := strings.Split(conf, ",")
	if words[0] != "" {
		o.set(node+"."+key, words[0])
	}
	o.assign(node, words[1:])
}

// assign sets the words of a configuration, "NAME=VALUE", or "NAME" for one that is true by being there.
func (o *options) assign(node string, words []string) {
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			value = "true"
		}
		o.set(node+"."+key, value)
	}
}

// ports takes the configuration of an AHCI controller: "hd:PATH,OPTIONS,cd:PATH" and so on, a port for each.
func (o *options) ports(node, conf string) {
	port := -1
	for word := range strings.SplitSeq(conf, ",") {
		kind, file, ok := strings.Cut(word, ":")
		at := fmt.Sprintf("%s.port.%d", node, port)
		switch {
		case ok && (kind == "hd" || kind == "cd"):
			port++
			at = fmt.Sprintf("%s.port.%d", node, port)
			o.set(at+".type", kind)
			o.set(at+".path", file)
		case port >= 0:
			o.assign(at, []string{word})
		}
	}
}

// targets takes the configuration of a SCSI controller: one port of ctl(4) and options, or, from FreeBSD 15 on, "target=[ID:]PORT"
// for each of several.
func (o *options) targets(node, conf string) {
	first, _, _ := strings.Cut(conf, ",")
	if !strings.Contains(first, "=") {
		o.backed(node, "dev", conf)
		return
	}
	next := 0
	for word := range strings.SplitSeq(conf, ",") {
		key, value, _ := strings.Cut(word, "=")
		if key != "target" {
			o.assign(node, []string{word})
			continue
		}
		if id, dev, ok := strings.Cut(value, ":"); ok && isCount(id) {
			next, _ = strconv.Atoi(id)
			value = dev
		}
		o.set(fmt.Sprintf("%s.target.%d", node, next), value)
		next++
	}
}
