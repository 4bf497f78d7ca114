package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

const (
	// unitFile is the unit of systemd that is shipped.
	unitFile = "../cmd/vmond/dist/vmond.service"
	// maxExposure is what "systemd-analyze security" may make of it at most, in tenths: from 0 to 20 it says OK, and 100
	// is a service without any protection.
	maxExposure = "20"
)

// TestUnitExposure proves by systemd's own measure that the unit takes from vmond what it does not need, and that the
// measure tells a unit that does not.
func TestUnitExposure(t *testing.T) {
	t.Parallel()
	lab.Need(t, "systemd-analyze")
	tests := []struct {
		name string
		// without matches the lines that are left out.
		without string
		exposed bool
	}{
		{"as it is shipped", `^$`, false},
		{"as root and with root's capabilities", `^(User|Group|CapabilityBoundingSet|NoNewPrivileges)=`, true},
		{"with all system calls, namespaces and kinds of sockets", `^(SystemCall|Restrict|MemoryDeny)`, true},
		{"with the file systems and devices of the host", `^(Protect|Private|Device)`, true},
		{"without anything", `^(User|Group|CapabilityBoundingSet|NoNewPrivileges|SystemCall|Restrict|MemoryDeny|Protect|Private|Device|IPAddress)`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := unitWith(t, regexp.MustCompile(tt.without), "")
			out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold="+maxExposure, "--no-pager", path).CombinedOutput()
			verdict := overall(string(out))
			if verdict == "" {
				t.Fatalf("systemd-analyze gives no verdict: %v\n%s", err, out)
			}
			t.Log(verdict)
			if (err != nil) != tt.exposed {
				t.Errorf("unexpected verdict: %v\n%s", err, out)
			}
		})
	}
}

// overall returns the line in which systemd-analyze says what it makes of a unit.
func overall(out string) string {
	return regexp.MustCompile(`Overall exposure level for \S+: [0-9.]+ \w+`).FindString(out)
}

// TestUnitVerifies proves that systemd understands each line of the unit, and that it tells of one that it does not.
func TestUnitVerifies(t *testing.T) {
	t.Parallel()
	lab.Need(t, "systemd-analyze")
	tests := []struct {
		name, more, want string
	}{
		{"as it is shipped", "", ""},
		{"with a slip of the pen", "ProtectSytem=strict\n", "ProtectSytem"},
		{"with a value that there is not", "ProtectSystem=strictly\n", "strictly"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := unitWith(t, regexp.MustCompile(`^$`), tt.more)
			out, err := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput()
			if tt.want == "" && (err != nil || len(out) > 0) || !strings.Contains(string(out), tt.want) {
				t.Errorf("unexpected verdict: %v\n%s", err, out)
			}
		})
	}
}

// unitWith writes the unit without the lines that match, and with more lines at the end of its section Service, and
// returns its path. The program that it starts is one that there is, as systemd wants to see it.
func unitWith(t *testing.T, without *regexp.Regexp, more string) string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var unit strings.Builder
	for line := range strings.Lines(string(text)) {
		if line != "\n" && without.MatchString(strings.TrimSuffix(line, "\n")) {
			continue
		}
		if line == "[Install]\n" {
			unit.WriteString(more)
		}
		unit.WriteString(strings.ReplaceAll(line, "/usr/bin/vmond", self))
	}
	path := filepath.Join(t.TempDir(), filepath.Base(unitFile))
	if err := os.WriteFile(path, []byte(unit.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
