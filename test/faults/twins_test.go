//go:build linux

package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// slower is how many times as long as without the fault GETs may take.
	slower = 2
	// fewest is of how many GETs a percentile is taken at least.
	fewest = 500
	// percent is the percentile of the GETs that counts.
	percent = 99
)

// A stand is a vmond between a hypervisor and an snmpd, and a manager that asks for all its virtual machines all the time.
type stand struct {
	snmpd   *lab.Snmpd
	vmond   *lab.Vmond
	service *lab.Manager   // that vmond runs under
	trapd   *lab.Snmptrapd // that is told of everything
	prober  *prober
	indices map[string]string // of vmName, as they were at the beginning

	intervals string // of the configuration; "" is those of the lab
}

// startStand starts one. It returns once the n virtual machines of the hypervisor are served.
func startStand(t *testing.T, hypervisor string, n int) *stand {
	t.Helper()
	return startPaced(t, hypervisor, "", n)
}

// startPaced is startStand with such intervals.
func startPaced(t *testing.T, hypervisor, intervals string, n int) *stand {
	t.Helper()
	s := startBlind(t, hypervisor, intervals)
	s.watch(t, n)
	return s
}

// startBlind starts one whose hypervisor may not be there yet, with such intervals, or those of the lab.
func startBlind(t *testing.T, hypervisor, intervals string) *stand {
	t.Helper()
	s := &stand{trapd: lab.StartSnmptrapd(t), service: lab.StartManager(t), intervals: intervals}
	s.snmpd = lab.StartSnmpd(t, s.trapd.Traps())
	s.vmond = lab.StartVmondUnder(t, s.service, intervals+perVM, hypervisor, s.snmpd.AgentX)
	return s
}

// watch waits until n virtual machines are served, and has the manager ask for them from then on.
func (s *stand) watch(t *testing.T, n int) {
	t.Helper()
	served.AwaitVMs(t, s.snmpd, n)
	s.indices = s.index(t)
	const probed = 20 // so that the GETs are small
	names := []mib.OID{served.Number}
	for _, vb := range s.snmpd.Walk(t, served.Name) {
		if len(names) <= probed && vb.Name.HasPrefix(served.Name) {
			names = append(names, vb.Name)
		}
	}
	s.prober = startProber(t, s.snmpd, names...)
}

// index returns the vmIndex of each vmName.
func (s *stand) index(t testing.TB) map[string]string {
	t.Helper()
	return served.ColumnOf(s.snmpd.BulkWalk(t, served.Name), served.Name).Indices()
}

// checkIndices proves that every virtual machine of the beginning is there and has the index that it had.
func (s *stand) checkIndices(t testing.TB) {
	t.Helper()
	now := s.index(t)
	for name := range now {
		if _, old := s.indices[name]; !old {
			delete(now, name)
		}
	}
	if diff := cmp.Diff(s.indices, now); diff != "" {
		t.Errorf("unexpected vmIndex of the names (-want +got):\n%s", diff)
	}
}

// checkTold proves that the manager was told what is wanted, and nothing else: the names of the kinds of notifications,
// such as "vmPaused", in the order in which it happened.
func (s *stand) checkTold(t *testing.T, want ...string) {
	t.Helper()
	lab.Eventually(t, settle, "the manager is told everything", func() error {
		if got := s.told(t); len(got) < len(want) {
			return fmt.Errorf("%d of %d", len(got), len(want))
		}
		return nil
	})
	if diff := cmp.Diff(want, s.told(t)); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
}

// checkToldOnce is checkTold of what happened to different virtual machines, which is told in any order.
func (s *stand) checkToldOnce(t *testing.T, want ...string) {
	t.Helper()
	lab.Eventually(t, settle, "the manager is told everything", func() error {
		if got := s.told(t); len(got) < len(want) {
			return fmt.Errorf("%d of %d", len(got), len(want))
		}
		return nil
	})
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(s.told(t)))); diff != "" {
		t.Errorf("unexpected notifications (-want +got):\n%s", diff)
	}
}

// The notifications of one virtual machine, as RFC 7666 numbers them from 1.
var kinds = []string{
	"vmRunning", "vmShuttingdown", "vmShutdown", "vmPaused", "vmSuspending", "vmSuspended", "vmResuming", "vmMigrating",
	"vmCrashed", "vmDeleted",
}

// told returns what the manager was told so far.
func (s *stand) told(t *testing.T) []string {
	t.Helper()
	root := served.MIB.Append(0)
	var all []string
	for _, n := range s.trapd.Received(t) {
		if !n.ID.HasPrefix(root) {
			continue
		}
		number := int(n.ID[len(n.ID)-1])
		if number < 1 || number > len(kinds) {
			t.Fatalf("unexpected notification: %v", n.ID)
		}
		all = append(all, kinds[number-1])
	}
	return all
}

// awaitSynced waits until vmond has read everything after the moment, and watches the events, and returns how long after
// the return of its hypervisor that was. Later than back is a failure.
func (s *stand) awaitSynced(t *testing.T, moment, returned time.Time) time.Duration {
	t.Helper()
	last := s.awaitRead(t, moment)
	return checkBack(t, fmt.Sprintf("everything is read (after %v)", last), returned)
}

// awaitRead waits until vmond has read everything after the moment, and watches the events, and returns what it waited for
// last.
func (s *stand) awaitRead(t *testing.T, moment time.Time) (last error) {
	t.Helper()
	lab.Eventually(t, settle, "everything is read again", func() error {
		err := s.synced(moment)
		if err != nil {
			last = err
		}
		return err
	})
	return last
}

// synced returns nil if everything was read after the moment, and what is read now and then is well.
func (s *stand) synced(moment time.Time) error {
	h, err := s.vmond.TryHealth()
	if err != nil {
		return err
	}
	asked := time.Now()
	if r := h.Hypervisor.Readings["states"]; r.Age == nil || asked.Add(-*r.Age).Before(moment) {
		return fmt.Errorf("the snapshot is of before: %+v", r)
	}
	for _, name := range []string{"states", "definitions", "statistics", "watch"} {
		r := h.Hypervisor.Readings[name]
		if r.Failures > 0 || r.Age == nil {
			return fmt.Errorf("%s: %d failures: %s", name, r.Failures, r.LastError)
		}
	}
	return nil
}

// checkBack proves that what is there now came soon after the return of what was away, and returns how soon.
func checkBack(t testing.TB, what string, returned time.Time) time.Duration {
	t.Helper()
	took := time.Since(returned)
	if took > back {
		t.Errorf("%s %v after the return, want at most %v", what, took, back)
	}
	return took
}

// checkReturns proves that nearly all of many returns took no longer than back: the percentile of them. The others are those
// of a machine that was busy.
func checkReturns(t testing.TB, took []time.Duration, percent int) {
	t.Helper()
	const hundred = 100
	took = slices.Sorted(slices.Values(took))
	if at := took[min(len(took)*percent/hundred, len(took)-1)]; at > back {
		t.Errorf("%d %% of the returns took up to %v, want at most %v: %v", percent, at, back, took)
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

// own is how many virtual machines libvirt's test driver has of its own.
const own = 1

// during runs f, which has a fault in it, and counts the GETs meanwhile.
func (w *twins) during(f func()) {
	var ill probes
	well := w.well.prober.during(func() { ill = w.ill.prober.during(f) })
	w.illGot, w.inAll = append(w.illGot, ill...), append(w.inAll, well...)
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
	return nil
}
