package lab

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vmond/vmond/hv"
)

const (
	// stageNeighbour is a copy of the test binary that becomes a second libvirtd.
	stageNeighbour = "neighbour"
	// neighbourEnv is the directory of its sockets.
	neighbourEnv = "VMOND_LAB_NEIGHBOUR"
)

// StartNeighbour starts a second libvirtd beside that of the guests, in a mount namespace of its own, so that they can
// be migrated to it: the network and the files of the guests both see. What QEMU can do it need not ask again.
func (g *Guests) StartNeighbour(t testing.TB) *Libvirtd {
	t.Helper()
	dir := ShortDir(t)
	l := &Libvirtd{Socket: filepath.Join(dir, "libvirt-sock"), driver: "qemu", path: "/system"}
	l.command = func() *exec.Cmd {
		cmd := exec.Command("/proc/self/exe")
		cmd.Args[0] = "libvirtd"
		cmd.Env = append(os.Environ(), stageEnv+"="+stageNeighbour, neighbourEnv+"="+dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
		return cmd
	}
	l.end = func() error { return endGuests(l) }
	l.Again(t)
	Eventually(t, firstContact, "the neighbour knows QEMU", func() error {
		_, err := l.TryVirsh("version")
		return err
	})
	return l
}

// neighbourMain furnishes the mount namespace and becomes libvirtd. It returns only if it cannot.
func neighbourMain() int {
	fmt.Fprintln(os.Stderr, "lab: cannot become a libvirtd:", becomeNeighbour(os.Getenv(neighbourEnv)))
	return 1
}

func becomeNeighbour(dir string) error {
	if err := emptyLibvirtDirs(); err != nil {
		return err
	}
	// libvirt does not migrate within one host, and takes hosts of the same UUID for one. It makes control groups whose
	// names both could come to: one of them has to do without.
	var host hv.UUID
	rand.Read(host[:])
	conf := libvirtdConfText + fmt.Sprintf("unix_sock_dir = %q\nhost_uuid = %q\n", dir, host)
	if err := errors.Join(
		os.WriteFile(qemuConf, []byte(qemuConfText+"cgroup_controllers = []\n"), 0o600),
		os.WriteFile(libvirtdConf, []byte(conf), 0o600),
	); err != nil {
		return err
	}
	program, err := exec.LookPath("libvirtd")
	if err != nil {
		return err
	}
	return unix.Exec(program, []string{"libvirtd", "-f", libvirtdConf, "-p", "/run/libvirt/libvirtd.pid"}, os.Environ())
}
