package vmbhyve

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// A disk is the file system that the tests run on.
type disk struct{}

func (disk) ReadDir(path string) ([]string, error) {
	d, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, errors.Join(err, d.Close())
}

func (disk) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

func (disk) Tail(path string, n int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(-int64(n), io.SeekEnd); err != nil {
		_, err = f.Seek(0, io.SeekStart)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	tail, err := io.ReadAll(f)
	return tail, errors.Join(err, f.Close())
}

func (disk) Stat(path string) (freebsd.Stat, error) {
	info, err := os.Stat(path)
	if err != nil {
		return freebsd.Stat{}, err
	}
	real, err := filepath.EvalSymlinks(path)
	return freebsd.Stat{Path: real, Mode: info.Mode(), Size: info.Size(), Modified: info.ModTime()}, err
}

func (disk) Clock() (freebsd.Clock, error) { return freebsd.Clock{Now: time.Now()}, nil }

// BenchmarkGuests looks at a thousand virtual machines of which nothing was written since.
func BenchmarkGuests(b *testing.B) {
	const many = 1000
	root := b.TempDir()
	log := text(b, "testdata/host/zroot/vm/web01/vm-bhyve.log")
	for i := range many {
		name := fmt.Sprintf("vm%04d", i)
		dir := filepath.Join(root, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for file, content := range map[string]string{name + ".conf": "cpu=1\n", "run.lock": "hv1\n", "vm-bhyve.log": log} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	a := &asked{System: disk{}, reads: map[string]int{}}
	reader := NewReader(a)
	s := Setup{Datastores: []Datastore{{Name: "default", Path: root}}}
	if guests, err := reader.Guests(s); err != nil || len(guests) != many {
		b.Fatalf("unexpected %d virtual machines, error %v", len(guests), err)
	}
	a.took()
	for b.Loop() {
		guests, err := reader.Guests(s)
		if err != nil {
			b.Fatal(err)
		}
		for _, g := range guests {
			if _, err := reader.Config(g); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.StopTimer()
	for path, n := range a.reads {
		if filepath.Base(path) == logFile || n > 1 {
			b.Fatalf("%q was read %d times", path, n)
		}
	}
}
