package libvirt

import (
	"context"
	"errors"
	"fmt"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// errRestarted is the error of a virtual machine of which some was read in one run and some in another.
var errRestarted = errors.New("started or stopped while it was read")

// maxBlockParams is how many parameters one answer about a disk can have
// (REMOTE_DOMAIN_BLOCK_STATS_PARAMETERS_MAX).
const maxBlockParams = 16

// driverLXC is the name of the driver of containers, as ConnectGetType has it in a URI.
const driverLXC = "lxc"

// singles reads the statistics of each with requests of its own. Those that the driver does not have are not made
// again.
func (s *Source) singles(ctx context.Context, keys []string, yield yieldFunc) error {
	for _, key := range keys {
		stats, err := s.single(ctx, key)
		if err != nil && (fatal(err) || ctx.Err() != nil) {
			return err
		}
		s.sick.set(key, errors.Is(err, errMissed))
		if err == nil {
			s.busy.wake(key)
		}
		yield(key, stats, err)
	}
	return nil
}

// single reads the statistics of one. It fails only if the virtual machine does not answer at all, or too late: a
// device that cannot be asked is left out.
func (s *Source) single(ctx context.Context, key string) (hv.Statistics, error) {
	dom, ok := domainOf(key)
	if !ok {
		return hv.Statistics{}, fmt.Errorf("key %q: %w", key, hv.ErrGone)
	}
	o := &one{s: s, ctx: ctx, dom: dom}
	o.find()
	if o.err != nil {
		return hv.Statistics{}, o.err
	}
	o.devices(key)
	o.info()
	o.cpus()
	o.disks()
	o.nics()
	if o.active() && o.dev.process != nil {
		o.stats.Process = o.dev.process.read(s.files)
	}
	o.findAgain()
	if o.err != nil {
		return hv.Statistics{}, o.err
	}
	o.stats.At, o.stats.Run = time.Now(), hv.Some(runOf(o.dom.ID))
	return o.stats, nil
}

// A one gathers the statistics of one virtual machine. Once err is set, nothing more is asked.
type one struct {
	s     *Source
	ctx   context.Context
	dom   lv.Domain
	dev   devices
	stats hv.Statistics
	err   error
}

// do makes one request. It reports whether there is an answer.
func (o *one) do(what string, f func(l *lv.Libvirt) error) bool {
	if o.err != nil {
		return false
	}
	err := o.s.counting.do(o.ctx, what, o.s.loneBound(o.ctx), func(_ *conn, l *lv.Libvirt) error { return f(l) })
	if o.lost(err) {
		o.err = err
	}
	return err == nil
}

// active reports whether there is a process.
func (o *one) active() bool { return o.dom.ID >= 0 }

// find looks the virtual machine up, which tells whether it is active, and in which run.
func (o *one) find() {
	asked := o.dom // a request that is lost is made again, and has left nothing in o.dom
	if asked.UUID == (lv.UUID{}) {
		o.do("DomainLookupByName", func(l *lv.Libvirt) (err error) {
			o.dom, err = l.DomainLookupByName(asked.Name)
			return err
		})
		return
	}
	o.do("DomainLookupByUUID", func(l *lv.Libvirt) (err error) {
		o.dom, err = l.DomainLookupByUUID(asked.UUID)
		return err
	})
}

// devices finds the names of its devices. If its definition makes no sense it has none.
func (o *one) devices(key string) {
	dev, ok := o.s.roster.get(key)
	if ok && dev.run == runOf(o.dom.ID) {
		o.dev = dev
		return
	}
	d, place, err := o.s.domain(o.ctx, o.s.reading, o.dom)
	switch {
	case err == nil:
		o.dev = o.s.remember(o.ctx, key, d, place)
	case o.lost(err):
		o.err = err
	}
}

// lost reports whether after err nothing more can be asked about it.
func (o *one) lost(err error) bool {
	return fatal(err) || errors.Is(err, errMissed) || errors.Is(err, errLost) || errors.Is(err, hv.ErrGone) ||
		err != nil && o.ctx.Err() != nil
}

// findAgain makes sure that it is in the run in which it was found.
func (o *one) findAgain() {
	id := o.dom.ID
	if o.find(); o.err == nil && o.dom.ID != id {
		o.err = errRestarted
	}
}

// info reads the virtual machine as a whole.
func (o *one) info() {
	var most, memory, used uint64
	var cpus uint16
	ok := o.do("DomainGetInfo", func(l *lv.Libvirt) (err error) {
		_, most, memory, cpus, used, err = l.DomainGetInfo(o.dom)
		return err
	})
	if !ok {
		return
	}
	if cpus > 0 {
		o.stats.CurCPUs = hv.Some(int(cpus))
	}
	if most > 0 {
		o.stats.MaxMem = kibibytes(hv.Some(most))
	}
	// A driver that does not know it says 0, and of a container it is what is in use.
	if memory > 0 && o.s.target.driver != driverLXC {
		o.stats.CurMem = kibibytes(hv.Some(memory))
	}
	if o.active() {
		o.stats.CPUTime = duration(hv.Some(used))
	}
}

// cpus reads the times of the virtual CPUs.
func (o *one) cpus() {
	if !o.active() || o.dev.cpus == 0 {
		return
	}
	var infos []lv.VcpuInfo
	ok := o.do("DomainGetVcpus", func(l *lv.Libvirt) (err error) {
		infos, _, err = l.DomainGetVcpus(o.dom, int32(o.dev.cpus), 0)
		return err
	})
	if !ok {
		return
	}
	for _, info := range infos {
		if info.Number < maxVCPU {
			o.stats.CPUs = append(o.stats.CPUs, hv.CPUStats{ID: int(info.Number), Time: duration(hv.Some(info.CPUTime))})
		}
	}
}

// disks reads the sizes and, while there is a process, the counters of the disks.
func (o *one) disks() {
	for _, key := range o.dev.disks {
		d := hv.DiskStats{Key: key}
		if o.active() && !o.blockFlags(&d) {
			o.blockStats(&d)
		}
		o.blockInfo(&d)
		o.stats.Disks = append(o.stats.Disks, d)
	}
}

// blockFlags reads the counters of a disk by names, with the times.
func (o *one) blockFlags(d *hv.DiskStats) bool {
	var params []lv.TypedParam
	ok := o.do("DomainBlockStatsFlags", func(l *lv.Libvirt) (err error) {
		params, _, err = l.DomainBlockStatsFlags(o.dom, d.Key, maxBlockParams, 0)
		return err
	})
	for _, p := range params {
		switch p.Field {
		case lv.DomainBlockStatsReadReq:
			d.ReadRequests = counter(p)
		case lv.DomainBlockStatsReadBytes:
			d.ReadBytes = counter(p)
		case lv.DomainBlockStatsReadTotalTimes:
			d.ReadTime = nanoseconds(p)
		case lv.DomainBlockStatsWriteReq:
			d.WriteRequests = counter(p)
		case lv.DomainBlockStatsWriteBytes:
			d.WriteBytes = counter(p)
		case lv.DomainBlockStatsWriteTotalTimes:
			d.WriteTime = nanoseconds(p)
		case lv.DomainBlockStatsFlushReq:
			d.FlushRequests = counter(p)
		case lv.DomainBlockStatsFlushTotalTimes:
			d.FlushTime = nanoseconds(p)
		}
	}
	return ok
}

// blockStats reads the counters of a disk as older drivers have them.
func (o *one) blockStats(d *hv.DiskStats) {
	var rdReq, rdBytes, wrReq, wrBytes int64
	ok := o.do("DomainBlockStats", func(l *lv.Libvirt) (err error) {
		rdReq, rdBytes, wrReq, wrBytes, _, err = l.DomainBlockStats(o.dom, d.Key)
		return err
	})
	if !ok {
		return
	}
	d.ReadRequests, d.ReadBytes = counterOf(rdReq), counterOf(rdBytes)
	d.WriteRequests, d.WriteBytes = counterOf(wrReq), counterOf(wrBytes)
}

// blockInfo reads the sizes of a disk. Here "allocation" is what the image takes of the host, always.
func (o *one) blockInfo(d *hv.DiskStats) {
	var allocation, capacity, physical uint64
	ok := o.do("DomainGetBlockInfo", func(l *lv.Libvirt) (err error) {
		allocation, capacity, physical, err = l.DomainGetBlockInfo(o.dom, d.Key, 0)
		return err
	})
	if !ok {
		return
	}
	d.Capacity, d.Allocation = signed(hv.Some(capacity)), signed(hv.Some(allocation))
	d.Physical = signed(hv.Some(physical))
}

// nics reads the counters of the network interfaces that have an end on the host.
func (o *one) nics() {
	asked := map[string]bool{"": true}
	for _, p := range o.dev.nics {
		if !o.active() || asked[p.host] {
			continue
		}
		asked[p.host] = true
		var c [8]int64
		ok := o.do("DomainInterfaceStats", func(l *lv.Libvirt) (err error) {
			c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], err = l.DomainInterfaceStats(o.dom, p.host)
			return err
		})
		if !ok {
			continue
		}
		o.stats.NICs = append(o.stats.NICs, hv.NICStats{
			Key:     p.key,
			RxBytes: counterOf(c[0]), RxPackets: counterOf(c[1]), RxErrors: counterOf(c[2]), RxDrops: counterOf(c[3]),
			TxBytes: counterOf(c[4]), TxPackets: counterOf(c[5]), TxErrors: counterOf(c[6]), TxDrops: counterOf(c[7]),
		})
	}
}
