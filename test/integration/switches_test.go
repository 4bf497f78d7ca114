package integration

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// The values of TruthValue (RFC 2579).
const (
	yes = "1"
	no  = "2"
)

// switched returns the values of the two switches, as "true false".
func switched(t *testing.T, s *lab.Snmpd) string {
	t.Helper()
	words := map[string]string{"INTEGER: " + yes: "true", "INTEGER: " + no: "false"}
	var out []string
	for _, vb := range s.Get(t, served.PerVMNotificationsEnabled, served.BulkNotificationsEnabled) {
		word, ok := words[vb.Value.String()]
		if !ok {
			word = vb.Value.String()
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// awaitSwitched waits until the switches have these values.
func awaitSwitched(t *testing.T, s *lab.Snmpd, want string) {
	t.Helper()
	lab.Eventually(t, settle, "the switches are "+want, func() error {
		if got := switched(t, s); got != want {
			return fmt.Errorf("they are %s", got)
		}
		return nil
	})
}

// TestSwitches proves every SET of the switches through the master, and of what is beside them: what is set, and with which
// error-status the rest is refused. A SET of several is all or nothing.
func TestSwitches(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	served.AwaitVMs(t, s, 5)
	name := s.Walk(t, served.Name)[0].Name
	adminState := mib.MustOID("1.3.6.1.2.1.236.1.4.1.5").Append(name[len(name)-1])
	perVM, bulk := served.PerVMNotificationsEnabled.String(), served.BulkNotificationsEnabled.String()
	if got := switched(t, s); got != "false false" {
		t.Fatalf("switches at the start = %s, want false false", got)
	}
	tests := []struct {
		name string
		// set are names, types and values.
		set []string
		// refused is the error-status, and at which of them; empty if they are set.
		refused string
		at      string
		want    string
	}{
		{name: "one on", set: []string{perVM, "i", yes}, want: "true false"},
		{name: "the same again", set: []string{perVM, "i", yes}, want: "true false"},
		{name: "the other on", set: []string{bulk, "i", yes}, want: "true true"},
		{name: "both off", set: []string{perVM, "i", no, bulk, "i", no}, want: "false false"},
		{name: "both on", set: []string{bulk, "i", yes, perVM, "i", yes}, want: "true true"},
		{name: "one each way", set: []string{perVM, "i", no, bulk, "i", yes}, want: "false true"},

		{name: "no value of TruthValue", set: []string{perVM, "i", "3"}, refused: "wrongValue", at: perVM, want: "false true"},
		{name: "zero", set: []string{bulk, "i", "0"}, refused: "wrongValue", at: bulk, want: "false true"},
		{name: "negative", set: []string{bulk, "i", "-1"}, refused: "wrongValue", at: bulk, want: "false true"},
		{name: "unsigned", set: []string{perVM, "u", yes}, refused: "wrongType", at: perVM, want: "false true"},
		{name: "a text", set: []string{perVM, "s", "true"}, refused: "wrongType", at: perVM, want: "false true"},
		{name: "a name", set: []string{bulk, "o", "1.3"}, refused: "wrongType", at: bulk, want: "false true"},

		{
			name: "the second wrong", set: []string{perVM, "i", yes, bulk, "i", "3"},
			refused: "wrongValue", at: bulk, want: "false true",
		},
		{
			name: "the first wrong", set: []string{bulk, "s", "off", perVM, "i", yes},
			refused: "wrongType", at: bulk, want: "false true",
		},
		{
			name: "with what cannot be set", set: []string{perVM, "i", yes, bulk, "i", no, name.String(), "s", "mine"},
			refused: "notWritable", at: name.String(), want: "false true",
		},

		{name: "vmName", set: []string{name.String(), "s", "mine"}, refused: "notWritable", at: name.String(), want: "false true"},
		{
			name: "vmAdminState", set: []string{adminState.String(), "i", "4"},
			refused: "notWritable", at: adminState.String(), want: "false true",
		},
		{
			name: "vmHvSoftware", set: []string{served.HvSoftware.String(), "s", "mine"},
			refused: "notWritable", at: served.HvSoftware.String(), want: "false true",
		},
		{
			name: "vmAffectedVMs", set: []string{vmAffectedVMs.String(), "x", "80"},
			refused: "notWritable", at: vmAffectedVMs.String(), want: "false true",
		},
		{
			name: "another instance of a switch", set: []string{perVM + ".0", "i", yes},
			refused: "noCreation", at: perVM + ".0", want: "false true",
		},
		{name: "one off", set: []string{bulk, "i", no}, want: "false false"},
	}
	for _, tt := range tests {
		err := s.Set(t, tt.set...)
		if tt.refused == "" && err != nil {
			t.Errorf("snmpset of %s = %v", tt.name, err)
		}
		if tt.refused != "" && (!failsWith(err, tt.refused) || !strings.Contains(err.Error(), "Failed object: ."+tt.at+"\n")) {
			t.Errorf("snmpset of %s = %v, want %s at %s", tt.name, err, tt.refused, tt.at)
		}
		if got := switched(t, s); got != tt.want {
			t.Errorf("switches after %s = %s, want %s", tt.name, got, tt.want)
		}
	}
	if diff := cmp.Diff(name, s.Walk(t, served.Name)[0].Name); diff != "" {
		t.Errorf("unexpected name after all (-want +got):\n%s", diff)
	}
}

// TestSwitchesAreForgotten proves that what was set is gone when vmond or the master starts again, and that a value that is
// configured anew is taken at once.
func TestSwitchesAreForgotten(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	v := lab.StartVmondWith(t, "[notifications]\nper_vm = true\n", "sim:///?vms=5", s.AgentX)
	const configured = "true false"
	restarts := []struct {
		name string
		do   func()
	}{
		{"vmond is ended", func() {
			if err := v.Stop(); err != nil {
				t.Error(err)
			}
			v.Start(t)
		}},
		{"vmond is killed", func() {
			v.Kill()
			v.Start(t)
		}},
		{"snmpd is ended", func() { s.Restart(t, syscall.SIGTERM) }},
		{"snmpd is killed", func() { s.Restart(t, syscall.SIGKILL) }},
	}
	awaitSwitched(t, s, configured)
	set := func() {
		t.Helper()
		err := s.Set(t, served.PerVMNotificationsEnabled.String(), "i", no, served.BulkNotificationsEnabled.String(), "i", yes)
		if err != nil {
			t.Fatal(err)
		}
		if got := switched(t, s); got != "false true" {
			t.Fatalf("switches after they were set = %s", got)
		}
	}
	for _, restart := range restarts {
		set()
		restart.do()
		t.Log(restart.name)
		awaitSwitched(t, s, configured)
	}

	// A switch takes a start value that was changed; the other one stays as it was set.
	set()
	reconfigure(t, v, "[notifications]\nper_vm = true\nwindow = \"3s\"\n")
	awaitSwitched(t, s, "false true")
	reconfigure(t, v, "[notifications]\nper_vm = false\n")
	awaitSwitched(t, s, "false true")
	reconfigure(t, v, "[notifications]\nper_vm = true\n")
	awaitSwitched(t, s, "true true")
}

// reconfigure has vmond take over other sections of the configuration.
func reconfigure(t *testing.T, v *lab.Vmond, sections string) {
	t.Helper()
	const said = "configuration read again"
	before := strings.Count(v.Log().String(), said)
	v.Configure(t, sections)
	v.Signal(syscall.SIGHUP)
	lab.Eventually(t, settle, "vmond has read its configuration again", func() error {
		if strings.Count(v.Log().String(), said) == before {
			return errors.New("it has not said so")
		}
		return nil
	})
}
