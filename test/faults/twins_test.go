//go:build linux

package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

const (
	// slower is how many times as long as without the fault GETs may take.
	slower = 2
	// stall is how much longer GETs at fixed times may take besides, so that a pause of the machine is not one of vmond.
	stall = 200 * time.Millisecond
	// fewest is of how many GETs a percentile is taken at least.
	fewest = 500
	// percent is the percentile of the GETs that counts.
	percent = 99
)

// checkReturns proves that nearly all of many returns took no longer than most: the percentile of them. The others are those
// of a machine that was busy.
func checkReturns(t testing.TB, took []time.Duration, percent int, most time.Duration) {
	t.Helper()
	took = slices.Sorted(slices.Values(took))
	if err := late(took, percent, most); err != nil {
		t.Error(err)
	}
	t.Logf("as it should be %v after the return at the median, %v at worst", took[len(took)/2], took[len(took)-1])
}

// whole proves that all GETs while f runs have values.
func (s *stand) whole(t *testing.T, f func()) {
	t.Helper()
	if bad := s.prober.during(f).bad(); len(bad) > 0 {
		t.Errorf("GETs without a value: %q", bad)
	}
}

// late returns nil if the percentile of returns that are sorted is no longer than most.
func late(took []time.Duration, percent int, most time.Duration) error {
	const hundred = 100
	if at := took[min(len(took)*percent/hundred, len(took)-1)]; at > most {
		return fmt.Errorf("%d %% of the returns took up to %v, want at most %v: %v", percent, at, most, took)
	}
	return nil
}

// Twins are two stands that differ only in what befalls the hypervisor of one. Both are asked at the same time: whatever
// else goes on on the machine slows down both.
type twins struct {
	ill, well     *stand
	illGot, inAll probes // of the ill one and the well one, while there was a fault
}

// startTwins starts the twin of a stand with n virtual machines.
func startTwins(t *testing.T, ill *stand, n int) *twins {
	t.Helper()
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, n-own)
	return &twins{ill: ill, well: startPaced(t, l.URI(), ill.intervals, n)}
}

// during runs f, which has a fault in it, and counts the GETs meanwhile.
func (w *twins) during(f func()) {
	var ill probes
	well := w.well.prober.during(func() { ill = w.ill.prober.during(f) })
	w.illGot, w.inAll = append(w.illGot, ill...), append(w.inAll, well...)
}

// often runs f as during does, and again while the GETs seem slow, so often at most: on a machine that is busy with other
// things, more of them tell whether they are.
func (w *twins) often(most int, f func()) {
	for range most {
		w.during(f)
		if compare(w.inAll, w.illGot) == nil {
			return
		}
	}
}

// check proves that all GETs while there was a fault had values, and took no longer than those of the twin.
func (w *twins) check(t testing.TB) {
	t.Helper()
	if err := compare(w.inAll, w.illGot); err != nil {
		t.Error(err)
	}
	t.Logf("with the fault %v, without %v", w.illGot, w.inAll)
}

// compare returns nil if all of the GETs had values, and took at most twice as long as the others at the percentile.
func compare(well, ill probes) error {
	if bad := ill.bad(); len(bad) > 0 {
		return fmt.Errorf("GETs without a value: %q", bad)
	}
	if len(well) < fewest || len(ill) < fewest {
		return fmt.Errorf("only %d and %d GETs, want %d of each", len(ill), len(well), fewest)
	}
	if a, b := ill.percentile(percent), well.percentile(percent); a > slower*b {
		return fmt.Errorf("%d %% of the GETs took up to %v, and without the fault %v: want at most %d times as long", percent, a, b, slower)
	}
	if a, b := ill.felt(percent), well.felt(percent); a > slower*b+stall {
		return fmt.Errorf("asked at fixed times, %d %% of the GETs take up to %v, and without the fault %v: it stalls", percent, a, b)
	}
	return nil
}

// TestTwins proves that the checks of GETs and of returns can fail.
func TestTwins(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	// gets returns GETs of which so many in a thousand take so long, and the others a millisecond.
	gets := func(n, slow int, took time.Duration, bad string) (all probes) {
		for i := range n {
			p := probe{took: ms}
			if i%1000 < slow {
				p.took, p.bad = took, bad
			}
			all = append(all, p)
		}
		return all
	}
	tests := []struct {
		name      string
		well, ill probes
		ok        bool
	}{
		{"the same", gets(1000, 0, 0, ""), gets(1000, 0, 0, ""), true},
		{"a few are slow", gets(1000, 0, 0, ""), gets(1000, 3, 4*ms, ""), true},
		{"a few stall", gets(1000, 0, 0, ""), gets(1000, 5, 900*ms, ""), false},
		{"a few stall without the fault too", gets(1000, 5, 900*ms, ""), gets(1000, 5, 900*ms, ""), true},
		{"twice as slow", gets(1000, 0, 0, ""), gets(1000, 1000, 2*ms, ""), true},
		{"one in fifty is slow", gets(1000, 0, 0, ""), gets(1000, 20, 3*ms, ""), false},
		{"as slow without the fault", gets(1000, 20, 3*ms, ""), gets(1000, 20, 3*ms, ""), true},
		{"one without a value", gets(1000, 0, 0, ""), gets(1000, 1, ms, "noSuchInstance"), false},
		{"too few", gets(1000, 0, 0, ""), gets(fewest-1, 0, 0, ""), false},
		{"too few without the fault", gets(fewest-1, 0, 0, ""), gets(1000, 0, 0, ""), false},
	}
	for _, tt := range tests {
		if err := compare(tt.well, tt.ill); (err == nil) != tt.ok {
			t.Errorf("%s: compare = %v", tt.name, err)
		}
	}
	took := []time.Duration{ms, ms, ms, ms, ms, ms, ms, ms, ms, back + ms}
	if err := late(took, 50, back); err != nil {
		t.Errorf("one of ten is late: %v", err)
	}
	if err := late(append(took[:5:5], back+ms, back+ms, back+ms, back+ms, back+ms), 50, back); err == nil {
		t.Error("no error of five of ten that are late")
	}
}
