package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good.toml")
	if err := os.WriteFile(good, []byte("[log]\nlevel = 'warn'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	huge := filepath.Join(dir, "huge.toml")
	if err := os.WriteFile(huge, []byte(strings.Repeat("#", maxFile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.toml")

	got, err := Load(good)
	if err != nil {
		t.Fatalf("failed to load: %v", err)
	}
	want := Default()
	want.Log.Level++
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected configuration (-want +got):\n%s", diff)
	}

	tests := []struct{ name, path, want string }{
		{"missing", missing, missing + ": no such file or directory"},
		{"directory", dir, dir + ": is not a file"},
		{"device", "/dev/zero", "/dev/zero: is not a file"},
		{"below a file", good + "/x", good + "/x: not a directory"},
		{"huge", huge, huge + ": has 1048577 octets, at most 1048576 are allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(tt.path)
			if err == nil {
				t.Fatal("unexpected success")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	c := Default()
	if err := c.Set("state.dir", "/tmp/x"); err != nil {
		t.Fatalf("failed to set: %v", err)
	}
	if c.State.Dir != "/tmp/x" {
		t.Errorf("unexpected directory %q", c.State.Dir)
	}
	before := c
	err := c.Set("log.level", "loud")
	if err == nil {
		t.Fatal("unexpected success")
	}
	want := `log.level must be "debug", "info", "warn" or "error", not "loud"`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("unexpected error (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, c); diff != "" {
		t.Errorf("unexpected change by a bad value (-want +got):\n%s", diff)
	}

	defer func() {
		if diff := cmp.Diff("config: no key log.lvl", recover()); diff != "" {
			t.Errorf("unexpected panic (-want +got):\n%s", diff)
		}
	}()
	_ = c.Set("log.lvl", "info")
}
