package libvirt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// Definitions reads the XML of each, and where its virtual CPUs may run. Where the daemon is on this host, it adds the
// interface indices and the start of the process.
func (s *Source) Definitions(ctx context.Context, keys []string, yield func(string, hv.Definition, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan string)
	s.processes.renew()
	var mu sync.Mutex // held while yield runs, and for stopped
	var stopped error // why no more are asked
	var wg sync.WaitGroup
	for range min(inFlight, len(keys)) {
		wg.Go(func() {
			for key := range work {
				d, err := s.definition(ctx, key)
				mu.Lock()
				switch {
				case stopped != nil:
				case fatal(err) || err != nil && ctx.Err() != nil:
					stopped = err
					cancel()
				default:
					yield(key, d, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, key := range keys {
		select {
		case work <- key:
		case <-ctx.Done():
		}
	}
	close(work)
	wg.Wait()
	if stopped == nil {
		return ctx.Err()
	}
	return stopped
}

// definition reads the definition of one.
func (s *Source) definition(ctx context.Context, key string) (hv.Definition, error) {
	d, place, err := s.identify(ctx, s.reading, key)
	if err != nil {
		return hv.Definition{}, err
	}
	dom, _ := domainOf(key)
	if err := s.affinity(ctx, &d, dom); err != nil {
		return hv.Definition{}, err
	}
	dev := s.remember(ctx, key, d, place)
	d.def.Run = hv.Some(runOf(d.id))
	if !place.host {
		return d.def, nil
	}
	if place.net {
		s.files.setIndices(d.def.NICs)
	}
	if dev.process != nil {
		d.def.Started = s.files.since(dev.process.start, time.Now)
	}
	return d.def, nil
}

// identify reads the XML of the one that has the key, and makes sure that it is its own.
func (s *Source) identify(ctx context.Context, k *link, key string) (domain, near, error) {
	dom, ok := domainOf(key)
	if !ok {
		return domain{}, near{}, fmt.Errorf("key %q: %w", key, hv.ErrGone)
	}
	d, place, err := s.domain(ctx, k, dom)
	if err != nil {
		return domain{}, near{}, err
	}
	if of := keyOf(lv.Domain{Name: d.name, UUID: lv.UUID(d.uuid)}); of != key {
		return domain{}, near{}, fmt.Errorf("definition of %.64q: the answer is that of %.64q", key, of)
	}
	return d, place, nil
}

// domain reads the XML of one. It also tells where the daemon is that gave it.
func (s *Source) domain(ctx context.Context, k *link, dom lv.Domain) (domain, near, error) {
	var text string
	var place near
	err := k.do(ctx, "DomainGetXMLDesc", s.bounds.lone, func(c *conn, l *lv.Libvirt) (err error) {
		place = c.near
		text, err = l.DomainGetXMLDesc(dom, 0)
		return err
	})
	if err != nil {
		return domain{}, near{}, err
	}
	d, err := parseDomain([]byte(text))
	return d, place, err
}

// remember notes the devices of d, and the process where that is on this host, and returns them.
func (s *Source) remember(ctx context.Context, key string, d domain, place near) devices {
	dev := devicesOf(d)
	dev.here = place.host && hasProcesses(s.target.driver)
	if dev.here && d.active() {
		dev.process = s.processes.find(ctx, s.files, s.target.driver, d)
	}
	return s.roster.put(key, dev)
}

// devicesOf returns the names under which the counters of d are asked.
func devicesOf(d domain) devices {
	dev := devices{run: runOf(d.id), cpus: d.def.MaxCPUs.Or(0)}
	for _, disk := range d.def.Disks {
		dev.disks = append(dev.disks, disk.Key)
	}
	for _, nic := range d.def.NICs {
		dev.nics = append(dev.nics, port{nic.Key, nic.Host})
	}
	return dev
}

// affinity sets where the virtual CPUs may run: as the kernel says while there is a process, else as it is configured.
// A driver that knows neither, as LXC's, has no virtual CPUs, only a share of the host's.
func (s *Source) affinity(ctx context.Context, d *domain, dom lv.Domain) error {
	most := d.def.MaxCPUs.Or(0)
	if most == 0 {
		return nil
	}
	cpus, err := s.hostCPUs(ctx)
	if err != nil {
		return err
	}
	for i := range d.def.CPUs {
		d.def.CPUs[i].Affinity = d.pin.of(d.def.CPUs[i].ID, cpus)
	}
	if cpus == 0 {
		return nil
	}
	if d.active() {
		err = s.liveAffinity(ctx, d, dom, most, cpus)
	} else {
		err = s.configuredAffinity(ctx, d, dom, most, cpus)
	}
	if errors.Is(err, errUnsupported) {
		d.def.CPUs = nil
		return nil
	}
	if fatal(err) || errors.Is(err, hv.ErrGone) {
		return err
	}
	return nil // what the XML says stands
}

// liveAffinity asks where the threads of the virtual CPUs may run. The answer has one map for each that is there.
func (s *Source) liveAffinity(ctx context.Context, d *domain, dom lv.Domain, most, cpus int) error {
	var infos []lv.VcpuInfo
	var maps []byte
	err := s.reading.do(ctx, "DomainGetVcpus", s.bounds.lone, func(_ *conn, l *lv.Libvirt) (err error) {
		infos, maps, err = l.DomainGetVcpus(dom, int32(most), int32(hv.CPUSetLen(cpus)))
		return err
	})
	if err != nil {
		return err
	}
	of := map[int]hv.Opt[hv.CPUSet]{}
	for i, info := range infos {
		of[int(info.Number)] = cpuMap(maps, i, len(infos), cpus)
	}
	setAffinity(d.def.CPUs, of)
	return nil
}

// configuredAffinity asks where the virtual CPUs will run at the next start. The answer has one map for each that
// there may be.
func (s *Source) configuredAffinity(ctx context.Context, d *domain, dom lv.Domain, most, cpus int) error {
	var maps []byte
	var n int32
	err := s.reading.do(ctx, "DomainGetVcpuPinInfo", s.bounds.lone, func(_ *conn, l *lv.Libvirt) (err error) {
		maps, n, err = l.DomainGetVcpuPinInfo(dom, int32(most), int32(hv.CPUSetLen(cpus)), uint32(lv.DomainAffectConfig))
		return err
	})
	if err != nil {
		return err
	}
	of := map[int]hv.Opt[hv.CPUSet]{}
	for id := range min(most, int(n)) {
		of[id] = cpuMap(maps, id, int(n), cpus)
	}
	setAffinity(d.def.CPUs, of)
	return nil
}

// setAffinity sets what was answered.
func setAffinity(cpus []hv.CPU, of map[int]hv.Opt[hv.CPUSet]) {
	for i := range cpus {
		if set, ok := of[cpus[i].ID]; ok && !set.IsZero() {
			cpus[i].Affinity = set
		}
	}
}
