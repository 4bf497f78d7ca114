package integration

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// TestNames proves that net-snmp's tools show names, words and addresses with our MIB files alone, without any setting.
func TestNames(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	serveFixed(t, s)
	mibs := filepath.Join("..", "..", "mibs")
	path := mibs + ":" + filepath.Join(mibs, "stubs")
	out, err := s.Tool(exec.Command("snmpwalk", "-v2c", "-c", lab.Public, "-M", path, "-m", "VM-MIB", s.Addr, "vmMIB"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		if !strings.HasPrefix(name, "VM-MIB::vm") {
			t.Errorf("line %q has no name of VM-MIB", line)
		}
		got[strings.TrimPrefix(name, "VM-MIB::")] = value
	}
	if names, _ := golden(t); len(got) != len(names) {
		t.Errorf("%d variables, want %d", len(got), len(names))
	}
	tests := []struct{ name, want string }{
		{"vmHvSoftware.0", "STRING: QEMU"},
		{"vmHvUpTime.0", "Timeticks: (356760042) 41 days, 7:00:00.42"},
		{"vmUUID.1", "STRING: 6c6e2f5c-1d3b-4a86-9f1f-2f6a3c0d9e01"},
		{"vmName.2", "STRING: große-データベース"},
		{"vmAdminState.2", "INTEGER: paused(3)"},
		{"vmOperState.1", "INTEGER: running(4)"},
		{"vmAutoStart.1", "INTEGER: enabled(2)"},
		{"vmPersistent.5", "INTEGER: transient(3)"},
		{"vmCpuTime.1", "Counter64: 1234567 microsecond"},
		{"vmCpuAffinity.1.1.196608", "INTEGER: enable(1)"},
		{"vmCpuAffinity.1.1.196612", "INTEGER: disable(2)"},
		{"vmStorageSourceType.1.1", "INTEGER: sparse(5)"},
		{"vmStorageAccess.1.4", "INTEGER: readonly(3)"},
		{"vmStorageMediaType.1.9", "INTEGER: opticalDisk(4)"},
		// net-snmp writes an octet of this hint without its zero in front.
		{"vmNetworkPhysAddress.1.1", "STRING: 52:54:0:12:34:56"},
		{"vmPerVMNotificationsEnabled.0", "INTEGER: false(2)"},
	}
	for _, tt := range tests {
		if got[tt.name] != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, got[tt.name], tt.want)
		}
	}
}
