package integration

import (
	"fmt"
	"testing"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/nms"
)

// The states as the document has them: virDomainState of libvirt.
const (
	statusOn      = 1
	statusPaused  = 3
	statusOffHard = 5
)

// TestLibreNMSStates proves that what happens to a virtual machine of a real libvirtd is in the document that snmpd serves, and that
// the totals count it.
func TestLibreNMSStates(t *testing.T) {
	t.Parallel()
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, 1)
	name := lab.TestDomainName(1)
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, l.URI(), s.AgentX)
	delivered(t, v, "the document is served", func(d delivery) bool { return d.Served })
	steps := []struct {
		do            string
		total         string
		status, count int64
	}{
		{"domstate", "off_hard", statusOffHard, 1}, // which does nothing
		{"start", "on", statusOn, own + 1},
		{"suspend", "paused", statusPaused, 1},
		{"resume", "on", statusOn, own + 1},
		{"destroy", "off_hard", statusOffHard, 1},
	}
	for _, step := range steps {
		l.Virsh(t, step.do, name)
		lab.Eventually(t, settle, "the document tells of "+step.do, func() error {
			d := nms.Check(t, polled(t, s, hvMonitor), nms.Anything) // a run that has just begun has no counters
			status, count := d.VMs[name].Numbers.Int("status_int"), d.Totals.Int(step.total)
			if status != step.status || count != step.count {
				return fmt.Errorf("%s has status %d, and %q counts %d", name, status, step.total, count)
			}
			return nil
		})
	}
}
