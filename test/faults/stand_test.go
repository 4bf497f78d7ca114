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
	// own is how many virtual machines libvirt's test driver has of its own.
	own = 1
	// several is how many virtual machines libvirtd has where their number says nothing.
	several = 12
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

// walk waits until everything was read and returns all that is served.
func (s *stand) walk(t *testing.T) []mib.Varbind {
	t.Helper()
	s.awaitRead(t, time.Now())
	return s.snmpd.Walk(t, served.MIB)
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
	if err := younger(h, moment, "states"); err != nil {
		return err
	}
	for _, name := range []string{"states", "definitions", "statistics", "watch"} {
		r := h.Hypervisor.Readings[name]
		if r.Failures > 0 || r.Age == nil {
			return fmt.Errorf("%s: %d failures: %s", name, r.Failures, r.LastError)
		}
	}
	return nil
}

// younger returns nil if the readings of those names, as they have just been told, were made after the moment.
func younger(h lab.Health, moment time.Time, names ...string) error {
	asked := time.Now()
	for _, name := range names {
		if r := h.Hypervisor.Readings[name]; r.Age == nil || asked.Add(-*r.Age).Before(moment) {
			return fmt.Errorf("%s are of before: %+v", name, r)
		}
	}
	return nil
}

// awaitAnew waits until vmond has read everything after the moment, the slow statistics too.
func (s *stand) awaitAnew(t *testing.T, moment time.Time) {
	t.Helper()
	lab.Eventually(t, settle, "everything is read anew", func() error {
		h, err := s.vmond.TryHealth()
		if err != nil {
			return err
		}
		return younger(h, moment, "states", "definitions", "statistics")
	})
}

// checkBack proves that what is there now came soon after the return of what was away, and returns how soon.
func checkBack(t testing.TB, what string, returned time.Time) time.Duration {
	t.Helper()
	return checkSoon(t, what, time.Since(returned), back)
}

// checkSoon is checkBack of what took so long, and may have taken longer.
func checkSoon(t testing.TB, what string, took, most time.Duration) time.Duration {
	t.Helper()
	if took > most {
		t.Errorf("%s %v after the return, want at most %v", what, took, most)
	}
	return took
}

// The states that tests bring virtual machines to, as VirtualMachineOperState numbers them.
const (
	running   = 4
	paused    = 8
	migrating = 9
	shutdown  = 11
)

// awaitState waits until the virtual machine of that name is served in a state.
func (s *stand) awaitState(t *testing.T, name string, state int64) {
	t.Helper()
	oid := served.OperState.Append(indexOf(t, s.indices[name]))
	lab.Eventually(t, settle, fmt.Sprintf("%s is in state %d", name, state), func() error {
		if v := s.snmpd.Get(t, oid)[0].Value; v.IsException() || int64(v.Int()) != state {
			return fmt.Errorf("it is %v", v)
		}
		return nil
	})
}

// indexOf reads an index.
func indexOf(t *testing.T, text string) uint32 {
	t.Helper()
	var n uint32
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("index %q: %v", text, err)
	}
	return n
}
