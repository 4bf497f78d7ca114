package lab

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// Migrate begins to migrate a virtual machine, as it runs, to another libvirtd that sees the same disks, with further
// arguments of virsh. The function that it returns waits for the end: its error has what virsh complains about.
func (l *Libvirtd) Migrate(t testing.TB, to *Libvirtd, name string, more ...string) (wait func() error) {
	t.Helper()
	args := append([]string{"-q", "-c", l.VirshURI(), "migrate", name, "--live", "--desturi", to.VirshURI(),
		"--migrateuri", "unix://" + filepath.Join(ShortDir(t), "migration")}, more...)
	p, err := Start(exec.Command("virsh", args...))
	if err != nil {
		t.Fatal(err)
	}
	attach(t, p)
	return func() error {
		if err := p.Err(); err != nil {
			return fmt.Errorf("virsh %q: %w: %s", args, err, p.Log())
		}
		return nil
	}
}
