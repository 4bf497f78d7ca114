package config

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	tests := []struct{ goos, file, state, control string }{
		{"linux", "/etc/vmond/vmond.toml", "/var/lib/vmond", "/run/vmond/control.sock"},
		{"freebsd", "/usr/local/etc/vmond/vmond.toml", "/var/db/vmond", "/var/run/vmond/control.sock"},
	}
	for _, tt := range tests {
		t.Run(tt.goos, func(t *testing.T) {
			t.Parallel()
			got := placesOn(tt.goos)
			if diff := cmp.Diff([]string{tt.file, tt.state, tt.control}, []string{got.file, got.state, got.control}); diff != "" {
				t.Errorf("unexpected places (-want +got):\n%s", diff)
			}
			c := defaultOn(tt.goos)
			if c.State.Dir != tt.state || c.Control.Path != tt.control {
				t.Errorf("unexpected defaults %q and %q", c.State.Dir, c.Control.Path)
			}
			if tt.goos == runtime.GOOS && (DefaultFile() != tt.file || DefaultControl() != tt.control || Default().State.Dir != tt.state) {
				t.Errorf("unexpected places here: %q, %q, %q", DefaultFile(), DefaultControl(), Default().State.Dir)
			}
		})
	}
}

// TestReferencesDiffer proves that the reference file of FreeBSD has the same lines but for places and commands, each of which is
// in the file, and none of Linux's.
func TestReferencesDiffer(t *testing.T) {
	t.Parallel()
	words := placesOn("freebsd").words
	linux, freebsd := strings.Split(referenceOn("linux"), "\n"), strings.Split(referenceOn("freebsd"), "\n")
	if len(linux) != len(freebsd) {
		t.Fatalf("%d lines, %d on Linux", len(freebsd), len(linux))
	}
	differ := 0
	for i := range linux {
		if linux[i] != freebsd[i] {
			differ++
		}
		for _, strange := range []string{"systemctl", "/etc/snmp", "/var/lib/vmond", `"/run/`} {
			if strings.Contains(freebsd[i], strange) {
				t.Errorf("line %d has %s: %s", i+1, strange, freebsd[i])
			}
		}
	}
	if want := len(words) / 2; differ != want {
		t.Errorf("%d lines differ, %d have words of their own", differ, want)
	}
	for i := 0; i < len(words); i += 2 {
		if strings.Count(reference, words[i]) != 1 {
			t.Errorf("%q is not in the file once", words[i])
		}
	}
}
