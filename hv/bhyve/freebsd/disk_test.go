package freebsd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDisk proves that files are read as they are, however they are reached.
func TestDisk(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, link := filepath.Join(dir, "b.conf"), filepath.Join(dir, "a")
	if err := os.WriteFile(file, []byte("one\ntwo\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 8, 20, 9, 7, 55, 0, time.UTC)
	if err := os.Chtimes(file, when, when); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("b.conf", link); err != nil {
		t.Fatal(err)
	}
	d := disk{}
	names, err := d.ReadDir(dir)
	if diff := cmp.Diff([]string{"a", "b.conf"}, names); err != nil || diff != "" {
		t.Errorf("unexpected names (-want +got):\n%s, %v", diff, err)
	}
	for _, path := range []string{file, link} {
		if got, err := d.ReadFile(path); err != nil || string(got) != "one\ntwo\n" {
			t.Errorf("%q has %q, %v", path, got, err)
		}
		for n, want := range map[int]string{0: "", 4: "two\n", 8: "one\ntwo\n", 1000: "one\ntwo\n"} {
			if got, err := d.Tail(path, n); err != nil || string(got) != want {
				t.Errorf("the last %d of %q are %q, %v, want %q", n, path, got, err, want)
			}
		}
		got, err := d.Stat(path)
		if err != nil {
			t.Error(err)
		}
		if !got.Modified.Equal(when) || got.Allocated < got.Size {
			t.Errorf("unexpected stat %+v", got)
		}
		got.Modified, got.Allocated = time.Time{}, 0
		if diff := cmp.Diff(Stat{Path: file, Mode: 0o640, Size: 8}, got); diff != "" {
			t.Errorf("unexpected stat of %q (-want +got):\n%s", path, diff)
		}
	}
}

// TestDiskSparse proves that what a file takes is told apart from how long it is.
func TestDiskSparse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const size = 1 << 30
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	got, err := disk{}.Stat(file)
	if err != nil || got.Size != size || got.Allocated >= size {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDiskRefuses proves that nothing is read that hangs, goes on without end or is too long.
func TestDiskRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo, long, fits := filepath.Join(dir, "fifo"), filepath.Join(dir, "long"), filepath.Join(dir, "fits")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, size := range map[string]int64{long: maxFile + 1, fits: maxFile} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	d := disk{}
	if got, err := d.ReadFile(fits); err != nil || len(got) != maxFile {
		t.Errorf("%d octets, %v", len(got), err)
	}
	if _, err := d.ReadFile(long); err == nil || !strings.Contains(err.Error(), "longer than 1048576 octets") {
		t.Errorf("the error of a long file is %v", err)
	}
	for _, path := range []string{fifo, dir, "/dev/zero"} {
		if _, err := d.ReadFile(path); err == nil || !strings.Contains(err.Error(), "is no regular file") {
			t.Errorf("the error of reading %q is %v", path, err)
		}
		if _, err := d.Tail(path, 1); err == nil || !strings.Contains(err.Error(), "is no regular file") {
			t.Errorf("the error of the end of %q is %v", path, err)
		}
	}
	if _, err := d.ReadDir(fifo); err == nil {
		t.Error("a FIFO is a directory")
	}
}

// TestDiskNone proves that what is not there is told so by each.
func TestDiskNone(t *testing.T) {
	t.Parallel()
	d, path := disk{}, filepath.Join(t.TempDir(), "none")
	if err := os.Symlink("nowhere", path+"-link"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, path + "-link", path + "/below"} {
		_, list := d.ReadDir(path)
		_, read := d.ReadFile(path)
		_, tail := d.Tail(path, 1)
		_, stat := d.Stat(path)
		for _, err := range []error{list, read, tail, stat} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the error of %q is %v", path, err)
			}
		}
	}
}
