//go:build linux

package faults

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// several is how many virtual machines libvirtd has where their number says nothing.
	several = 12
	// frozen is how long libvirtd stands still.
	frozen = 30 * time.Second
	// statusLag is how much older the snapshot may be than the last status says: so often it is told.
	statusLag = 10 * time.Second
	// noticed is when vmond show complains at the latest: the states are read each second, and not to be answered for two
	// is a fault.
	noticed = 4 * time.Second
)

// TestLibvirtdStops stops libvirtd in its tracks for 30 seconds.
func TestLibvirtdStops(t *testing.T) {
	t.Parallel()
	lab.NeedIsolation(t)
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, several-own)
	ill := startStand(t, l.URI(), several)
	w := startTwins(t, ill, several)
	before := walkAll(t, ill.snmpd, several)

	began := time.Now()
	l.Signal(syscall.SIGSTOP)
	w.during(func() { ill.checkAging(t, began, noticed) })
	ill.checkComplains(t, "no answer for")
	w.during(func() { ill.checkAging(t, began, frozen) })
	ill.checkComplains(t, "")
	checkAsBefore(t, ill.snmpd, before)
	l.Signal(syscall.SIGCONT)
	returned := time.Now()
	l.Virsh(t, "suspend", "test")
	ill.awaitState(t, "test", paused)
	checkBack(t, "a change is served", returned)
	took := ill.awaitSynced(t, returned, returned)
	t.Logf("as it should be %v after the return", took)
	ill.checkIndices(t)
	ill.checkTold(t, "vmPaused")
	w.check(t)
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

// checkAging proves, until the fault that began then has lasted so long, that everybody can see how old the snapshot is: at
// the control socket, and in the end in the status of the service.
func (s *stand) checkAging(t *testing.T, began time.Time, lasts time.Duration) {
	t.Helper()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for now := range second.C {
		away := now.Sub(began)
		h := s.vmond.Health(t)
		// A reading may have been under way when it began.
		if age := h.Hypervisor.Age; age == nil || *age < away-time.Second {
			t.Errorf("%v after the beginning the snapshot is said to be %v old", away, age)
		}
		if away > lasts {
			break
		}
	}
	status := s.service.Status()
	_, text, _ := strings.Cut(status, "snapshot ")
	text, _, _ = strings.Cut(text, " old")
	if age, err := time.ParseDuration(text); err != nil || age < lasts-statusLag {
		t.Errorf("after %v the status is %q", lasts, status)
	}
}

// checkComplains proves that vmond show tells how old the snapshot is that it shows, and why. It is not for free: it is
// shown everything.
func (s *stand) checkComplains(t *testing.T, why string) {
	t.Helper()
	if trouble := s.vmond.Trouble(t); !strings.Contains(trouble, " ago: ") || !strings.Contains(trouble, why) {
		t.Errorf("vmond show says %q besides, want %q in it", trouble, why)
	}
}
