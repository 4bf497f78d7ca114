//go:build linux

package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// longName is how long the names are that make answers large, and so many of them take more than 20 MiB.
	longName = 100_000
	large    = 210
	// perused is for how long such answers are read again and again.
	perused = 10 * time.Second

	// usually are the intervals that vmond has by itself.
	usually = "[hypervisor]\nstates = \"5s\"\nstatistics = \"15s\"\ndefinitions = \"2m\"\n"
)

// TestLibvirtdLimits brings libvirtd to its limits, and past them. The vmond is one without the race detector, which looks
// at each octet of what is large.
func TestLibvirtdLimits(t *testing.T) {
	lab.NeedIsolation(t)
	lab.UsePlain(t)
	t.Run("large replies", testLargeReplies)
	t.Run("large replies are forgotten", testLargeRepliesForgotten)
	t.Run("too many", testTooMany)
}

// testLargeReplies has libvirtd answer with more than 20 MiB, then have more to say than its limit of 32 MiB for one
// answer allows: first it can be asked for it in parts, then not at all.
func testLargeReplies(t *testing.T) {
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, several-own)
	ill := startPaced(t, l.URI(), usually, several)
	w := startTwins(t, ill, several)

	defineBare(t, l, 0, large, longNameOf)
	defined := time.Now()
	w.during(func() {
		ill.awaitNumber(t, several+large)
		ill.awaitRead(t, defined)
		checkSoon(t, "all are read", time.Since(defined), listings(t, l))
	})
	w.often(3, func() { ill.checkReading(t, perused) })
	ill.whole(t, func() {
		l.VirshScript(t, each("start", 0, large))
		defineBare(t, l, large, large, longNameOf)
		defined := time.Now()
		ill.awaitNumber(t, several+2*large)
		ill.awaitRead(t, defined)
	})
	ill.whole(t, func() { l.VirshScript(t, each("destroy", 0, large)) })
	off := time.Now()
	w.often(3, func() { ill.checkAging(t, off, time.Since(off)+2*noticed) })
	ill.checkComplains(t, "more than libvirt's limit of 32 MiB for one answer")
	returning := time.Now() // with the first that are gone, before the last is
	l.VirshScript(t, each("undefine", 0, 2*large))
	returned := time.Now()
	ill.awaitNumber(t, several)
	ill.awaitRead(t, returning)
	t.Logf("as it should be %v after the return", checkSoon(t, "everything is read", time.Since(returned), listings(t, l)))
	ill.checkIndices(t)
	w.check(t)
}

// testLargeRepliesForgotten proves that what a large answer needed of memory is given back.
func testLargeRepliesForgotten(t *testing.T) {
	l := lab.StartTestLibvirtd(t)
	s := lab.StartSnmpd(t)
	v := lab.StartVmondTraced(t, l.URI(), s.AgentX)
	served.AwaitVMs(t, s, own)
	before, heap := v.Footprint(t), v.LiveHeap(t)
	// forgotten returns nil if no more is left of the answers than a quarter of one, and of what they needed.
	forgotten := func(left int64) error {
		now, live := v.Footprint(t), v.LiveHeap(t)
		if live > heap+large*longName/4 || now.Resident > before.Resident+left {
			return fmt.Errorf("it was %+v with a heap of %d, and is %+v with %d", before, heap, now, live)
		}
		return nil
	}
	defineBare(t, l, 0, large, longNameOf)
	served.AwaitVMs(t, s, own+large)
	peak := v.Footprint(t)
	lab.Eventually(t, settle, "each answer is forgotten while more come", func() error { return forgotten(5 * large * longName) })
	l.VirshScript(t, each("undefine", 0, large))
	served.AwaitVMs(t, s, own)
	lab.Eventually(t, settle, "the memory is given back", func() error { return forgotten(large * longName / 2) })
	t.Logf("%+v, with such answers %+v, and then %+v", before, peak, v.Footprint(t))
}

// longNameOf returns a long name.
func longNameOf(n int) string { return fmt.Sprintf("%05d-%s", n, strings.Repeat("x", longName)) }

// each returns the commands that do something with the n of them from the first on.
func each(verb string, first, n int) []string {
	var commands []string
	for i := range n {
		commands = append(commands, verb+" "+bareUUID(first+i))
	}
	return commands
}
