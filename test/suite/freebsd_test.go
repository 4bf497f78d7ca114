package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeCompiler is a program that notes how it is called, and fails to vet for arm64.
const fakeCompiler = `#!/bin/sh
echo "$GOOS $GOARCH $CGO_ENABLED: $*" >> "$NOTES"
echo "which packages have no tests"
if [ "$GOARCH $1" = "arm64 vet" ]; then echo "undefined: x" >&2; exit 1; fi
`

// TestFreeBSD proves that all is built and vetted for both architectures, also after an error, and that tests are compiled too.
func TestFreeBSD(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(fakeCompiler), 0o755); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(dir, "notes")
	t.Setenv("PATH", dir)
	t.Setenv("NOTES", notes)
	t.Setenv("GOOS", "linux") // whatever the suite is run with
	t.Setenv("CGO_ENABLED", "1")
	var out bytes.Buffer
	err := (&suite{}).freebsd(t.Context(), &turn{out: &out})
	if want := "freebsd on arm64: go vet ./...: exit status 1"; err == nil || err.Error() != want {
		t.Errorf("unexpected error %v, want %s", err, want)
	}
	if diff := cmp.Diff("undefined: x\n", out.String()); diff != "" {
		t.Errorf("unexpected output (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"freebsd amd64 0: build ./...",
		"freebsd amd64 0: vet ./...",
		"freebsd amd64 0: test -vet=off -c -o /dev/null ./...",
		"freebsd arm64 0: build ./...",
		"freebsd arm64 0: vet ./...",
		"freebsd arm64 0: test -vet=off -c -o /dev/null ./hv/bhyve/... ./cmd/...",
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(text)), "\n")); diff != "" {
		t.Errorf("unexpected commands (-want +got):\n%s", diff)
	}
}
