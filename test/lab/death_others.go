//go:build !linux

package lab

import (
	"os/exec"
	"syscall"
)

// dieWithParent puts the process into a group of its own. Only Linux can do more.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}
