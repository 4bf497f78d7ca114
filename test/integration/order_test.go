package integration

import (
	"errors"
	"syscall"
	"testing"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

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
