package libvirt

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/libvirt/libvirttest"
)

// holding returns a daemon with virtual machines 1 to n, of which number 2 is held by a job for the first requests, and
// their keys.
func holding(n, requests int) (libvirttest.Daemon, []string) {
	d, keys := many(n)
	whole := d.Domains[1].Stats
	d.Domains[1].Stats = slices.DeleteFunc(slices.Clone(whole), func(p libvirttest.Param) bool {
		return p.Name == "block.0.rd.reqs" || p.Name == "block.0.capacity"
	})
	d.After = func(p libvirttest.Proc, d *libvirttest.Daemon) {
		if p == libvirttest.ConnectGetAllStats {
			if requests--; requests <= 0 {
				d.Domains[1].Stats = whole
			}
		}
	}
	return d, keys
}

// TestHeldForAMoment has one that is held by a job that ends soon, as that of somebody who asks the same: it is asked again,
// and is not sick.
func TestHeldForAMoment(t *testing.T) {
	t.Parallel()
	for _, requests := range []int{1, 2} {
		d, keys := holding(3, requests)
		srv, s := fake(t, d)
		s.bounds.held = patience
		for k, got := range statistics(t, s, keys...) {
			if got.err != nil {
				t.Errorf("%d: unexpected error of %q: %v", requests, k, got.err)
			}
		}
		if _, ill := s.sick.split(keys); len(ill) > 0 {
			t.Errorf("%d: %q are sick", requests, ill)
		}
		if got := srv.Calls(libvirttest.ConnectGetAllStats); got != requests+1 {
			t.Errorf("unexpected number of requests: %d, want %d", got, requests+1)
		}
	}
}

// TestHeldForLong has one that is held by a job that does not end. The next time it is asked once, after the others.
func TestHeldForLong(t *testing.T) {
	t.Parallel()
	d, keys := holding(3, 1<<30)
	srv, s := fake(t, d)
	s.bounds.held = 3 * heldPace
	before := 0
	for round := range 2 {
		for k, got := range statistics(t, s, keys...) {
			if errors.Is(got.err, errBusy) != (k == key(2)) || (got.err == nil) != (k != key(2)) {
				t.Errorf("unexpected outcome of %q: %v", k, got.err)
			}
		}
		if _, ill := s.sick.split(keys); !slices.Equal(ill, []string{key(2)}) {
			t.Errorf("%q are sick", ill)
		}
		asked := srv.Calls(libvirttest.ConnectGetAllStats) - before
		before += asked
		if round == 1 && asked != 2 {
			t.Errorf("unexpected number of requests when it is known: %d", asked)
		}
	}
}

// TestHeldNobody proves that there is no waiting where nobody is held.
func TestHeldNobody(t *testing.T) {
	t.Parallel()
	d, keys := many(3)
	_, s := fake(t, d)
	s.bounds.held = time.Hour
	if got := statistics(t, s, keys...); len(got) != len(keys) {
		t.Errorf("unexpected statistics: %v", got)
	}
}
