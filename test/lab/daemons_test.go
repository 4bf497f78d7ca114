package lab

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// TestSnmptrapd proves that notifications of every kind are received, each with its kind.
func TestSnmptrapd(t *testing.T) {
	t.Parallel()
	trapd := StartSnmptrapd(t)
	// snmpd sends coldStart when it starts.
	StartSnmpd(t, trapd.Traps(), trapd.StreamedTraps(), trapd.Informs(), trapd.InformsV3())
	kinds := []string{
		"v2c inform:false public", "v2c inform:false public", "v2c inform:true public", "v3 inform:true " + Informer,
	}
	Eventually(t, startTimeout, "coldStart is received", func() error {
		var got []string
		for _, n := range trapd.Received(t) {
			if coldStart := mib.MustOID("1.3.6.1.6.3.1.1.5.1"); n.ID.Compare(coldStart) == 0 {
				got = append(got, fmt.Sprintf("%s inform:%v %s", n.Version, n.Inform, n.From))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(kinds, got); diff != "" {
			return fmt.Errorf("unexpected kinds (-want +got):\n%s", diff)
		}
		return nil
	})
}

// TestSnmptrapdOctets proves that octets are received as they were sent, also those that a line of text has no room for,
// and as many as fit.
func TestSnmptrapdOctets(t *testing.T) {
	t.Parallel()
	Need(t, "snmptrap")
	trapd := StartSnmptrapd(t)
	followed := make(chan Notification, 1)
	trapd.Follow(func(n Notification) { followed <- n })
	all := make([]byte, 1<<8)
	for i := range all {
		all[i] = byte(i)
	}
	var want []mib.Varbind
	args := []string{"-v2c", "-c", Public, "-m", "", trapd.Addr, "8512", sysDescr.String()}
	for i, b := range [][]byte{nil, []byte("\n"), []byte("\t|\twhole\n"), []byte("web"), all, bytes.Repeat(all, 1<<5)} {
		vb := mib.Varbind{Name: sysContact.Append(uint32(i)), Value: mib.Octets(b)}
		want = append(want, vb)
		args = append(args, vb.Name.String(), "x", hex.EncodeToString(b))
	}
	if out, err := exec.Command("snmptrap", args...).CombinedOutput(); err != nil {
		t.Fatalf("snmptrap: %v: %s", err, out)
	}
	Eventually(t, startTimeout, "the notification is received", func() error {
		if n := len(trapd.Received(t)); n != 1 {
			return fmt.Errorf("%d notifications", n)
		}
		return nil
	})
	if diff := cmp.Diff(want, trapd.Received(t)[0].Objects); diff != "" {
		t.Errorf("unexpected objects (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(trapd.Received(t)[0], <-followed); diff != "" {
		t.Errorf("unexpected notification to follow (-received +followed):\n%s", diff)
	}
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
