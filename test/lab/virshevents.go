package lab

import (
	"os/exec"
	"testing"
)

// LogEvents logs what libvirtd itself tells of its virtual machines until the test ends: the log of a test that failed
// has it.
func (l *Libvirtd) LogEvents(t testing.TB) {
	t.Helper()
	Need(t, "stdbuf")
	// virsh writes to a pipe in large pieces otherwise.
	p, err := Start(exec.Command("stdbuf", "-oL", "virsh", "-c", l.VirshURI(), "event", "--all", "--loop", "--timestamp"))
	if err != nil {
		t.Fatal(err)
	}
	attach(t, p)
}
