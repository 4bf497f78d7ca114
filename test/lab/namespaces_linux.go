package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// stageEnv tells a copy of the test binary what it is: the init of the namespaces, the tests inside of them, or the
// tests outside, which then say why they cannot run.
const stageEnv = "VMOND_LAB_STAGE"

const (
	stageInit   = "init"
	stageInside = "inside"

	// ownTemp is where the temporary files go, also the images of the guests: in memory, they are gone with the
	// namespaces even if nobody was left to remove them.
	ownTemp = "/run/tmp"
)

// ownDirs get an empty file system in the namespaces: there the daemons keep what would otherwise be the system's. /sys
// is not here, because the cgroups below it must stay.
var ownDirs = []string{"/etc/libvirt", "/run", "/var/cache", "/var/lib", "/var/log"}

// Isolated is [Main] for tests that need a whole hypervisor: they run as root in mount, network and process namespaces
// of their own. There libvirt's own paths are private, the bridges and taps are nobody else's, and all processes
// end with the tests, whatever becomes of those. Where that cannot be, [NeedIsolation] says why.
func Isolated(m *testing.M) int {
	switch os.Getenv(stageEnv) {
	case stageInit:
		return initMain()
	case stageInside:
		return leakless(m)
	case stageNeighbour:
		return neighbourMain()
	case stageSystemd:
		return systemdMain()
	}
	if os.Geteuid() != 0 {
		return leakless(m)
	}
	return withBinary(func() int {
		cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
		cmd.Args[0] = os.Args[0]
		cmd.Env = append(os.Environ(), stageEnv+"="+stageInit)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID}
		p, err := Start(cmd)
		if err != nil {
			os.Setenv(stageEnv, err.Error())
			return leakless(m)
		}
		return p.ExitCode()
	})
}

// NeedIsolation skips the test if it is not run by [Isolated], with the reason. In continuous integration that is a
// failure.
func NeedIsolation(t testing.TB) {
	t.Helper()
	switch stage := os.Getenv(stageEnv); {
	case stage == stageInside:
	case os.Geteuid() != 0:
		Missing(t, "not root: a private libvirtd with QEMU needs namespaces, a bridge and a loop device")
	default:
		Missing(t, "no namespaces: %s", stage)
	}
}

// initMain is the first process in the namespaces. It starts the tests, takes in the orphans as init must, and returns
// the tests' exit status. The kernel then kills what is left.
func initMain() int {
	if err := furnish(); err != nil {
		fmt.Fprintln(os.Stderr, "lab: cannot furnish the namespaces:", err)
		return 1
	}
	if err := errors.Join(os.Setenv(stageEnv, stageInside), os.Setenv("TMPDIR", ownTemp)); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return 1
	}
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}}
	pid, err := syscall.ForkExec("/proc/self/exe", os.Args, attr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return 1
	}
	for {
		var status syscall.WaitStatus
		child, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Fprintln(os.Stderr, "lab: wait:", err)
			return 1
		case child == pid && status.Signaled():
			fmt.Fprintln(os.Stderr, "lab: the tests were ended by", status.Signal())
			return 1
		case child == pid:
			return status.ExitStatus()
		}
	}
}

// furnish makes the namespaces a machine of their own.
func furnish() error {
	// Without this, mounts would find their way back to the system.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make / private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, dir := range ownDirs {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	if err := os.Mkdir(ownTemp, 0o755); err != nil {
		return err
	}
	if err := mountSys(); err != nil {
		return err
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("ip link set lo up: %w: %s", err, out)
	}
	return nil
}

// mountSys mounts a /sys that shows the new network namespace. The cgroups are below the old one, and are taken over.
func mountSys() error {
	const cgroups, aside = "/sys/fs/cgroup", "/run/cgroup"
	if err := os.Mkdir(aside, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(cgroups, aside, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("set %s aside: %w", cgroups, err)
	}
	if err := unix.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	if err := unix.Mount(aside, cgroups, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("take over %s: %w", cgroups, err)
	}
	return nil
}
