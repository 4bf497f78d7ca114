//go:build linux

package guests

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/test/lab"
)

// TestDocumentSurvey proves that the document has a guest's console, bridge, address and snapshots: what virsh says of them,
// and that they are gone when the guest is.
func TestDocumentSurvey(t *testing.T) {
	const (
		name    = "late"
		address = "192.0.2.77"
		mac     = "52:54:00:77:00:15"
		screen  = "<graphics type='vnc' autoport='yes' listen='127.0.0.1'/></devices>"
	)
	g := lab.NewGuests(t)
	path := g.Domain(t, name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "</devices>", screen, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	g.Virsh(t, "define", path)
	s := lab.StartSnmpd(t)
	v := lab.StartVmond(t, g.URI(), s.AgentX)
	off := map[string]any{"console_type": "vnc", "console": "", "ip": "", "snaps": 0.0, "ifs": map[string]any{}}
	await(t, v, name, off)

	g.Virsh(t, "start", name)
	g.Booted(t, name)
	// The host knows the guest's address as it would from its traffic (ip-neighbour(8)).
	if out, err := exec.Command("ip", "neighbour", "replace", address, "lladdr", mac, "dev", g.Bridge).CombinedOutput(); err != nil {
		t.Fatalf("ip neighbour: %v: %s", err, out)
	}
	if told := g.Virsh(t, "domifaddr", name, "--source", "arp"); !strings.Contains(told, address) {
		t.Fatalf("virsh domifaddr says %q, want %s", told, address)
	}
	display := strings.TrimSpace(g.Virsh(t, "domdisplay", name)) // vnc://127.0.0.1:0, which counts from port 5900
	host, number, ok := strings.Cut(strings.TrimPrefix(display, "vnc://"), ":")
	if !ok {
		t.Fatalf("virsh domdisplay says %q", display)
	}
	const firstPort = 5900
	console := net.JoinHostPort(host, fmt.Sprint(firstPort+atoi(t, number)))
	await(t, v, name, map[string]any{"console_type": "vnc", "console": console, "ip": address, "snaps": 0.0})
	if c, err := net.Dial("tcp", console); err != nil {
		t.Errorf("nobody is at the console: %v", err)
	} else {
		c.Close()
	}

	overlay := filepath.Join(g.Dir, "late.overlay")
	g.Virsh(t, "snapshot-create-as", name, "first", "--disk-only", "--diskspec", "vda,snapshot=external,file="+overlay)
	await(t, v, name, map[string]any{"snaps": 1.0, "ip": address})

	g.Virsh(t, "destroy", name)
	off["snaps"] = 1.0
	await(t, v, name, off)
}

// await waits until the document has these values for the virtual machine.
func await(t *testing.T, v *lab.Vmond, name string, want map[string]any) {
	t.Helper()
	lab.Eventually(t, settle, "the document has them", func() error {
		vm := documentOf(t, v).Data.VMs[name]
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
