//go:build linux

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// listLimit is how many virtual machines one answer of libvirt can have (REMOTE_DOMAIN_LIST_MAX).
	listLimit = 16384
	// span is how long they can be read at a time, in which they are read once at least, and turns how often they cannot: up to
	// mostTurns while the GETs seem slow. In one turn they are read so seldom that it is up to chance whether the slowest
	// hundredth of the GETs fell into that.
	span      = 6 * time.Second
	turns     = 3
	mostTurns = 10
	// half of the returns, in percent, are in time on any machine: it takes most of that time to list so many.
	half = 50
	// lists is how many times as long as it takes a bare client to list so many a return may take where that is longer than back:
	// vmond gives the daemon a rest of four times as long as a reading took, and reads quicker than virsh writes.
	lists = 4
)

// rarely has the states read now and then, and the rest once: to read that of so many keeps a CPU busy.
const rarely = "[hypervisor]\nstates = \"5s\"\nstatistics = \"1h\"\ndefinitions = \"1h\"\n"

// testTooMany has one virtual machine more than libvirt can list at once, in two ways: with one that runs, it can
// list them in parts; with all of them off it cannot list them at all.
func testTooMany(t *testing.T) {
	l := lab.StartTestLibvirtd(t)
	defineBare(t, l, 0, listLimit-own, bareName)
	began := time.Now()
	ill := startBlind(t, l.URI(), rarely)
	ill.awaitNumber(t, listLimit)
	t.Logf("%d virtual machines are served after %v", listLimit, time.Since(began))
	ill.awaitRead(t, began)
	ill.indices = ill.index(t)
	t.Logf("and described after %v", time.Since(began))
	ill.prober = startProber(t, ill.snmpd, served.Number, served.Name.Append(indexOf(t, ill.indices["test"])), served.Name.Append(listLimit/2))

	defineBare(t, l, listLimit, 1, bareName)
	added := time.Now()
	ill.awaitNumber(t, listLimit+own)
	checkSoon(t, "one more is served", time.Since(added), listings(t, l))
	ill.awaitRead(t, added)

	w := &twins{ill: ill, well: ill}
	var told []string
	var took []time.Duration
	longest := back
	for len(took) < turns || len(took) < mostTurns && compare(w.inAll, w.illGot) != nil {
		w.inAll = append(w.inAll, ill.prober.during(func() { ill.checkReading(t, span) })...)
		longest = max(longest, listings(t, l))
		l.Virsh(t, "destroy", "test")
		off := time.Now()
		ill.awaitState(t, "test", shutdown)
		checkSoon(t, "a change is served", time.Since(off), longest)
		w.illGot = append(w.illGot, ill.prober.during(func() { ill.checkAging(t, off, noticed) })...)
		if len(took) == 0 {
			ill.checkComplains(t, fmt.Sprintf("more virtual machines than libvirt's limit of %d for one answer", listLimit))
		}
		l.Virsh(t, "start", "test")
		returned := time.Now()
		ill.awaitState(t, "test", running)
		ill.awaitRead(t, returned)
		took = append(took, time.Since(returned))
		told = append(told, "vmShutdown", "vmRunning")
	}
	l.Virsh(t, "destroy", "test")
	ill.awaitState(t, "test", shutdown)
	l.Virsh(t, "undefine", bareName(listLimit))
	gone := time.Now()
	ill.awaitNumber(t, listLimit)
	ill.awaitRead(t, gone)
	checkReturns(t, append(took, time.Since(gone)), half, longest)
	ill.checkIndices(t)
	ill.checkTold(t, append(append([]string{"vmShutdown"}, told...), "vmShutdown", "vmDeleted")...)
	w.check(t)
}

// listings returns how soon all is as it should be where libvirtd has much to list: it is asked now, beside vmond, by another.
func listings(t *testing.T, l *lab.Libvirtd) time.Duration {
	t.Helper()
	began := time.Now()
	l.Virsh(t, "list", "--inactive", "--name")
	took := time.Since(began)
	t.Logf("it takes virsh %v to list them", took)
	return max(back, lists*took)
}

// defineBare defines the n virtual machines from the first on that have nothing but a name. bareUUID is how to call one.
func defineBare(t *testing.T, l *lab.Libvirtd, first, n int, name func(n int) string) {
	t.Helper()
	dir := t.TempDir()
	var commands []string
	for i := first; i < first+n; i++ {
		path := filepath.Join(dir, strconv.Itoa(i))
		xml := "<domain type='test'><name>" + name(i) + "</name><uuid>" + bareUUID(i) + "</uuid><memory>1024</memory>" +
			"<vcpu>1</vcpu><os><type>hvm</type></os></domain>"
		if err := os.WriteFile(path, []byte(xml), 0o600); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, "define "+path)
	}
	l.VirshScript(t, commands)
}

// bareUUID returns the UUID of the n-th of them.
func bareUUID(n int) string { return fmt.Sprintf("00000000-0000-4000-9000-%012x", n) }

// bareName returns a name for it.
func bareName(n int) string { return fmt.Sprintf("bare-%05d", n) }

// awaitNumber waits until so many virtual machines are served.
func (s *stand) awaitNumber(t *testing.T, n int) {
	t.Helper()
	lab.Eventually(t, settle, fmt.Sprintf("%d virtual machines are served", n), func() error {
		if v := s.snmpd.Get(t, served.Number)[0].Value; !v.Equal(mib.Integer(int32(n))) {
			return fmt.Errorf("vmNumber is %v", v)
		}
		return nil
	})
}

// checkReading proves for a while that the states are read.
func (s *stand) checkReading(t *testing.T, lasts time.Duration) {
	t.Helper()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	began := time.Now()
	for now := range second.C {
		if r := s.vmond.Health(t).Hypervisor.Readings["states"]; r.Failures > 0 {
			t.Errorf("the states cannot be read: %s", r.LastError)
		}
		if now.Sub(began) > lasts {
			return
		}
	}
}
