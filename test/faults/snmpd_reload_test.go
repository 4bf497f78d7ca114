//go:build linux

package faults

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// reloads is how often an snmpd reads its configuration while it is asked all the time.
	reloads = 5
	// secret is a community that it had not before.
	secret = "secret"
)

// TestMasterReloads proves that an snmpd that reads its configuration again (HUP) goes on being served in the session that it
// has, and that the switches stay as they were set: it keeps its socket as it was made at its start, and its subagents,
// whatever is in the file. What the file has of the socket counts from the next start on, and a new snmpd begins with the
// switches of vmond's configuration.
func TestMasterReloads(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	v, _ := startServed(t, s, few)
	if err := s.Set(t, served.PerVMNotificationsEnabled.String(), "i", "1"); err != nil {
		t.Fatal(err)
	}
	since, mode, before := v.Health(t).Master.Since, modeOf(t, s), s.Walk(t, served.MIB)

	t.Run("meanwhile", func(t *testing.T) {
		p := startProber(t, s, served.Number, served.HvUpTime)
		probes := p.during(func() {
			for range reloads {
				reload(t, s, "agentXPerms 0600 0700", "agentXTimeout 5", "sysName another", lab.ReadPublic, lab.WritePrivate)
				checkAsBefore(t, s, before)
			}
		})
		t.Logf("while snmpd read its configuration: %v", probes)
		if bad := probes.bad(); len(probes) == 0 || len(bad) > 0 {
			t.Errorf("%d GETs while snmpd read its configuration, of which some were answered %q", len(probes), bad)
		}
	})
	if now := modeOf(t, s); now != mode {
		t.Errorf("the socket is %v now, and was %v", now, mode)
	}

	reload(t, s, "agentXPerms 0600 0700", "rocommunity "+secret+" 127.0.0.1")
	if err := numbered(hastyClient(t, s)); err == nil {
		t.Error("the former community is answered")
	}
	c := s.Client(t)
	c.Community = secret
	if err := numbered(c); err != nil {
		t.Errorf("the new community: %v", err)
	}
	checkSwitch(t, c, 1)
	if m := v.Health(t).Master; !m.Registered || !m.Since.Equal(since) {
		t.Errorf("the session since %v was not kept: %+v", since, m)
	}

	s.Restart(t, syscall.SIGTERM)
	again := hastyClient(t, s)
	again.Community = secret
	t.Logf("served again after %v", awaitServed(t, again))
	if now := modeOf(t, s).Perm(); now != 0o600 {
		t.Errorf("the socket of the new snmpd is %v, want 0600", now)
	}
	checkSwitch(t, c, 2)
}

// reload has the snmpd read another configuration, and returns when it has.
func reload(t *testing.T, s *lab.Snmpd, lines ...string) {
	t.Helper()
	const done = "restarted" // "NET-SNMP version 5.9.3 restarted"
	before := strings.Count(s.Log().String(), done)
	s.Configure(t, lines...)
	s.Signal(syscall.SIGHUP)
	lab.Eventually(t, settle, "snmpd has read its configuration", func() error {
		if n := strings.Count(s.Log().String(), done); n <= before {
			return fmt.Errorf("it has %d times", n)
		}
		return nil
	})
}

// modeOf returns the mode of the snmpd's AgentX socket.
func modeOf(t *testing.T, s *lab.Snmpd) os.FileMode {
	t.Helper()
	info, err := os.Stat(socketOf(s))
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// checkSwitch proves that vmPerVMNotificationsEnabled is 1 for true, or 2 for false.
func checkSwitch(t *testing.T, c *gosnmp.GoSNMP, want int) {
	t.Helper()
	answer, err := c.Get([]string{"." + served.PerVMNotificationsEnabled.String()})
	if err != nil {
		t.Fatal(err)
	}
	if vb := answer.Variables[0]; vb.Type != gosnmp.Integer || vb.Value != want {
		t.Errorf("vmPerVMNotificationsEnabled is %v %v, want %d", vb.Type, vb.Value, want)
	}
}
