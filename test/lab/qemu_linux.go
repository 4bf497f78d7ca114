package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	qemuConf     = "/etc/libvirt/qemu.conf"
	libvirtdConf = "/etc/libvirt/libvirtd.conf"

	// qemuConfText lets QEMU run without anything that a whole system has: no confinement, no other user, no change of
	// the images' owners, no virtlogd.
	qemuConfText = `security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
namespaces = []
`
	// libvirtdConfText lets everybody read, without polkit.
	libvirtdConfText = `unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:stderr"
`
)

// libvirtDirs are empty for each new libvirtd.
var libvirtDirs = []string{"/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/log/libvirt"}

// startQEMULibvirtd starts a libvirtd with its QEMU driver, at its usual paths, in the namespaces of [Isolated]. It knows
// of no virtual machines, also if there was another one before.
func startQEMULibvirtd(t testing.TB) *Libvirtd {
	t.Helper()
	if err := emptyLibvirtDirs(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, dir := range libvirtDirs {
			if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
				t.Errorf("unmount %s: %v", dir, err)
			}
		}
	})
	keepCapabilities(t)
	addEntry(t, "/etc/passwd", "libvirt-qemu", ":x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin")
	addEntry(t, "/etc/group", "libvirt-qemu", ":x:64055:")
	addEntry(t, "/etc/group", "kvm", ":x:64054:")
	for path, text := range map[string]string{qemuConf: qemuConfText, libvirtdConf: libvirtdConfText} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := &Libvirtd{Socket: "/run/libvirt/libvirt-sock", driver: "qemu", path: "/system"}
	l.command = func() *exec.Cmd { return exec.Command("libvirtd", "-f", libvirtdConf) }
	l.end = func() error { return endGuests(l) }
	l.Again(t)
	Eventually(t, firstContact, "libvirtd knows QEMU", func() error {
		_, err := l.TryVirsh("version")
		return err
	})
	return l
}

// emptyLibvirtDirs mounts empty file systems over what libvirtd keeps.
func emptyLibvirtDirs() error {
	for _, dir := range libvirtDirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	return nil
}

// endGuests ends the guests, so that libvirtd takes away what it has made for them outside of the namespaces: control
// groups.
func endGuests(l *Libvirtd) error {
	names, err := l.TryVirsh("list", "--name")
	if err != nil {
		return err
	}
	var errs []error
	for name := range strings.FieldsSeq(names) {
		_, err := l.TryVirsh("destroy", name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// keepCapabilities keeps what libvirtd learns about QEMU between runs: to learn it takes several seconds. libvirtd
// itself knows when it is out of date.
func keepCapabilities(t testing.TB) {
	t.Helper()
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	kept, here := filepath.Join(home, "vmond-lab", "libvirt"), "/var/cache/libvirt"
	for _, dir := range []string{kept, here} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount(kept, here, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
}
