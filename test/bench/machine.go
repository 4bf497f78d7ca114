package bench

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/vmond/vmond/test/lab"
)

// thisMachine tells where it is measured, and which vmond. What cannot be told is unknown.
func thisMachine() machine {
	m := machine{date: time.Now().UTC().Format(time.DateOnly), revision: unknown}
	built := unknown
	if info, err := buildinfo.ReadFile(os.Getenv(lab.BinaryEnv)); err == nil {
		m.revision, built = revisionOf(info.Settings), info.GoVersion
	}
	m.facts = []string{
		fmt.Sprintf("CPUs: %d of the model %s, of which vmond uses %d at once", runtime.NumCPU(), parseModel(read("/proc/cpuinfo")), runtime.GOMAXPROCS(0)),
		"memory: " + parseMemory(read("/proc/meminfo")),
		"kernel: " + parseWord(read("/proc/sys/kernel/ostype")) + " " + parseWord(read("/proc/sys/kernel/osrelease")),
		"Go: " + built,
		"snmpd: " + parseVersion(say(exec.Command("snmpd", "-v"))),
		"libvirtd: " + parseVersion(say(exec.Command("libvirtd", "--version"))),
		"QEMU: " + parseVersion(say(exec.Command("qemu-system-x86_64", "--version"))),
	}
	return m
}

// read returns what is in a file, or nothing.
func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// say returns what a program says of itself, or nothing.
func say(cmd *exec.Cmd) string {
	text, err := cmd.CombinedOutput()
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(text), "")
}
