//go:build linux

package faults

import (
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

// frozen is how long libvirtd stands still.
const frozen = 30 * time.Second

// TestLibvirtdStops stops libvirtd in its tracks for 30 seconds.
func TestLibvirtdStops(t *testing.T) {
	t.Parallel()
	lab.NeedIsolation(t)
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, several-own)
	ill := startStand(t, l.URI(), several)
	w := startTwins(t, ill, several)
	before := ill.walk(t)

	l.Signal(syscall.SIGSTOP)
	began := time.Now()
	w.during(func() { ill.checkAging(t, began, noticed) })
	ill.checkComplains(t, "no answer for")
	w.often(3, func() { ill.checkAging(t, began, max(frozen, time.Since(began)+frozen/3)) })
	ill.checkComplains(t, "")
	checkAsBefore(t, ill.snmpd, before)
	l.Signal(syscall.SIGCONT)
	continued := time.Now()
	l.Virsh(t, "suspend", "test")
	returned := time.Now() // it takes a while until it answers anybody: others have asked it all the time
	ill.awaitState(t, "test", paused)
	checkBack(t, "a change is served", returned)
	took := ill.awaitSynced(t, continued, returned)
	t.Logf("as it should be %v after the return, %v after it goes on", took, time.Since(continued))
	ill.checkIndices(t)
	ill.checkTold(t, "vmPaused")
	w.check(t)
}
