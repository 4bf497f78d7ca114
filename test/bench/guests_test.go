//go:build linux

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// imageSize is that of a guest's disks, in bytes. They are holes.
const imageSize = 64 << 20

// startGuests starts n QEMU processes, each with two virtual CPUs, two disks and a network interface. They are paused before their first
// instruction: without hardware virtualisation so many that run would leave no CPU to what is measured. libvirtd asks them all
// the same, and QEMU answers as ever: not its virtual CPUs do that.
func startGuests(t *testing.T, n int) *lab.Guests {
	t.Helper()
	g := lab.NewGuests(t)
	var commands []string
	for i := range n {
		name := fmt.Sprintf("guest-%02d", i)
		path := filepath.Join(g.Dir, name)
		for _, disk := range []string{"-a.raw", "-b.raw"} {
			if err := makeImage(path + disk); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path+".xml", []byte(guestXML(g, name, path)), 0o600); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, "define "+path+".xml", "start --paused "+name)
	}
	g.VirshScript(t, commands)
	return g
}

// makeImage makes an image of nothing.
func makeImage(path string) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, imageSize)
}

// guestXML returns the definition of a guest whose images have that path before them.
func guestXML(g *lab.Guests, name, path string) string {
	return fmt.Sprintf(`<domain type='qemu'>
  <name>%s</name>
  <memory unit='MiB'>64</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='%[2]s-a.raw'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='%[2]s-b.raw'/><target dev='vdb' bus='virtio'/>
    </disk>
    <interface type='bridge'><source bridge='%[3]s'/><model type='virtio'/></interface>
  </devices>
</domain>
`, name, path, g.Bridge)
}
