package lab

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// cpuEnv names the CPU on which programs are started, as taskset(1) counts them.
const cpuEnv = "VMOND_TEST_CPU"

// decimal has the digits that the number of a CPU is made of.
const decimal = "0123456789"

// UseOneCPU has all programs that the test starts share one CPU, the first that it may use itself. The test must not be parallel.
func UseOneCPU(t *testing.T) {
	t.Helper()
	Need(t, "taskset")
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	cpu, err := parseFirstCPU(status)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(cpuEnv, cpu)
}

// parseFirstCPU returns the number of the first CPU in the list of those that a process may use, from its status file
// (proc_pid_status(5)).
func parseFirstCPU(status []byte) (string, error) {
	_, list, _ := strings.Cut("\n"+string(status), "\nCpus_allowed_list:\t")
	first := list[:len(list)-len(strings.TrimLeft(list, decimal))]
	if first == "" {
		return "", fmt.Errorf("the status of a process has no list of CPUs: %q", status)
	}
	return first, nil
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
