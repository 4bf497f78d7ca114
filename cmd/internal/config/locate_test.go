package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{"section", "[hypervisor]\n# ours\nuri = 'qemx:///system'\n", "FILE:3: hypervisor.uri cannot be used: no such driver"},
		{"dotted key", "\nhypervisor.uri = 'qemx:///system'\n", "FILE:2: hypervisor.uri cannot be used: no such driver"},
		{"inline table", "hypervisor = {states = '2s', uri = 'qemx:///system'}", "FILE:1: hypervisor.uri cannot be used: no such driver"},
		{"not given", "hypervisor.states = '2s'", "no such driver"},
		{"another error before it", "hypervisor.states = '0s'\nhypervisor.uri = 'qemx:///system'", "no such driver"},
		{"no TOML any more", "[hypervisor", "no such driver"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "vmond.toml")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(tt.want, "FILE", file, 1)
			got := Locate(file, "hypervisor.uri", errors.New("no such driver"))
			if diff := cmp.Diff(want, got.Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLocateNoFile(t *testing.T) {
	t.Parallel()
	err := errors.New("no such driver")
	if got := Locate(filepath.Join(t.TempDir(), "none.toml"), "hypervisor.uri", err); got != err {
		t.Errorf("unexpected error %v, want %v", got, err)
	}
}
