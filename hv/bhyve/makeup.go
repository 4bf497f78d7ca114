package bhyve

import (
	"slices"
	"strings"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/vmbhyve"
)

// A makeup is what a virtual machine is made of, as far as that is told. What its manager has written down is what it will have
// when it is started next; what its process was started with is what it has.
type makeup struct {
	osType string
	cpus   hv.Opt[int]
	memory hv.Opt[int64]
	pins   pinning
	drives []drive
	cards  []card
	// console is that of the present process.
	console hv.Opt[hv.Console]
}

// bhyveLoader is the program that loads only FreeBSD, which is all that vm-bhyve tells of a guest.
const bhyveLoader = "bhyveload"

// shareEmulation is of a directory of the host, which is no disk, though vm-bhyve has it among them.
const shareEmulation = "virtio-9p"

// makeupOfVMBhyve reads a virtual machine's NAME.conf.
func makeupOfVMBhyve(g *vmbhyve.Guest, c vmbhyve.Config) makeup {
	m := makeup{memory: parseMemory(c.Memory)}
	if n, ok := parseCPUs(c.CPUs); ok {
		m.cpus = hv.Some(n)
	}
	if c.Loader == bhyveLoader {
		m.osType = "FreeBSD"
	}
	for _, d := range c.Disks {
		if d.Type == shareEmulation {
			continue
		}
		m.drives = append(m.drives, driveOfVMBhyve(g, d))
	}
	for _, n := range c.NICs {
		m.cards = append(m.cards, card{number: n.Number, model: n.Type, mac: parseMAC(n.MAC), tap: n.Device, network: n.Switch})
	}
	return m.with(g.Name, c.Options)
}

// with returns the makeup with what somebody has vm-bhyve give to bhyve besides, after all else.
func (m makeup) with(name, besides string) makeup {
	o := parseOptions(strings.Fields(besides))
	o.set("name", name)
	m.pins.each = o.pins()
	m.drives = append(m.drives, o.drives()...)
	written := len(m.cards)
	for _, c := range o.cards() {
		c.number += written
		m.cards = append(m.cards, c)
	}
	return m
}

// driveOfVMBhyve reads one of its disks.
func driveOfVMBhyve(g *vmbhyve.Guest, d vmbhyve.Disk) drive {
	drive := drive{emulation: d.Type, path: g.DiskPath(d)}
	if d.Device == "iscsi" {
		drive.target = d.Name
	}
	drive.readOnly = slices.ContainsFunc(strings.Split(d.Options, ","), func(option string) bool {
		value, ok := strings.CutPrefix(option, "ro")
		return ok && (value == "" || strings.HasPrefix(value, "=") && isTrue(value[1:]))
	})
	return drive
}

// makeupOfCBSD reads what CBSD has of a virtual machine.
func makeupOfCBSD(c cbsd.Config) makeup {
	m := makeup{osType: strings.TrimSpace(c.OSType + " " + c.OSProfile)}
	if c.CPUs > 0 && c.CPUs <= maxCPUs {
		m.cpus = hv.Some(c.CPUs)
	}
	if c.Memory > 0 {
		m.memory = hv.Some(c.Memory)
	}
	m.pins.rest = parseSet(c.CPUSet)
	for _, d := range c.Disks {
		m.drives = append(m.drives, drive{emulation: d.Controller, path: d.Path, readOnly: d.ReadOnly})
	}
	for i, n := range c.NICs { // CBSD counts them: their Order is mostly 0
		model := n.Driver
		if model == "vtnet" {
			model = "virtio-net" // bhyve's word for what the guest knows as vtnet(4)
		}
		c := card{number: i, model: model, mac: parseMAC(n.MAC)}
		if n.Parent != cbsd.AutoParent {
			c.bridge = n.Parent
		}
		m.cards = append(m.cards, c)
	}
	return m
}

// running returns the makeup of a process that was started with the options. What they do not tell is as it is written down.
func (m makeup) running(o options) makeup {
	if n := o.cpus(); !n.IsZero() {
		m.cpus = n
	}
	if n := o.memory(); !n.IsZero() {
		m.memory = n
	}
	if pins := o.pins(); len(pins) > 0 || o.whole {
		m.pins.each = pins
	}
	if c, ok := o.console(); ok || o.whole {
		m.console = hv.Opt[hv.Console]{}
		if ok {
			m.console = hv.Some(c)
		}
	}
	if !o.attaches() && !o.whole {
		return m
	}
	drives := o.drives()
	for i := range drives {
		if i < len(m.drives) && m.drives[i].emulation == drives[i].emulation && drives[i].onTarget(m.drives) {
			drives[i].target = m.drives[i].target
		}
	}
	m.drives, m.cards = drives, numbered(o.cards(), m.cards)
	return m
}

// onTarget reports whether a drive that a process has may be a target of iSCSI, which has the device of a disk as any other. A file, a
// volume or a disk that is written down as such is none, whatever has been written in its place since.
func (d drive) onTarget(written []drive) bool {
	if deviceOf(d.path) == "" || strings.HasPrefix(d.path, volumesDir) {
		return false
	}
	return !slices.ContainsFunc(written, func(w drive) bool { return w.path == d.path })
}

// jailed returns the makeup of a process in a jail.
func (m makeup) jailed() makeup {
	m.drives = slices.Clone(m.drives)
	for i := range m.drives {
		m.drives[i].jailed = true
	}
	return m
}

// numbered returns the cards of a process with what their manager calls them. Each is the one of the same address,
// since one that could not be made is left out at the start. If there is none for one of them, they have got their
// addresses or were written anew since then, and each is the one in its place.
func numbered(cards, written []card) []card {
	places := make([]int, len(cards))
	each := true
	for i, c := range cards {
		at := slices.IndexFunc(written, func(w card) bool { return w.mac != nil && slices.Equal(w.mac, c.mac) })
		each = each && at >= 0 && !slices.Contains(places[:i], at)
		places[i] = at
	}
	for i, at := range places {
		if at < 0 {
			at = i
		}
		if at < len(written) {
			cards[i].network, cards[i].bridge = written[at].network, written[at].bridge
		}
		if each {
			cards[i].number = written[at].number
		}
	}
	return cards
}
