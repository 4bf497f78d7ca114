package lab

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// QEMU returns the PID of the process of a guest that is active.
func (g *Guests) QEMU(t testing.TB, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/run/libvirt/qemu", name+".pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// SignalQEMU sends a signal to the process of a guest that is active. One that is stopped goes on when the test ends at
// the latest, so that libvirtd can end it.
func (g *Guests) SignalQEMU(t testing.TB, name string, s syscall.Signal) {
	t.Helper()
	pid := g.QEMU(t, name)
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
	if s == syscall.SIGSTOP {
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) }) // it may have ended, which is as good
	}
}
