//go:build linux

package faults

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/test/lab"
)

// newRival returns an snmpd that was not started, with a configuration of its own, whose AgentX socket is where that of the
// other is.
func newRival(t *testing.T, s *lab.Snmpd) *lab.Snmpd {
	t.Helper()
	r, err := lab.NewSnmpd(lab.ShortDir(t), lab.FreeUDP(t))
	if err != nil {
		t.Fatal(err)
	}
	r.AgentX = s.AgentX
	r.Configure(t, "agentXPerms 0600 0700", lab.ReadPublic, "agentXTimeout 5", "sysName rival")
	return r
}

// TestMasterReplaced proves that vmond goes over to another snmpd that takes the place of its own within 2 s, stays with
// that as long as it lives, also when the first takes the socket from it, and then goes back.
func TestMasterReplaced(t *testing.T) {
	t.Parallel()
	first := lab.StartSnmpd(t)
	v, before := startServed(t, first, few)
	second := newRival(t, first)

	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second.Again(t)
	t.Logf("served by the second after %v", awaitServed(t, hastyClient(t, second)))
	checkAsBefore(t, second, before)
	since := v.Health(t).Master.Since

	first.Again(t)
	checkStays(t, v, since, first.Client(t), second.Client(t))

	second.Kill()
	t.Logf("served by the first after %v", awaitServed(t, hastyClient(t, first)))
	checkAsBefore(t, first, before)
}

// checkStays proves that for a while the one snmpd is served, in the same session, and the other is not.
func checkStays(t *testing.T, v *lab.Vmond, since time.Time, not, yes *gosnmp.GoSNMP) {
	t.Helper()
	end := time.After(back)
	for {
		if err := numbered(yes); err != nil {
			t.Fatalf("the master that vmond had is not served any more: %v", err)
		}
		if err := numbered(not); !errors.Is(err, errNotServed) {
			t.Fatalf("a master that vmond did not have: %v, want %v", err, errNotServed)
		}
		select {
		case <-end:
			if m := v.Health(t).Master; !m.Registered || !m.Since.Equal(since) {
				t.Errorf("the session since %v was not kept: %+v", since, m)
			}
			return
		case <-time.After(hasty):
		}
	}
}

// TestSocketRemoved proves that a connection lives on whose socket was removed, and that snmpd is served again within 2 s
// of its next start.
func TestSocketRemoved(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	v, before := startServed(t, s, few)
	since := v.Health(t).Master.Since
	if err := os.Remove(socketOf(s)); err != nil {
		t.Fatal(err)
	}
	checkAsBefore(t, s, before)
	if m := v.Health(t).Master; !m.Registered || !m.Since.Equal(since) {
		t.Errorf("the session since %v was not kept: %+v", since, m)
	}
	s.Restart(t, syscall.SIGTERM)
	t.Logf("served again after %v", awaitServed(t, hastyClient(t, s)))
	checkAsBefore(t, s, before)
}
