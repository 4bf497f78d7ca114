package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// machineTimeout is how long a machine may take for all that it does, without hardware virtualisation on a busy one.
const machineTimeout = 8 * time.Minute

// MachineEnv is in the environment of the init of a machine, and nowhere else: a container has a first process too, but not
// a clock of its own. The kernel hands on what it does not know itself (its Documentation/admin-guide/kernel-parameters).
const MachineEnv = "VMOND_LAB_MACHINE"

// A Program is a file of a machine, and the Go package that it is built from.
type Program struct{ File, Package string }

// RunMachine boots a machine of its own with the kernel of the guests and nothing else but the programs, of which one is
// "init", and returns what is on its console once it has powered itself off. It needs no rights, and has no disk and no
// network.
func RunMachine(t testing.TB, programs ...Program) string {
	t.Helper()
	Need(t, "qemu-system-x86_64")
	kernel, err := findKernel()
	if err != nil {
		Missing(t, "%v", err)
	}
	dir := ShortDir(t)
	initramfs := filepath.Join(dir, "initramfs")
	if err := writeMachine(initramfs, programs); err != nil {
		t.Fatal(err)
	}
	p, err := Start(exec.Command("qemu-system-x86_64", "-accel", "tcg", "-m", "512", "-nodefaults", "-no-reboot",
		"-display", "none", "-serial", "stdio", "-kernel", kernel.path, "-initrd", initramfs,
		"-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=1 no_timer_check rdinit=/init "+MachineEnv+"=own"))
	if err != nil {
		t.Fatal(err)
	}
	attach(t, p)
	Eventually(t, machineTimeout, "the machine has powered itself off", func() error {
		if !p.Ended() {
			return errors.New("it runs")
		}
		return nil
	})
	return strings.ReplaceAll(p.Log().String(), "\r\n", "\n")
}

// writeMachine writes the first file system of a machine. It is not packed: to unpack it takes the machine longer than to
// load it.
func writeMachine(path string, programs []Program) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	c := &cpio{w: f}
	for _, dir := range []string{"bin", "dev", "proc", "run", "sys", "tmp"} {
		c.dir(dir)
	}
	for _, p := range programs {
		program, err := buildStatic(filepath.Dir(path), p.Package)
		if err != nil {
			return err
		}
		c.file(p.File, 0o755, program)
	}
	return errors.Join(c.close(), f.Close())
}

// buildStatic builds a program that needs no libraries.
func buildStatic(dir, pkg string) ([]byte, error) {
	bin := filepath.Join(dir, "static")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w: %s", pkg, err, out)
	}
	return os.ReadFile(bin)
}
