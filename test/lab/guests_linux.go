package lab

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"text/template"
	"time"
)

// domains are the definitions of the guests.
//
//go:embed domains
var domains embed.FS

const (
	// firstContact is how long a libvirtd may take for its first answer: it asks QEMU for all that it can do, which
	// takes long where it has not been asked before.
	firstContact = 2 * time.Minute
	// bootTimeout is how long a guest may take to boot without hardware virtualisation on a busy machine.
	bootTimeout = 3 * time.Minute
	// uplinkDevice is the interface that the bridge's port stands on.
	uplinkDevice = "labdev0"

	kibi = 1 << 10
	mebi = 1 << 20
)

// Guests are a private libvirtd with real QEMU guests, without hardware virtualisation: /dev/kvm may be there and still
// not run a kernel. They are web, db and temp, which run, and off, which does not.
type Guests struct {
	*Libvirtd

	// Uplink is the port through which the bridge leads out of the machine, or "" where the kernel cannot make one, as
	// NoUplink then says.
	Uplink   string
	NoUplink error

	// The fields that the definitions name.
	Dir, Bridge, Tap, Loop, Cmdline string
	LastCPU                         int
}

// NewGuests starts libvirtd, in the namespaces of [Isolated], and makes what the guests need. There are none yet.
func NewGuests(t testing.TB) *Guests {
	t.Helper()
	NeedIsolation(t)
	Need(t, "libvirtd", "virsh", "qemu-system-x86_64", "qemu-img", "busybox", "ip")
	kernel, err := findKernel()
	if err != nil {
		Missing(t, "%v", err)
	}
	g := &Guests{
		Dir: ShortDir(t), Bridge: "labbr0", Tap: "labtap0", LastCPU: runtime.NumCPU() - 1,
		Cmdline: "console=ttyS0 quiet panic=0 unknown_nmi_panic=1 random.trust_cpu=1 no_timer_check",
	}
	g.network(t)
	g.images(t, kernel)
	g.Libvirtd = startQEMULibvirtd(t)
	return g
}

// StartGuests starts libvirtd and the guests, in the namespaces of [Isolated], and returns when they have booted.
func StartGuests(t testing.TB) *Guests {
	t.Helper()
	g := NewGuests(t)
	for _, name := range []string{"web", "db", "off"} {
		g.Virsh(t, "define", g.Domain(t, name))
	}
	g.Virsh(t, "autostart", "web")
	g.Virsh(t, "start", "web")
	g.Virsh(t, "start", "db")
	g.Virsh(t, "create", g.Domain(t, "temp"))
	for _, name := range []string{"web", "db", "temp"} {
		g.Booted(t, name)
	}
	return g
}

// Booted waits until a guest has booted.
func (g *Guests) Booted(t testing.TB, name string) {
	t.Helper()
	console := filepath.Join(g.Dir, name+".console")
	Eventually(t, bootTimeout, "guest "+name+" has booted", func() error {
		text, err := os.ReadFile(console)
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte("guest ready")) {
			return fmt.Errorf("its console says %q", text)
		}
		return nil
	})
}

// network makes the host's side of the guests' network interfaces, for as long as the test runs.
func (g *Guests) network(t testing.TB) {
	t.Helper()
	for _, args := range [][]string{
		{"link", "add", g.Bridge, "type", "bridge"},
		{"link", "set", g.Bridge, "up"},
		{"tuntap", "add", g.Tap, "mode", "tap", "vnet_hdr"},
		{"link", "set", g.Tap, "up"},
	} {
		run(t, exec.Command("ip", args...))
	}
	g.Uplink = g.uplink(t)
	made := []string{g.Bridge, g.Tap}
	if g.Uplink != "" {
		made = append(made, uplinkDevice) // and with it all that stands on it
	}
	t.Cleanup(func() {
		for _, link := range made {
			if out, err := exec.Command("ip", "link", "delete", link).CombinedOutput(); err != nil {
				t.Errorf("ip link delete %s: %v: %s", link, err, out)
			}
		}
	})
}

// uplink makes a port of the bridge that stands on another interface, as one on a bond or a VLAN does: of the first kind
// that the kernel has.
func (g *Guests) uplink(t testing.TB) string {
	t.Helper()
	const port = "labup0"
	var complaints []error
	ip := func(args ...string) bool {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			complaints = append(complaints, fmt.Errorf("ip %q: %w: %s", args, err, out))
		}
		return err == nil
	}
	made := (ip("link", "add", uplinkDevice, "type", "veth", "peer", "name", "labpeer0") || ip("link", "add", uplinkDevice, "type", "dummy")) &&
		(ip("link", "add", "link", uplinkDevice, "name", port, "type", "macvlan", "mode", "passthru") ||
			ip("link", "add", "link", uplinkDevice, "name", port, "type", "vlan", "id", "5")) &&
		ip("link", "set", port, "master", g.Bridge)
	if !made {
		g.NoUplink = errors.Join(complaints...)
		return ""
	}
	return port
}

// images makes the kernel, its first file system and the disks.
func (g *Guests) images(t testing.TB, kernel guestKernel) {
	t.Helper()
	in := func(name string) string { return filepath.Join(g.Dir, name) }
	if err := errors.Join(
		os.Symlink(kernel.path, in("vmlinuz")),
		writeInitramfs(in("initramfs"), kernel),
		writeSparse(in("sparse.raw"), 128*mebi),
		writeFull(in("full.raw"), 64*mebi),
		writeFull(in("loop.raw"), 96*mebi),
		writeSparse(in("late.raw"), 32*mebi),
		writeFull(in("cd.iso"), 2*mebi),
	); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("qemu-img", "create", "-q", "-f", "qcow2", in("base.qcow2"), "256M"))
	run(t, exec.Command("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", in("web.qcow2")))
	run(t, exec.Command("qemu-img", "create", "-q", "-f", "qcow2", in("off.qcow2"), "3G"))
	g.Loop = attachLoop(t, in("loop.raw"))
}

// Domain writes the definition of a guest and returns its path.
func (g *Guests) Domain(t testing.TB, name string) string {
	t.Helper()
	tmpl, err := template.ParseFS(domains, "domains/"+name+".xml")
	if err != nil {
		t.Fatal(err)
	}
	var xml bytes.Buffer
	if err := tmpl.Execute(&xml, g); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(g.Dir, name+".xml")
	if err := os.WriteFile(path, xml.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeSparse writes an image that has a little data and otherwise holes.
func writeSparse(path string, size int64) error {
	if err := os.WriteFile(path, bytes.Repeat([]byte{1}, 64*kibi), 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// writeFull writes an image without holes.
func writeFull(path string, size int) error {
	return os.WriteFile(path, bytes.Repeat([]byte{1}, size), 0o600)
}

// run runs a program that must succeed.
func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}
