package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

func TestRecordedURI(t *testing.T) {
	t.Parallel()
	tests := []struct{ dir, want string }{
		{"/tmp/recording", "bhyve:///?recorded=/tmp/recording"},
		{"/tmp/a host & more", "bhyve:///?recorded=/tmp/a+host+%26+more"},
		{"/tmp/it's 100%", "bhyve:///?recorded=/tmp/it%27s+100%25"},
		{"/home/me@host", "bhyve:///?recorded=/home/me%40host"},
	}
	for _, tt := range tests {
		got := recordedURI(tt.dir)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: unexpected URI (-want +got):\n%s", tt.dir, diff)
		}
		if shown := hv.RedactURI(got); shown != got {
			t.Errorf("%s: it is shown as %q", got, shown)
		}
	}
}

// FuzzRecordedURI proves that the URI of a directory is for hv/bhyve, names that directory, and means nothing to the shell within
// quotes; and that no other text is taken for such a URI.
func FuzzRecordedURI(f *testing.F) {
	f.Add("/tmp/recording", "bhyve:///system")
	f.Fuzz(func(t *testing.T, dir, other string) {
		uri := recordedURI(dir)
		u, err := url.Parse(uri)
		if err != nil || !isNativeBhyve(uri) || strings.ContainsAny(uri, "' \n\x1b") {
			t.Fatalf("unexpected URI %q of %q: %v", uri, dir, err)
		}
		if diff := cmp.Diff(url.Values{"recorded": {dir}}, u.Query()); diff != "" {
			t.Errorf("unexpected parameters (-want +got):\n%s", diff)
		}
		if isNativeBhyve(other) && !strings.HasPrefix(strings.ToLower(other), "bhyve:") {
			t.Errorf("%q is taken for bhyve", other)
		}
	})
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"file": "four", "below/it/file": "seven.."} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if files, octets, err := measure(dir); files != 2 || octets != 11 || err != nil {
		t.Errorf("unexpected measure: %d files, %d octets, %v", files, octets, err)
	}
	if _, _, err := measure(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unexpected error of what is not there: %v", err)
	}
}
