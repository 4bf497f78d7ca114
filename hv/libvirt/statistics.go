package libvirt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	lv "github.com/digitalocean/go-libvirt"

	"github.com/vmond/vmond/hv"
)

// chunkShare is what each further virtual machine adds to the time that a request about several may take: so the others of
// a small host wait no longer for one that hangs than they must.
const chunkShare = 20 * time.Millisecond

// allGroups are the groups of statistics that are asked for.
const allGroups = uint32(lv.DomainStatsCPUTotal | lv.DomainStatsBalloon | lv.DomainStatsVCPU | lv.DomainStatsBlock |
	lv.DomainStatsInterface)

// errBusy is the error of a virtual machine whose process the daemon did not ask, because something holds it.
var errBusy = errors.New("held by a job: its process may not answer")

// A yieldFunc takes what was read.
type yieldFunc func(key string, s hv.Statistics, err error)

// Statistics reads the counters in chunks, one after the other, or one by one where the driver has no bulk statistics. The
// chunks are the smaller the longer the hypervisor takes for them, and each tells the time at which it was read. A chunk that takes
// too long is given up and asked again: the daemon then leaves out the virtual machine that does not answer. If that
// does not help, halves of the chunk are asked, down to the one that is at fault. Only that one gets an error. The next
// time it is asked last. One that only is held for a moment is asked again soon.
func (s *Source) Statistics(ctx context.Context, keys []string, yield func(string, hv.Statistics, error)) error {
	s.processes.renew()
	well, ill := s.sick.split(keys)
	h := held{yield: yield, errs: map[string]error{}}
	for len(well) > 0 {
		chunk := well[:min(s.pace.size(), len(well))]
		well = well[len(chunk):]
		took, err := s.bulk(ctx, chunk, h.take)
		if took > 0 && (err == nil || errors.Is(err, errMissed)) {
			s.pace.note(len(chunk), took)
		}
		if errors.Is(err, errMissed) && ctx.Err() == nil && len(chunk) > 1 {
			_, err = s.bulk(ctx, chunk, h.take)
		}
		if err := s.finish(ctx, chunk, err, h.take); err != nil {
			return err
		}
	}
	if err := s.outwait(ctx, &h); err != nil {
		return err
	}
	for _, key := range ill {
		if err := s.chunk(ctx, []string{key}, yield); err != nil {
			return err
		}
	}
	return nil
}

// chunk reads the statistics of all keys. Its error says that no more can be asked.
func (s *Source) chunk(ctx context.Context, keys []string, yield yieldFunc) error {
	_, err := s.bulk(ctx, keys, yield)
	return s.finish(ctx, keys, err, yield)
}

// finish does what is left to do after a request about all keys that ended with err.
func (s *Source) finish(ctx context.Context, keys []string, err error, yield yieldFunc) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errUnsupported):
		return s.singles(ctx, keys, yield)
	case fatal(err), ctx.Err() != nil:
		return err
	case len(keys) == 1:
		s.sick.set(keys[0], errors.Is(err, errMissed))
		yield(keys[0], hv.Statistics{}, err)
		return nil
	}
	half := len(keys) / 2
	if err := s.chunk(ctx, keys[:half], yield); err != nil {
		return err
	}
	return s.chunk(ctx, keys[half:], yield)
}

// bulk makes one request about all keys, and returns how long that alone took: 0 if there was none. If it fails, nothing was
// handed to yield.
func (s *Source) bulk(ctx context.Context, keys []string, yield yieldFunc) (took time.Duration, err error) {
	bound := portion(ctx, min(s.bounds.chunk, s.bounds.lone+time.Duration(len(keys)-1)*chunkShare))
	var domains []lv.Domain
	for _, key := range keys {
		if d, ok := domainOf(key); ok {
			domains = append(domains, d)
		}
	}
	var records []lv.DomainStatsRecord
	if len(domains) > 0 { // none at all would mean all
		err := s.counting.do(ctx, "ConnectGetAllDomainStats", bound, func(_ *conn, l *lv.Libvirt) (err error) {
			began := time.Now()
			defer func() { took = time.Since(began) }()
			records, err = l.ConnectGetAllDomainStats(domains, allGroups, nowait)
			if err == nil && thin(records) {
				// The test driver answers, but with the states only.
				return lv.Error{Code: uint32(lv.ErrNoSupport), Message: "bulk statistics have only states"}
			}
			return err
		})
		if err != nil {
			return took, err
		}
	}
	now := time.Now()
	answered := map[string]bool{}
	for _, r := range records {
		key := keyOf(r.Dom)
		if !slices.Contains(keys, key) || answered[key] {
			continue
		}
		answered[key] = true
		stats, err := s.fromRecord(ctx, key, r, now)
		if fatal(err) {
			return took, err
		}
		yield(key, stats, err)
	}
	for _, key := range keys {
		if !answered[key] {
			yield(key, hv.Statistics{}, fmt.Errorf("statistics of %q: %w", key, hv.ErrGone))
		}
	}
	return took, nil
}

// thin reports whether no record has anything in it.
func thin(records []lv.DomainStatsRecord) bool {
	return len(records) > 0 && !slices.ContainsFunc(records, func(r lv.DomainStatsRecord) bool {
		return len(r.Params) > 0
	})
}

// fromRecord turns a record into statistics. If its run or one of its network interfaces is not known, the definition
// is read.
func (s *Source) fromRecord(ctx context.Context, key string, rec lv.DomainStatsRecord, now time.Time) (hv.Statistics, error) {
	r := parseRecord(rec.Params, rec.Dom.ID >= 0)
	skipped := r.skipped(s.target.opens())
	s.sick.set(key, skipped)
	if skipped {
		return hv.Statistics{}, fmt.Errorf("statistics of %q: %w", nameOf(rec.Dom), errBusy)
	}
	s.busy.wake(key)
	run := runOf(rec.Dom.ID)
	dev, ok := s.roster.get(key)
	if r.active && (!ok || dev.run != run || r.strangers(dev)) {
		d, place, err := s.domain(ctx, s.reading, rec.Dom)
		if fatal(err) {
			return hv.Statistics{}, err
		}
		if err == nil {
			dev = s.remember(ctx, key, d, place)
		}
	}
	stats := r.statistics(dev, now)
	stats.Run = hv.Some(run)
	switch {
	case dev.run != run:
		stats.Process = nil // it may be one whose own counters will be told the next time
	case r.active && dev.process != nil:
		stats.Process = dev.process.read(s.files)
	}
	return stats, nil
}
