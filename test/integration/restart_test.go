package integration

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// back is how soon after the master's return everything is served again.
	back = 2 * time.Second
	// away is how long the master stays away once, so that vmond's attempts are as far apart as they get.
	away = 5 * time.Second
)

// TestMasterRestarts proves that vmond registers again by itself after the master was ended, killed, or away for a while.
func TestMasterRestarts(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	served.AwaitVMs(t, s, 5)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pause := range []time.Duration{0, away} {
			s.Signal(sig)
			<-s.Done()
			<-time.After(pause)
			s.Again(t)
			lab.Eventually(t, back, "all is served again", func() error { return served.VMs(t, s, 5) })
		}
	}
}

// TestMasterHangs proves that a master that stops for a while is served again once it goes on.
func TestMasterHangs(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	served.AwaitVMs(t, s, 5)
	s.Signal(syscall.SIGSTOP)
	<-time.After(away)
	s.Signal(syscall.SIGCONT)
	lab.Eventually(t, settle, "all is served again", func() error { return served.VMs(t, s, 5) })
}

// TestAnyOrder proves that vmond may be started before snmpd, before libvirtd, and before both.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	l := lab.StartTestLibvirtd(t)
	s := lab.StartSnmpd(t)
	s.Kill()
	l.Kill()
	v := lab.StartVmond(t, l.URI(), s.AgentX)
	lab.Eventually(t, settle, "vmond answers alone", v.Answers)
	if got, err := v.Run(t, "show", "vm", "--control", v.Control); err == nil {
		t.Errorf("show without a hypervisor = %q, want an error", got)
	}
	s.Again(t)
	lab.Eventually(t, settle, "the switches are served without a hypervisor", func() error {
		if v := s.Get(t, served.PerVMNotificationsEnabled)[0].Value; v.IsException() {
			return errors.New(v.String())
		}
		return nil
	})
	l.Again(t)
	served.AwaitVMs(t, s, own)

	// And once more the other way round.
	s.Kill()
	l.Restart(t, syscall.SIGKILL)
	l.DefineTestDomains(t, 1, 3)
	s.Again(t)
	served.AwaitVMs(t, s, own+3)
}

// TestNeverWritable proves that a SET of what is not a switch is refused as it should be, and that vmond and the master are
// as well afterwards as before.
func TestNeverWritable(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, "sim:///?vms=5", s.AgentX)
	served.AwaitVMs(t, s, 5)
	first := s.Walk(t, served.Name)[0].Name
	tests := []struct {
		name   string
		object mib.OID
		typ    string
		value  string
		want   string
	}{
		{"a read-only scalar", served.HvSoftware, "s", "mine", "notWritable"},
		{"a read-only column", first, "s", "mine", "notWritable"},
		{"the administrative state", served.OperState.Append(1), "i", "4", "notWritable"},
		{"a column of no row", served.Name.Append(4711), "s", "mine", "notWritable"},
		{"an index", served.MIB.Append(1, 4, 1, 1, 1), "i", "5", "notWritable"},
	}
	for _, tt := range tests {
		if err := s.Set(t, tt.object.String(), tt.typ, tt.value); !failsWith(err, tt.want) {
			t.Errorf("snmpset of %s = %v, want %s", tt.name, err, tt.want)
		}
		vbs := s.Get(t, served.Number, served.PerVMNotificationsEnabled, served.BulkNotificationsEnabled, first, served.Name.Append(4711))
		want := []mib.Value{mib.Integer(5), mib.Integer(2), mib.Integer(2), vbs[3].Value, mib.NoSuchInstance}
		for i, vb := range vbs {
			if !vb.Value.Equal(want[i]) || vbs[3].Value.IsException() {
				t.Errorf("snmpget of %v after the snmpset of %s = %v, want %v", vb.Name, tt.name, vb.Value, want[i])
			}
		}
	}
}
