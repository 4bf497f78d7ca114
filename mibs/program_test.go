package mibs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs an outside program with nothing of the machine's configuration, and returns what it wrote to its standard
// output and to its standard error. Without the program the test is skipped, but not where CI is set: there it fails.
func run(t *testing.T, env []string, name string, args ...string) (stdout, stderr string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	home := t.TempDir()
	// Where this directory is not there, net-snmp makes it, and says so among the warnings.
	if err := os.Mkdir(filepath.Join(home, "cert_indexes"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "SNMPCONFPATH=" + home, "SNMP_PERSISTENT_DIR=" + home, "LC_ALL=C",
	}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, &out, &errs)
	}
	return out.String(), errs.String()
}

// searchPath joins directories as the programs want them.
func searchPath(dirs ...string) string { return strings.Join(dirs, string(os.PathListSeparator)) }

// write writes a file and returns its directory.
func write(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
