package librenms

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWriteFiles proves that both files are whole, may be read by everybody, and leave nothing else behind, be they new or there
// already.
func TestWriteFiles(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "hv_monitor.json")
	for _, text := range []string{"the first", "a second one, which is longer", "3rd"} {
		d := Failed(2, "libvirt", text)
		if err := WriteFiles(base, d); err != nil {
			t.Fatalf("failed to write: %v", err)
		}
		want := map[string]string{
			"hv_monitor.json": string(d.JSON()), "hv_monitor.json.snmp": string(d.Compressed(MaxCompressed)) + "\n",
		}
		if diff := cmp.Diff(want, contents(t, filepath.Dir(base))); diff != "" {
			t.Errorf("unexpected files (-want +got):\n%s", diff)
		}
	}
}

// TestWriteFilesFails proves that what cannot be written changes nothing and leaves nothing behind.
func TestWriteFilesFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// base is where to write, below a directory in which all else stays as it is.
		base string
	}{
		{"no directory", "none/hv.json"},
		{"a directory in the place of the plain one", "taken"},
		{"a directory in the place of the compressed one", "other"},
		{"too long a name", string(slices.Repeat([]byte("x"), 300))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, name := range []string{"taken/x", "other.snmp/x"} {
				if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := WriteFiles(filepath.Join(dir, tt.base), Failed(1, "", "x")); err == nil {
				t.Error("unexpected success")
			}
			for name := range contents(t, dir) {
				if name != "taken.snmp" && name != "other" {
					t.Errorf("%s is left behind", name)
				}
			}
		})
	}
}
