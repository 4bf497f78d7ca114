package lab

import (
	"os"
	"os/exec"
	"syscall"
)

// nobody is the user and the group without rights, as Linux numbers them.
const nobody = 65534

// asNobody lets a program run without root's rights: for root, libvirtd would be the system's, with its directories.
func asNobody(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

// giveToNobody lets such a program write into dir.
func giveToNobody(dir string) error {
	if os.Geteuid() == 0 {
		return os.Chown(dir, nobody, nobody)
	}
	return nil
}
