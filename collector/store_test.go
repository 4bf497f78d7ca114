package collector

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.etcd.io/bbolt"

	"github.com/vmond/vmond/hv"
)

func TestStoreReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	s, err := OpenStore(path)
	if err != nil {
		t.Fatal(err)
	}
	wantMeta := meta{Version: storeVersion, Life: "life", LastChange: hv.Some(time.Minute)}
	want := map[string]*record{
		"a": {Index: 1, Name: "with \x00 and \"", Disks: numbers{"vda": 1}, NICs: numbers{"52:54:00:00:00:01": 2}},
		"b": {Index: 2, Admin: hv.AdminRunning, Run: 9, Started: hv.Some(time.Hour), StartedRun: 8},
		"c": {Index: 3, Gone: hv.Some(time.Second)},
	}
	if err := s.save(wantMeta, want); err != nil {
		t.Fatal(err)
	}
	if err := s.save(wantMeta, map[string]*record{"c": nil, "never there": nil}); err != nil {
		t.Fatal(err)
	}
	delete(want, "c")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close failed: %v", err)
	}

	s, err = OpenStore(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	gotMeta, got, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantMeta, gotMeta); diff != "" {
		t.Errorf("unexpected meta (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(record{})); diff != "" {
		t.Errorf("unexpected records (-want +got):\n%s", diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != storeMode {
		t.Errorf("unexpected mode: want %o, got %o", storeMode, got)
	}
}

func TestOpenStoreRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		want string
		is   error
	}{
		{
			name: "open in another vmond",
			make: func(t *testing.T, path string) {
				s, err := OpenStore(path)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { s.Close() })
			},
			want: "in use by another vmond",
			is:   ErrStoreInUse,
		},
		{
			name: "of a newer version",
			make: func(t *testing.T, path string) { write(t, path, metaBucket, metaKey, `{"version":2}`) },
			want: "is of version 2, this vmond knows version 1",
		},
		{
			name: "with a record that is not one",
			make: func(t *testing.T, path string) { write(t, path, vmsBucket, []byte("vm"), `{"index":"one"}`) },
			want: `read virtual machine "vm"`,
		},
		{
			name: "with one index for two",
			make: func(t *testing.T, path string) {
				s, err := OpenStore(path)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if err := s.save(meta{}, map[string]*record{"a": {Index: 7}, "b": {Index: 7}}); err != nil {
					t.Fatal(err)
				}
			},
			want: `virtual machine "b" has index 7, which is that of "a"`,
		},
		{
			name: "with an index below 1",
			make: func(t *testing.T, path string) { write(t, path, vmsBucket, []byte("vm"), `{"index":0}`) },
			want: `virtual machine "vm" has index 0`,
		},
		{
			name: "no state file at all",
			make: func(t *testing.T, path string) {
				if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 5000)), storeMode); err != nil {
					t.Fatal(err)
				}
			},
			want: "invalid database",
		},
		{
			name: "a folder",
			make: func(t *testing.T, path string) {
				if err := os.Mkdir(path, 0o700); err != nil {
					t.Fatal(err)
				}
			},
			want: "is a directory",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vmond.db")
			tt.make(t, path)
			s, err := OpenStore(path)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("unexpected error: want %q and the path in it, got %q", tt.want, err)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("unexpected error: want %v, got %v", tt.is, err)
			}
		})
	}
}

// write makes a store that holds one value.
func write(t *testing.T, path string, bucket, key []byte, value string) {
	t.Helper()
	db, err := bbolt.Open(path, storeMode, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucket)
		if err != nil {
			return err
		}
		return b.Put(key, []byte(value))
	}); err != nil {
		t.Fatal(err)
	}
}

// TestOpenStoreOfAFileThatWasCut proves that a file of which the end is missing is refused, and never read as less than
// it was: that would give its indices away.
func TestOpenStoreOfAFileThatWasCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	s, err := OpenStore(whole)
	if err != nil {
		t.Fatal(err)
	}
	const vms, saves = 300, 4
	for range saves {
		records := map[string]*record{}
		for i := range int32(vms) {
			records[fmt.Sprintf("vm-%d", i)] = &record{Index: i + 1, Name: "a name"}
		}
		if err := s.save(meta{Life: "life"}, records); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for n := 1; n < len(data); n += 1 << 10 {
		path := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(path, data[:n], storeMode); err != nil {
			t.Fatal(err)
		}
		s, err := OpenStore(path)
		if err != nil {
			refused++
			if errors.Is(err, ErrStoreInUse) || !strings.Contains(err.Error(), path) {
				t.Errorf("cut after %d bytes: unexpected error %q", n, err)
			}
			continue
		}
		if _, records, err := s.load(); err != nil || len(records) != vms {
			t.Errorf("cut after %d of %d bytes, it has %d virtual machines, error %v", n, len(data), len(records), err)
		}
		s.Close()
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}
