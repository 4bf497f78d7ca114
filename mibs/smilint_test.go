package mibs_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmond/vmond/mibs"
)

// smilintLevel is the level of its complaints up to which there is to be none: 1 and 2 are errors, 3 and 4 what is
// wrong in most modules. From 5 on smilint tells of what is fine here, such as types that other modules use.
const smilintLevel = "4"

// smilint returns the complaints about a module, but for those that are ignored.
func smilint(t *testing.T, path, name string, ignored ...string) string {
	t.Helper()
	// An empty configuration, as the system's adds directories and hides complaints.
	config := filepath.Join(write(t, "smi.conf", ""), "smi.conf")
	args := []string{"-c", config, "-m", "-s", "-l", smilintLevel}
	for _, tag := range ignored {
		args = append(args, "-i", tag)
	}
	out, errs := run(t, []string{"SMIPATH=" + path}, "smilint", append(args, name)...)
	return out + errs
}

func TestSmilintHasNoComplaint(t *testing.T) {
	t.Parallel()
	for _, name := range everyModule(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ignored []string
			if _, err := fs.Stat(mibs.FS(), "stubs/"+name+".txt"); err == nil {
				ignored = []string{"group-membership"} // an excerpt of a group would be another group
			}
			if got := smilint(t, searchPath(".", "stubs"), name, ignored...); got != "" {
				t.Errorf("unexpected complaints:\n%s", got)
			}
		})
	}
}

// A smilint that did not find or read the module would have no complaint either.
func TestSmilintComplainsOfAnError(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, from, to, want string }{
		{"import", "    Counter64, Integer32, mib-2\n", "    Integer32, mib-2\n", "Counter64"},
		{"group member", "        vmName,\n        vmUUID,", "        vmUUID,", "vmName"},
		{"access", "MAX-ACCESS   accessible-for-notify", "MAX-ACCESS   not-accessible", "vmAffectedVMs"},
		{"sequence", "    vmCpuTime            Counter64\n", "    vmCpuTime            Integer32\n", "vmCpuTime"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const file = "VM-MIB.txt"
			text := string(clone(t)[file].Data)
			broken := strings.Replace(text, tt.from, tt.to, 1)
			if broken == text {
				t.Fatalf("there is no %q to change", tt.from)
			}
			dir := write(t, file, broken)
			if got := smilint(t, searchPath(dir, ".", "stubs"), "VM-MIB"); !strings.Contains(got, tt.want) {
				t.Errorf("no complaint about %s:\n%s", tt.want, got)
			}
		})
	}
}
