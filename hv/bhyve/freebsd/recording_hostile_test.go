package freebsd

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOpenRecordingHostile proves that a recording which somebody else has made reads nothing outside of it, waits for nobody, and takes
// no more memory than there is.
func TestOpenRecordingHostile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		put  func(t *testing.T, file string)
		want string
	}{
		{"a link out of it", func(t *testing.T, file string) {
			secret := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, []byte("outside"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(secret, file); err != nil {
				t.Fatal(err)
			}
		}, "escapes"},
		{"a pipe", func(t *testing.T, file string) {
			if err := syscall.Mkfifo(file, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "is no regular file"},
		{"a directory", func(t *testing.T, file string) {
			if err := os.Mkdir(file, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is no regular file"},
		{"a file without end", func(t *testing.T, file string) {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(file, 1<<40); err != nil {
				t.Fatal(err)
			}
		}, "too many"},
	}
	for _, tt := range tests {
		for _, file := range []string{"answer", indexFile} {
			t.Run(tt.name+" for the "+file, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if file != indexFile {
					index := "sysctl\tkern.osrelease\t->\tfile=" + file + "\n"
					if err := os.WriteFile(filepath.Join(dir, indexFile), []byte(index), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				tt.put(t, filepath.Join(dir, file))
				r, err := OpenRecording(dir)
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("unexpected recording %v, %v; want an error with %q", r, err, tt.want)
				}
			})
		}
	}
}
