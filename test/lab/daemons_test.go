package lab

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/vmond/vmond/mib"
)

// sysDescr and sysContact are objects of snmpd itself.
var (
	sysDescr   = mib.MustOID("1.3.6.1.2.1.1.1.0")
	sysContact = mib.MustOID("1.3.6.1.2.1.1.4.0")
)

func TestSnmpd(t *testing.T) {
	t.Parallel()
	s := StartSnmpd(t)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if got := s.Get(t, sysDescr, sysContact); len(got) != 2 || got[0].Value.Type() != mib.TypeOctetString {
			t.Errorf("snmpget of two instances = %v", got)
		}
		s.Restart(t, sig)
	}
	if got := s.Walk(t, sysDescr[:7]); len(got) < 8 {
		t.Errorf("snmpwalk of the system group = %v, want at least its scalars", got)
	}
	if walk, bulk := s.Walk(t, sysDescr[:8]), s.BulkWalk(t, sysDescr[:8]); len(walk) != 1 || len(bulk) != 1 {
		t.Errorf("walks of sysDescr = %v and %v, want one instance each", walk, bulk)
	}
	if err := s.Set(t, sysDescr.String(), "s", "mine"); err == nil || !strings.Contains(err.Error(), "notWritable") {
		t.Errorf("snmpset of sysDescr = %v, want notWritable", err)
	}
}

func TestSnmpdAddressInUse(t *testing.T) {
	t.Parallel()
	first := StartSnmpd(t)
	second, err := NewSnmpd(ShortDir(t), first.Addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); !errors.Is(err, ErrAddrInUse) {
		t.Errorf("Start on %s = %v, want ErrAddrInUse", first.Addr, err)
	}
}

func TestSnmptrapd(t *testing.T) {
	t.Parallel()
	trapd := StartSnmptrapd(t)
	// snmpd sends coldStart when it starts.
	StartSnmpd(t, "trap2sink "+trapd.Addr+" "+Public)
	Eventually(t, startTimeout, "coldStart is received", func() error {
		if coldStart := ".1.3.6.1.6.3.1.1.5.1"; !trapd.Log().Has(coldStart) {
			return fmt.Errorf("no %s in %q", coldStart, trapd.Log())
		}
		return nil
	})
}

func TestTestLibvirtd(t *testing.T) {
	t.Parallel()
	l := StartTestLibvirtd(t)
	if got := strings.Fields(l.Virsh(t, "list", "--all", "--name")); len(got) != 1 {
		t.Errorf("virtual machines = %q, want the one of the test driver", got)
	}
	l.Virsh(t, "destroy", "test")
	if got := strings.TrimSpace(l.Virsh(t, "domstate", "test")); got != "shut off" {
		t.Errorf("state over another connection = %q, want the one that was set", got)
	}
	l.DefineTestDomains(t, 1, 100)
	if got := strings.Fields(l.Virsh(t, "list", "--all", "--name")); len(got) != 101 {
		t.Errorf("%d virtual machines after 100 were defined", len(got))
	}
	if _, err := l.TryVirsh("start", "nosuch"); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("error of an unknown virtual machine = %v", err)
	}
}
