package main

import (
	"strings"
	"testing"
)

// TestAsRoot proves that nobody is told that root is not needed where it is of use.
func TestAsRoot(t *testing.T) {
	t.Parallel()
	if got, want := asRoot("linux"), "running as root, which vmond has no need of"; got != want {
		t.Errorf("unexpected text %q", got)
	}
	if got := asRoot("freebsd"); !strings.HasPrefix(got, "running as root, ") || strings.Contains(got, "no need") {
		t.Errorf("unexpected text on FreeBSD: %q", got)
	}
}
