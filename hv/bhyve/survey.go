package bhyve

import (
	"context"
	"math"
	"net/netip"
	"strings"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/hv/bhyve/cbsd"
)

// Surveys reads the addresses of each virtual machine that its manager was told, and the snapshots that ZFS has of it. See
// [hv.Surveyor].
func (s *Source) Surveys(ctx context.Context, keys []string, yield func(string, hv.Survey, error)) error {
	return each(ctx, s, keys, s.survey, yield)
}

// survey reads that of one.
func (s *Source) survey(ctx context.Context, e *environment, st standing) (hv.Survey, error) {
	m, err := s.inventory.last(ctx, &st)
	if err != nil {
		return hv.Survey{}, err
	}
	survey := hv.Survey{Run: hv.Some(st.run), Addresses: s.inventory.addresses(ctx, &st.guest)}
	if n, size, ok := e.snapshotsOf(e.datasetsOf(&st.guest, m)); ok {
		survey.Snapshots, survey.SnapshotsSize = hv.Some(n), hv.Some(size)
	}
	return survey, nil
}

// addresses returns those that CBSD was told. vm-bhyve is told none, and bhyve asks nobody's guest.
func (v *inventory) addresses(ctx context.Context, g *guest) []netip.Addr {
	if g.cbsd == nil {
		return nil
	}
	reach, _ := v.reaches.ask(ctx, g.key, func(ctx context.Context) (cbsd.Reach, error) {
		return v.reader(g.key).surveys.Reach(ctx, *g.cbsd)
	})
	return reach.Addresses
}

// datasetsOf returns the datasets and volumes of ZFS that are a virtual machine's alone: its volumes, and the dataset that
// vm-bhyve makes for it. A file is in one that has other things as well.
func (e *environment) datasetsOf(g *guest, m makeup) []string {
	var datasets []string
	if g.vm != nil && g.vm.Datastore.Dataset != "" {
		datasets = append(datasets, g.vm.Datastore.Dataset+"/"+g.vm.Name)
	}
	for _, d := range m.drives {
		if place, err := locate(d, e.stat); err == nil && place.volume != "" {
			datasets = append(datasets, place.volume)
		}
	}
	return datasets
}

// snapshotsOf returns how many snapshots there are of any of the datasets and what is beneath them, and what they use in
// octets. A snapshot of several that was taken at once has one name, and is one. What a snapshot uses is what would be free
// without it (zfsprops(7), used). HV::Monitor sums what each refers to, which is mostly the disk's own content, once more for
// each. It is not ok without a dataset, or if the snapshots cannot be listed.
func (e *environment) snapshotsOf(datasets []string) (n int, size int64, ok bool) {
	if len(datasets) == 0 {
		return 0, 0, false
	}
	used, ok := e.snapshots()
	names := map[string]bool{}
	for full, octets := range used {
		dataset, name, isSnapshot := strings.Cut(full, "@")
		if !isSnapshot || !within(dataset, datasets) {
			continue
		}
		if octets > math.MaxInt64-size {
			return 0, 0, false
		}
		names[name] = true
		size += octets
	}
	return len(names), size, ok
}

// within reports whether a dataset is one of those, or beneath one.
func within(dataset string, datasets []string) bool {
	for _, d := range datasets {
		if dataset == d || strings.HasPrefix(dataset, d+"/") {
			return true
		}
	}
	return false
}
