package freebsd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listing returns what is below a directory, with the modes.
func listing(t *testing.T, dir string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		lines = append(lines, info.Mode().String()+" "+name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestVacant proves which directories a recording may be written into, and that nothing is written into any other: neither where
// another user wants it, nor where something is.
func TestVacant(t *testing.T) {
	t.Parallel()
	const taken = `the directory "dir" cannot take a recording: `
	tests := []struct {
		name    string
		prepare func(dir string) error
		want    string
	}{
		{name: "none", prepare: func(string) error { return nil }},
		{name: "empty", prepare: func(dir string) error { return os.Mkdir(dir, 0o700) }},
		{
			name:    "empty and open to all",
			prepare: func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) },
		},
		{
			name: "not empty", want: taken + "it is not empty",
			prepare: func(dir string) error { return os.MkdirAll(filepath.Join(dir, "below"), 0o755) },
		},
		{
			name: "a file", want: taken + "it is not a directory",
			prepare: func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
		},
		{
			name: "a link to an empty directory", want: taken + "it is a symbolic link",
			prepare: func(dir string) error {
				return errors.Join(os.Mkdir(dir+".other", 0o700), os.Symlink(dir+".other", dir))
			},
		},
		{
			name: "a link to nothing", want: taken + "it is a symbolic link",
			prepare: func(dir string) error { return os.Symlink(dir+".none", dir) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			above := t.TempDir()
			dir := filepath.Join(above, "dir")
			if err := tt.prepare(dir); err != nil {
				t.Fatal(err)
			}
			before := listing(t, above)
			got := ""
			if err := Vacant(dir + "/"); err != nil {
				got = strings.ReplaceAll(err.Error(), dir, "dir")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, listing(t, above)); diff != "" {
				t.Errorf("the look has changed something (-want +got):\n%s", diff)
			}
			err := oddHost().Save(dir + "/")
			if tt.want == "" {
				if info, statErr := os.Stat(dir); err != nil || statErr != nil || info.Mode() != fs.ModeDir|dirMode {
					t.Errorf("unexpected result %v, %v, %v", err, info, statErr)
				}
				return
			}
			if err == nil {
				t.Error("it is written into")
			}
			if diff := cmp.Diff(before, listing(t, above)); diff != "" {
				t.Errorf("something was written (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOwn proves that a directory is its owner's, whoever else may write there.
func TestOwn(t *testing.T) {
	t.Parallel()
	info, err := os.Lstat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := own(info, os.Geteuid()); err != nil {
		t.Errorf("unexpected error %v", err)
	}
	if err := own(info, os.Geteuid()+1); err == nil {
		t.Error("another user's directory is taken for ours")
	}
}

// TestShut proves that a directory that was put in the place of another is not taken for it.
func TestShut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	info, err := os.Lstat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := shut(root, info); err == nil || err.Error() != "another was put in its place" {
		t.Errorf("unexpected error %v", err)
	}
	if is, err := os.Stat(dir); err != nil || is.Mode().Perm() != 0o755 {
		t.Errorf("it was changed: %v, %v", is, err)
	}
}
