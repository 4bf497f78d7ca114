package lab

import (
	"os"
	"os/exec"
	"testing"
)

// cpuEnv names the CPU on which programs are started, as taskset(1) counts them.
const cpuEnv = "VMOND_TEST_CPU"

// UseOneCPU has all programs that the test starts share one CPU, the first. The test must not be parallel.
func UseOneCPU(t *testing.T) {
	t.Helper()
	Need(t, "taskset")
	t.Setenv(cpuEnv, "0")
}

// pin has cmd run where [UseOneCPU] wants it, if it does.
func pin(cmd *exec.Cmd) {
	cpu := os.Getenv(cpuEnv)
	if cpu == "" || cmd.Err != nil {
		return
	}
	by := exec.Command("taskset", append([]string{"-c", cpu, cmd.Path}, cmd.Args[1:]...)...)
	cmd.Path, cmd.Args, cmd.Err = by.Path, by.Args, by.Err
}
