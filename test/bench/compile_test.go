package bench

import (
	"os/exec"
	"strings"
	"testing"
)

// netSnmpConfig returns the flags that programs on net-snmp's library are compiled with (net-snmp-config(1)).
func netSnmpConfig(t *testing.T, which string) []string {
	t.Helper()
	out, err := exec.Command("net-snmp-config", which).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// compile compiles what is in the directory peer.
func compile(t *testing.T, flags, libraries []string) {
	t.Helper()
	args := append([]string{"-O2", "-Wall"}, flags...)
	cmd := exec.Command("gcc", append(args, libraries...)...)
	cmd.Dir = "peer"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}
