//go:build linux

package guests

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
)

const (
	// leased is the address that a DHCP server has given to the guest late.
	leased = "192.0.2.77"
	// leasesDir is where libvirt keeps what its DHCP servers have given away (leaseshelper of libvirt's network driver).
	leasesDir = "/var/lib/libvirt/dnsmasq"
)

// defineLate defines the guest late, with a screen, on a network of libvirt that stands on the bridge.
func defineLate(t *testing.T, g *lab.Guests) {
	t.Helper()
	const network = "labnet"
	path := filepath.Join(g.Dir, "network.xml")
	xml := fmt.Sprintf("<network><name>%s</name><forward mode='bridge'/><bridge name='%s'/></network>", network, g.Bridge)
	if err := os.WriteFile(path, []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	g.Virsh(t, "net-define", path)
	g.Virsh(t, "net-start", network)

	path = g.Domain(t, "late")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	xml = strings.NewReplacer(
		"<interface type='bridge'>", "<interface type='network'>",
		"<source bridge='"+g.Bridge+"'/>", "<source network='"+network+"'/>",
		"</devices>", "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/></devices>",
	).Replace(string(text))
	if err := os.WriteFile(path, []byte(xml), 0o600); err != nil {
		t.Fatal(err)
	}
	g.Virsh(t, "define", path)
}

// lease writes down that the guest late has an address, as libvirt does when its DHCP server gives it one.
func lease(t *testing.T, g *lab.Guests, mac string) {
	t.Helper()
	if err := os.MkdirAll(leasesDir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`[{"ip-address": %q, "mac-address": %q, "expiry-time": %d}]`, leased, mac, time.Now().Add(time.Hour).Unix())
	if err := os.WriteFile(filepath.Join(leasesDir, g.Bridge+".status"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if told := g.Virsh(t, "domifaddr", "late"); !strings.Contains(told, leased) {
		t.Fatalf("virsh domifaddr says %q, want %s", told, leased)
	}
}

// TestDocumentSurvey proves that the document has a guest's console, bridge, address and snapshots: what virsh says of them,
// and that they are gone when the guest is.
func TestDocumentSurvey(t *testing.T) {
	const name = "late"
	g := lab.NewGuests(t)
	defineLate(t, g)
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, g.URI(), s.AgentX)
	off := map[string]any{"console_type": "vnc", "console": "", "ip": "", "snaps": 0.0, "ifs": map[string]any{}}
	await(t, v, name, off)

	g.Virsh(t, "start", name)
	g.Booted(t, name)
	lease(t, g, "52:54:00:77:00:15")
	display := strings.TrimSpace(g.Virsh(t, "domdisplay", name)) // vnc://127.0.0.1:0, which counts from port 5900
	host, number, ok := strings.Cut(strings.TrimPrefix(display, "vnc://"), ":")
	if !ok {
		t.Fatalf("virsh domdisplay says %q", display)
	}
	const firstPort = 5900
	console := net.JoinHostPort(host, fmt.Sprint(firstPort+atoi(t, number)))
	await(t, v, name, map[string]any{"console_type": "vnc", "console": console, "ip": leased, "snaps": 0.0})
	d, err := documentOf(t, v)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.unknown) > 0 {
		t.Errorf("not known is %q", d.unknown)
	}
	// HV::Monitor has the name of the network there.
	if parent := part(d.Data.VMs[name]["ifs"])["nic0"]["parent"]; parent != g.Bridge {
		t.Errorf("parent of an interface on a network of libvirt = %q, want %q", parent, g.Bridge)
	}
	if c, err := net.Dial("tcp", console); err != nil {
		t.Errorf("nobody is at the console: %v", err)
	} else {
		c.Close()
	}

	overlay := filepath.Join(g.Dir, "late.overlay")
	g.Virsh(t, "snapshot-create-as", name, "first", "--disk-only", "--diskspec", "vda,snapshot=external,file="+overlay)
	await(t, v, name, map[string]any{"snaps": 1.0, "ip": leased})

	g.Virsh(t, "destroy", name)
	off["snaps"] = 1.0
	await(t, v, name, off)
}

// await waits until the document has these values for the virtual machine.
func await(t *testing.T, v *lab.Vmond, name string, want map[string]any) {
	t.Helper()
	lab.Eventually(t, settle, "the document has them", func() error {
		d, err := documentOf(t, v)
		if err != nil {
			return err
		}
		vm := d.Data.VMs[name]
		got := map[string]any{}
		for key := range want {
			got[key] = vm[key]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("unexpected values (-want +got):\n%s", diff)
		}
		return nil
	})
}
