package librenms

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/test/nms"
)

// TestWriteFiles proves what is in the two files, that everybody may read them, and that nothing else is there.
func TestWriteFiles(t *testing.T) { // not parallel: the umask is that of all
	defer syscall.Umask(syscall.Umask(0o077))
	dir := t.TempDir()
	base := filepath.Join(dir, "hv_monitor.json")
	elsewhere := filepath.Join(dir, "elsewhere")
	if err := errors.Join(os.WriteFile(elsewhere, nil, 0o600), os.Symlink(elsewhere, base)); err != nil {
		t.Fatal(err)
	}
	d := New(libvirtLab(), Limits{})
	for range 2 {
		if err := WriteFiles(base, d); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][]byte{
		base: d.JSON(), base + ".snmp": append(d.Compressed(MaxCompressed), '\n'), elsewhere: nil,
	} {
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s = %q, %v, want %q", name, got, err, want)
		}
		if name == elsewhere {
			continue
		}
		nms.Check(t, got)
		if info, err := os.Lstat(name); err != nil || info.Mode() != 0o644 {
			t.Errorf("%s: %v, %v, want a file that everybody may read", name, info.Mode(), err)
		}
	}
	entries(t, dir, "elsewhere", "hv_monitor.json", "hv_monitor.json.snmp")
}

// entries proves what is in a directory.
func entries(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range list {
		if i >= len(want) || e.Name() != want[i] {
			t.Errorf("%q is in the directory, want %q", e.Name(), want)
		}
	}
	if len(list) < len(want) {
		t.Errorf("%d files are in the directory, want %q", len(list), want)
	}
}

// TestWriteFilesFails proves that what is in the way is told, that it stays, and that nothing is left beside it.
func TestWriteFilesFails(t *testing.T) {
	t.Parallel()
	d := New(libvirtLab(), Limits{})
	t.Run("no directory", func(t *testing.T) {
		t.Parallel()
		base := filepath.Join(t.TempDir(), "none", "base")
		if err := WriteFiles(base, d); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("a directory in the place", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "base"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := WriteFiles(filepath.Join(dir, "base"), d); !errors.Is(err, fs.ErrExist) {
			t.Errorf("error = %v", err)
		}
		entries(t, dir, "base", "base.snmp")
	})
	t.Run("a directory in the place of the other", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "base.snmp"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := WriteFiles(filepath.Join(dir, "base"), d); !errors.Is(err, fs.ErrExist) {
			t.Errorf("error = %v", err)
		}
		entries(t, dir, "base", "base.snmp")
	})
}

// TestWriteFilesWhole proves that who reads while the files are replaced has the whole of one document.
func TestWriteFilesWhole(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "base")
	documents := []*Document{New(farm(5), Limits{}), New(snapshot(linuxHost(), machine(1, "a", hv.StateRunning)), Limits{})}
	known := map[string]bool{}
	for _, d := range documents {
		known[taken(t, d.JSON())], known[taken(t, d.Compressed(MaxCompressed))+"\n"] = true, true
	}
	if err := WriteFiles(base, documents[0]); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, name := range []string{base, base + ".snmp"} {
		readers.Go(func() {
			for {
				got, err := os.ReadFile(name)
				if err != nil || !known[string(got)] {
					t.Errorf("%s = %d octets, %v, want the whole of a document", name, len(got), err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 50 {
		if err := WriteFiles(base, documents[i%2]); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
}
