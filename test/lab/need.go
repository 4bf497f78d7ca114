package lab

import (
	"os"
	"os/exec"
	"testing"
)

// InCI reports whether this is continuous integration, where nothing may be missing: the environment's CI is "true".
func InCI() bool { return os.Getenv("CI") == "true" }

// Need skips the test if one of the programs is not installed, and names it. In continuous integration that is a
// failure.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			Missing(t, "%s is not installed: make test installs it", program)
		}
	}
}

// Missing skips the test for want of a real component, with the reason. In continuous integration it fails the test.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if InCI() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
