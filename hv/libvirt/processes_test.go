package libvirt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmond/vmond/hv"
)

// TestProcessesReused has a PID become another process's after the list of all was read.
func TestProcessesReused(t *testing.T) {
	t.Parallel()
	here := qemuHost(t)
	d := domain{name: "vm", uuid: hv.UUID(uuid(1))}
	var procs processes
	if p := procs.find(t.Context(), here, driverQEMU, d); p == nil || p.pid != 42 || p.start != 2050 {
		t.Fatalf("unexpected process: %+v", p)
	}
	write(t, here.root, map[string]string{"proc/42/cmdline": "bash\x00"})
	if p := procs.find(t.Context(), here, driverQEMU, d); p != nil {
		t.Errorf("unexpected process after its PID is another's: %+v", p)
	}
}

// TestProcessSure has the process change while it is looked at.
func TestProcessSure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		is   func(t *testing.T, root string) bool
		want bool
	}{
		"it is":     {func(*testing.T, string) bool { return true }, true},
		"it is not": {func(*testing.T, string) bool { return false }, false},
		"another has its PID": {func(t *testing.T, root string) bool {
			write(t, root, map[string]string{"proc/42/stat": strings.Replace(qemuStat, " 2050 ", " 2051 ", 1)})
			return true
		}, false},
		"it ends": {func(t *testing.T, root string) bool {
			if err := os.RemoveAll(filepath.Join(root, "proc/42")); err != nil {
				t.Fatalf("failed to remove: %v", err)
			}
			return true
		}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here := qemuHost(t)
			if p := here.sure(42, func(*process) bool { return tt.is(t, here.root) }); (p != nil) != tt.want {
				t.Errorf("unexpected process: %+v", p)
			}
		})
	}
}
