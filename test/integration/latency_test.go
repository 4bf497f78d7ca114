package integration

import (
	"bytes"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// A latency is how long after an action it was told: by snmptrapd and by "virsh event".
type latency struct {
	trap, virsh time.Duration
}

// BenchmarkLatency measures in one run how long it takes from an action at libvirt to the trap at snmptrapd, and to the
// line of "virsh event" for the same action: what is between them is the price of vmond and snmpd. The aim is less than
// 20 ms at the 99th percentile. More actions than by default come with -benchtime=500x.
func BenchmarkLatency(b *testing.B) {
	l := lab.StartTestLibvirtd(b)
	trapd := lab.StartSnmptrapd(b)
	s := lab.StartSnmpd(b, trapd.Traps())
	lab.StartVmondWith(b, perVM, l.URI(), s.AgentX)
	served.AwaitVMs(b, s, own)
	traps := make(chan time.Time, 1)
	trapd.Follow(func(n lab.Notification) {
		if n.ID.HasPrefix(vmNotifications) {
			traps <- n.At
		}
	})
	lines := followEvents(b, l)
	actions := suspendAndResume(b, l)
	// virsh says nothing when it begins to listen, so it does once it has told of something.
	awake := func() bool {
		actions()
		<-traps
		select {
		case <-lines:
			return true
		case <-time.After(time.Second):
			return false
		}
	}
	for !awake() {
		b.Log("virsh does not listen yet")
	}

	var all []latency
	for b.Loop() {
		began := time.Now()
		actions()
		trap, virsh := <-traps, <-lines
		all = append(all, latency{trap.Sub(began), virsh.Sub(began)})
	}
	b.ReportMetric(0, "ns/op") // it would be that of the slower of both
	report(b, all, "trap", func(l latency) time.Duration { return l.trap })
	report(b, all, "virsh", func(l latency) time.Duration { return l.virsh })
	report(b, all, "difference", func(l latency) time.Duration { return l.trap - l.virsh })
}

// report reports two percentiles in milliseconds.
func report[T any](b *testing.B, all []T, name string, of func(T) time.Duration) {
	b.Helper()
	var sorted []time.Duration
	for _, l := range all {
		sorted = append(sorted, of(l))
	}
	slices.Sort(sorted)
	const hundred = 100
	for percent, unit := range map[int]string{50: "-p50-ms", 99: "-p99-ms"} {
		at := min(len(sorted)*percent/hundred, len(sorted)-1)
		b.ReportMetric(float64(sorted[at])/float64(time.Millisecond), name+unit)
	}
}

// suspendAndResume returns a function that suspends and resumes testVM by turns, over a connection of its own.
func suspendAndResume(b *testing.B, l *lab.Libvirtd) func() {
	b.Helper()
	conn := libvirt.NewWithDialer(dialers.NewLocal(dialers.WithSocket(l.Socket)))
	if err := conn.ConnectToURI(libvirt.TestDefault); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Disconnect() })
	vm, err := conn.DomainLookupByName(testVM)
	if err != nil {
		b.Fatal(err)
	}
	next := []func(libvirt.Domain) error{conn.DomainSuspend, conn.DomainResume}
	return func() {
		if err := next[0](vm); err != nil {
			b.Fatal(err)
		}
		slices.Reverse(next)
	}
}

// followEvents returns when each line of "virsh event" was read.
func followEvents(b *testing.B, l *lab.Libvirtd) <-chan time.Time {
	b.Helper()
	lab.Need(b, "stdbuf")
	lines := make(lineTimes, 1)
	// virsh writes to a pipe in large pieces otherwise.
	cmd := exec.Command("stdbuf", "-oL", "virsh", "-c", l.VirshURI(), "event", "--all", "--loop", "--timestamp")
	cmd.Stdout = lines
	p, err := lab.Start(cmd)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Stop(); err != nil {
			b.Error(err)
		}
	})
	return lines
}

// lineTimes gets the time of each line about an event that is written.
type lineTimes chan time.Time

func (c lineTimes) Write(p []byte) (int, error) {
	now := time.Now()
	for range bytes.Count(p, []byte("event 'lifecycle'")) {
		c <- now
	}
	return len(p), nil
}
