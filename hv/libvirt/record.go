package libvirt

import (
	"maps"
	"slices"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// The last parts of the names in a record of bulk statistics (virConnectGetAllDomainStats).
const (
	suffixName  = "name"
	suffixTime  = "time"
	suffixState = "state"
)

// A record is what bulk statistics say of one virtual machine, sorted by its devices.
type record struct {
	stats  hv.Statistics
	proc   hv.Process // as far as libvirt tells of it
	cpus   map[int]*hv.CPUStats
	blocks map[int]*block
	ifaces map[int]*iface
	active bool
	// resident says that the memory of its process was counted, which QEMU's driver does whenever it asks the process.
	resident bool
}

// A block is a disk of a record. It has three sizes; see [block.stats].
type block struct {
	hv.DiskStats
	highest hv.Opt[int64]
}

// An iface is a network interface of a record. Its name is that of its end on the host.
type iface struct {
	hv.NICStats
	name string
}

// parseRecord reads a record. What it does not know or what makes no sense is left out.
func parseRecord(params []lv.TypedParam, active bool) record {
	r := record{
		cpus: map[int]*hv.CPUStats{}, blocks: map[int]*block{}, ifaces: map[int]*iface{}, active: active,
	}
	for _, p := range params {
		r.total(p)
		if n, rest, ok := element(p.Field, lv.DomainStatsVCPUPrefix); ok {
			r.cpu(n, rest, p)
		}
		if n, rest, ok := element(p.Field, lv.DomainStatsBlockPrefix); ok {
			at(r.blocks, n).set(rest, p)
		}
		if n, rest, ok := element(p.Field, lv.DomainStatsNetPrefix); ok {
			at(r.ifaces, n).set(rest, p)
		}
	}
	return r
}

// at returns the element of that number, which it makes if need be.
func at[T any](m map[int]*T, n int) *T {
	if m[n] == nil {
		m[n] = new(T)
	}
	return m[n]
}

// total reads what is about the virtual machine as a whole. The CPU time of one that is not active is that of the
// daemon itself.
func (r *record) total(p lv.TypedParam) {
	switch p.Field {
	case lv.DomainStatsCPUTime:
		if r.active {
			r.stats.CPUTime = nanoseconds(p)
		}
	case lv.DomainStatsCPUUser:
		r.proc.UserTime = nanoseconds(p)
	case lv.DomainStatsCPUSystem:
		r.proc.SystemTime = nanoseconds(p)
	case lv.DomainStatsVCPUCurrent:
		if n, ok := number(p).Get(); ok && n > 0 && n <= maxVCPU {
			r.stats.CurCPUs = hv.Some(int(n))
		}
	case lv.DomainStatsBalloonCurrent:
		r.stats.CurMem = kibibytes(counter(p))
	case lv.DomainStatsBalloonMaximum:
		r.stats.MaxMem = kibibytes(counter(p))
	case lv.DomainStatsBalloonRss:
		r.resident = true
		r.proc.Resident = kibibytes(counter(p))
	}
}

// cpu reads what is about a virtual CPU. Only an active virtual machine has any.
func (r *record) cpu(n int, rest string, p lv.TypedParam) {
	if !r.active || n >= maxVCPU || rest != suffixTime && rest != suffixState {
		return
	}
	c := at(r.cpus, n)
	c.ID = n
	if rest == suffixTime {
		c.Time = nanoseconds(p)
	}
}

// set reads what is about a disk.
func (b *block) set(rest string, p lv.TypedParam) {
	switch rest {
	case suffixName:
		b.Key = text(p)
	case "rd.reqs":
		b.ReadRequests = counter(p)
	case "rd.bytes":
		b.ReadBytes = counter(p)
	case "rd.times":
		b.ReadTime = nanoseconds(p)
	case "wr.reqs":
		b.WriteRequests = counter(p)
	case "wr.bytes":
		b.WriteBytes = counter(p)
	case "wr.times":
		b.WriteTime = nanoseconds(p)
	case "fl.reqs":
		b.FlushRequests = counter(p)
	case "fl.times":
		b.FlushTime = nanoseconds(p)
	case "capacity":
		b.Capacity = number(p)
	case "allocation":
		b.highest = number(p)
	case "physical":
		b.Physical = number(p)
	}
}

// stats returns the disk's statistics. While it is in use, "allocation" is the highest offset that was written since
// QEMU started, and "physical" what the image takes of the host; else "allocation" is that, and "physical" the length
// of the file.
func (b *block) stats(active bool) hv.DiskStats {
	b.Allocation = b.highest
	if active {
		b.Allocation = b.Physical
	}
	return b.DiskStats
}

// set reads what is about a network interface.
func (n *iface) set(rest string, p lv.TypedParam) {
	switch rest {
	case suffixName:
		n.name = text(p)
	case "rx.bytes":
		n.RxBytes = counter(p)
	case "rx.pkts":
		n.RxPackets = counter(p)
	case "rx.errs":
		n.RxErrors = counter(p)
	case "rx.drop":
		n.RxDrops = counter(p)
	case "tx.bytes":
		n.TxBytes = counter(p)
	case "tx.pkts":
		n.TxPackets = counter(p)
	case "tx.errs":
		n.TxErrors = counter(p)
	case "tx.drop":
		n.TxDrops = counter(p)
	}
}

// strangers reports whether there is a network interface in r that dev does not have: dev is older than r.
func (r record) strangers(dev devices) bool {
	for _, n := range r.ifaces {
		if _, ok := dev.nicKey(n.name); !ok && n.name != "" {
			return true
		}
	}
	return false
}

// skipped reports whether the daemon of that driver left out what the process would have to be asked, because a job holds
// the virtual machine: it names the disks of one that is active, but counts nothing of any. One without disks lacks only
// the memory of its process.
func (r record) skipped(driver string) bool {
	for _, b := range r.blocks {
		if !b.ReadRequests.IsZero() || !b.Capacity.IsZero() {
			return false
		}
	}
	if len(r.blocks) == 0 && (driver != driverQEMU || r.stats.MaxMem.IsZero() || r.resident) {
		return false
	}
	return r.active
}

// statistics returns what r says, with the keys of dev. A device that is there twice counts once.
func (r record) statistics(dev devices, at time.Time) hv.Statistics {
	s := r.stats
	s.At = at
	for _, n := range slices.Sorted(maps.Keys(r.cpus)) {
		s.CPUs = append(s.CPUs, *r.cpus[n])
	}
	taken := map[string]bool{"": true}
	for _, n := range slices.Sorted(maps.Keys(r.blocks)) {
		if b := r.blocks[n]; !taken[b.Key] {
			taken[b.Key] = true
			s.Disks = append(s.Disks, b.stats(r.active))
		}
	}
	if !r.active {
		return s
	}
	if dev.here { // its control group has counted other times than the process, which may be found the next time
		r.proc.UserTime, r.proc.SystemTime = hv.Opt[time.Duration]{}, hv.Opt[time.Duration]{}
	}
	if r.proc != (hv.Process{}) {
		s.Process = &r.proc
	}
	taken = map[string]bool{"": true}
	for _, i := range slices.Sorted(maps.Keys(r.ifaces)) {
		n := r.ifaces[i]
		n.Key, _ = dev.nicKey(n.name)
		if !taken[n.Key] {
			taken[n.Key] = true
			s.NICs = append(s.NICs, n.NICStats)
		}
	}
	return s
}
