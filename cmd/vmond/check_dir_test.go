package main

import (
	"runtime"
	"testing"
)

// TestStarter proves that whoever misses a directory learns what makes it on that operating system.
func TestStarter(t *testing.T) {
	t.Parallel()
	for goos, want := range map[string]string{"linux": "the unit", "freebsd": "the rc.d script"} {
		if got := starter(goos); got != want {
			t.Errorf("unexpected starter on %s: %q", goos, got)
		}
	}
	if runtime.GOOS == "linux" && (stateDir() != "/var/lib/vmond" || runtimeDir() != "/run/vmond") {
		t.Errorf("unexpected directories %q and %q", stateDir(), runtimeDir())
	}
}
