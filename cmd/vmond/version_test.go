package main

import (
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVersionOf(t *testing.T) {
	t.Parallel()
	of := func(version string) *debug.BuildInfo { return &debug.BuildInfo{Main: debug.Module{Version: version}} }
	tests := []struct {
		name, release string
		info          *debug.BuildInfo
		want          string
	}{
		{"nothing is known", "", nil, "devel"},
		{"no module", "", of(""), "devel"},
		{"no repository", "", of("(devel)"), "devel"},
		{"a tag", "", of("v1.2.3"), "v1.2.3"},
		{"a release", "v1.2.4", of("(devel)"), "v1.2.4"},
		{"a release of a module", "v1.2.4", of("v1.2.3"), "v1.2.4"},
		{"a release and nothing else", "v1.2.4", nil, "v1.2.4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, versionOf(tt.release, tt.info)); diff != "" {
				t.Errorf("unexpected version (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPortVersion proves that a program that is built as the port builds it says which release it is.
func TestPortVersion(t *testing.T) {
	t.Parallel()
	p := readPort(t)
	release := p.vars["DISTVERSIONPREFIX"] + p.vars["DISTVERSION"]
	flags := strings.ReplaceAll(p.vars["GO_BUILDFLAGS"], "${DISTVERSIONFULL}", release)
	program := filepath.Join(t.TempDir(), "vmond")
	// A shell reads the flags, as it does in the ports tree.
	build := exec.Command("sh", "-c", "go build -buildvcs=false -o '"+program+"' "+flags+" .")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("vmond "+release+"\n", string(out)); diff != "" {
		t.Errorf("unexpected version (-want +got):\n%s", diff)
	}
}
