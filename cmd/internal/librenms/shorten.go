package librenms

import (
	"cmp"
	"slices"
	"sort"

	"github.com/vmond/vmond/collector"
)

// MaxCompressed is how many octets of a Document SNMP carries safely in one value, through snmpd and over UDP.
const MaxCompressed = 60000

// Compressed returns the Document as LibreNMS takes it safely: base64 of its JSON after gzip(1), without newlines. What
// is longer than limit is shortened: first all interfaces are left out, then all disks, then virtual machines, the
// idlest first, until it is at most that long. The sums stay those of all, and "shortened" in the data counts what is
// left out. It is nil if not even the sums have room.
func (d *Document) Compressed(limit int) []byte {
	packed, _ := d.shortened(limit)
	return packed
}

// shortened is Compressed, with what is left out.
func (d *Document) shortened(limit int) ([]byte, omission) {
	p, c := newPacker(limit), d.everything()
	if p.pack(d, c) {
		return p.packed, c.without
	}
	if c.ifs, c.without.ifs = false, d.interfaces(); c.without.ifs > 0 && p.pack(d, c) {
		return p.packed, c.without
	}
	if c.disks, c.without.disks = false, d.disks(); c.without.disks > 0 && p.pack(d, c) {
		return p.packed, c.without
	}
	c.order = d.busiest()
	least := sort.Search(len(d.vms), func(n int) bool { // the number to leave out
		c.without.vms = n + 1
		c.first = len(d.vms) - c.without.vms
		return p.pack(d, c)
	})
	c.without.vms = min(least+1, len(d.vms))
	return p.packed, c.without
}

// interfaces returns how many entries of interfaces there are.
func (d *Document) interfaces() int {
	n := 0
	for _, vm := range d.vms {
		n += len(nicsOf(vm.VM))
	}
	return n
}

// disks returns how many entries of disks there are.
func (d *Document) disks() int {
	n := 0
	for _, vm := range d.vms {
		n += len(vm.Disks)
	}
	return n
}

// busiest returns the place of each virtual machine in the order in which they are worth telling.
func (d *Document) busiest() []int {
	places := make([]int, len(d.vms))
	byWork := make([]int, len(d.vms))
	works := make([]work, len(d.vms))
	for i, vm := range d.vms {
		byWork[i], works[i] = i, workOf(d.reader.platform, vm.VM)
	}
	slices.SortFunc(byWork, func(i, j int) int { return works[i].compare(works[j]) })
	for place, i := range byWork {
		places[i] = place
	}
	return places
}

// A work says how busy a virtual machine is.
type work struct {
	active, running bool
	// share is how much of one CPU it has used since its process began.
	share float64
	index int32
}

// workOf returns how busy a virtual machine is. One whose share is not known has used nothing.
func workOf(p *platform, vm *collector.VM) work {
	w := work{active: vm.Active(), index: vm.Index}
	w.running = w.active && p.statusOf(vm.Summary) == on
	if w.running && vm.Process != nil {
		w.share, _ = cpuShare(vm.Process)
	}
	return w
}

// compare returns less than 0 if w is worth telling before v: the one with the lower index if they are equally busy.
func (w work) compare(v work) int {
	return cmp.Or(
		yesFirst(w.active, v.active), yesFirst(w.running, v.running),
		cmp.Compare(v.share, w.share), cmp.Compare(w.index, v.index),
	)
}

// yesFirst compares two answers.
func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
