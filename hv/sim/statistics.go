package sim

import (
	"time"

	"github.com/vmond/vmond/hv"
)

// What the hypervisor itself takes of a virtual machine's CPU time. With the highest load there is, both together
// stay below the time of all virtual CPUs.
const overheadShare = 32

// isoSize is the size of the medium in each drive that has one.
const isoSize = 658_505_728

// How long a request to a disk takes, from reception to completion.
const (
	fastRequest = 90 * time.Microsecond
	request     = 400 * time.Microsecond
	slowRequest = 8 * time.Millisecond
)

// perFlush is after how many writes a guest has them put on the disk for good.
const perFlush = 32

// statistics returns the counters of v. Those of a run are functions of its load, which the seed gives, and of the
// time for which its code was executed.
func (w *world) statistics(v *vm, start time.Time) hv.Statistics {
	d := w.configured(v)
	s := hv.Statistics{At: start.Add(w.now), Run: hv.Some(v.run), Disks: make([]hv.DiskStats, 0, len(d.Disks))}
	for _, disk := range d.Disks {
		s.Disks = append(s.Disks, w.diskStats(v, disk))
	}
	if !v.active() {
		return s
	}
	s.CurCPUs, s.CurMem, s.MaxMem = d.CurCPUs, d.CurMem, d.MaxMem
	s.CPUs, s.NICs = make([]hv.CPUStats, 0, len(d.CPUs)), make([]hv.NICStats, 0, len(d.NICs))
	var total time.Duration
	for _, c := range d.CPUs {
		busy := load(draw(w.seed, forLoad, v.id, uint64(c.ID))).busy(v.executed(w.now))
		total += busy
		s.CPUs = append(s.CPUs, hv.CPUStats{ID: c.ID, Time: hv.Some(busy)})
	}
	s.CPUTime = hv.Some(total + total/overheadShare)
	s.Process = w.process(v, total)
	for _, n := range d.NICs {
		s.NICs = append(s.NICs, w.nicStats(v, n.Key))
	}
	return s
}

// diskStats returns the sizes of a disk, and its counters if there is a run.
func (w *world) diskStats(v *vm, d hv.Disk) hv.DiskStats {
	h := serial(w.seed, forDisk, v.id, d.Key)
	s := w.diskSizes(v, d, h)
	if !v.active() {
		return s
	}
	busy := load(scramble(h)).busy(v.present(diskSort, d.Key, w.now))
	reads, writes := count(busy, 1+h%200), count(busy, 1+h>>8%100)
	if d.Resource == "" {
		reads, writes = 0, 0
	}
	if d.ReadOnly == hv.Yes {
		writes = 0
	}
	s.ReadRequests, s.WriteRequests = hv.Some(reads), hv.Some(writes)
	s.ReadBytes, s.WriteBytes = hv.Some(reads*readSize(h)), hv.Some(writes*writeSize(h))
	s.ReadTime = hv.Some(time.Duration(reads) * pick(h>>32, fastRequest, request, slowRequest))
	s.FlushRequests = hv.Some(writes / perFlush)
	s.FlushTime = hv.Some(time.Duration(writes/perFlush) * pick(h>>44, request, slowRequest))
	s.WriteTime = hv.Some(time.Duration(writes) * pick(h>>40, fastRequest, request, slowRequest))
	return s
}

// readSize and writeSize return the octets of a request to the disk drawn as h.
func readSize(h uint64) uint64  { return pick[uint64](h>>16, 4096, 16384, 65536) }
func writeSize(h uint64) uint64 { return pick[uint64](h>>24, 4096, 8192, 32768) }

// diskSizes returns the sizes of a disk. An image that grows does so with the time that its virtual machine has been
// running in all its runs, and never beyond what the guest sees.
func (w *world) diskSizes(v *vm, d hv.Disk, h uint64) hv.DiskStats {
	s := hv.DiskStats{Key: d.Key}
	if d.Resource == "" {
		return s
	}
	if d.Media != hv.MediaHardDisk {
		s.Capacity, s.Allocation, s.Physical = hv.Some[int64](isoSize), hv.Some[int64](isoSize), hv.Some[int64](isoSize)
		return s
	}
	capacity := pick[int64](h>>48, 8, 20, 40, 100, 500, 4096) * gibibyte
	s.Capacity = hv.Some(capacity)
	holes := d.Source == hv.SourceSparse || d.Source == hv.SourceRaw && h>>60%2 == 0
	switch {
	case holes:
		first := capacity / 100 * int64(5+h>>52%50)
		grown := min(count(v.lived(w.now), 1+h>>20%4096)*writeSize(h), uint64(capacity-first))
		s.Allocation = hv.Some(first + int64(grown))
	case d.Source != hv.SourceNetwork: // of which the host sees only the guest's side
		s.Allocation = hv.Some(capacity)
	}
	switch {
	case d.Source == hv.SourceSparse:
		s.Physical = s.Allocation // the file is as long as what was written to it
	case d.Source != hv.SourceNetwork:
		s.Physical = s.Capacity
	}
	return s
}

// nicStats returns the counters of an interface.
func (w *world) nicStats(v *vm, key string) hv.NICStats {
	const (
		perError, perDrop = 1_000_000, 50_000 // packets
		most              = 2000              // packets per second
	)
	h := serial(w.seed, forNIC, v.id, key)
	busy := load(scramble(h)).busy(v.present(nicSort, key, w.now))
	rx, tx := count(busy, 1+h%most), count(busy, 1+h>>16%most)
	return hv.NICStats{
		Key:     key,
		RxBytes: hv.Some(rx * pick[uint64](h>>32, 90, 400, 1200)), RxPackets: hv.Some(rx),
		RxErrors: hv.Some(rx / perError), RxDrops: hv.Some(rx / perDrop),
		TxBytes: hv.Some(tx * pick[uint64](h>>40, 90, 400, 1200)), TxPackets: hv.Some(tx),
		TxErrors: hv.Some(tx / perError), TxDrops: hv.Some(tx / perDrop),
	}
}
