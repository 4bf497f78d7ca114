package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// given is the highest index of the store that givenStore makes, which writes so many at a time.
const (
	given = 20
	saves = 7
)

// givenStore makes a store whose indices up to given are all taken, and returns its path.
func givenStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	defer s.Close()
	for i := range given {
		l.take(fmt.Sprintf("vm-%d", i), 0)
		if i%saves == 0 {
			if err := l.commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

// copied returns the path of a copy of a store.
func copied(t *testing.T, path string) string {
	t.Helper()
	copy := filepath.Join(t.TempDir(), filepath.Base(path))
	for _, suffix := range []string{"", ".highest"} {
		replace(t, copy+suffix, content(t, path+suffix))
	}
	return copy
}

// replace writes a file that has other content than before.
func replace(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), storeMode); err != nil {
		t.Fatal(err)
	}
}

// put puts one value into a state file, or makes one with it.
func put(t *testing.T, path string, bucket, key []byte, value string) {
	t.Helper()
	db, err := bbolt.Open(path, storeMode, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		return b.Put(key, []byte(value))
	}); err != nil {
		t.Fatal(err)
	}
}

// content returns what is in a file, or the names of what is in a folder.
func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		return string(text)
	}
	list, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(list)
}

// besides returns the files that were set aside.
func besides(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(path + "*.aside-*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// open opens a store, and returns what it logged.
func open(t *testing.T, path string) (*Store, []observer.LoggedEntry, error) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	s, err := OpenStore(path, zap.New(core))
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, logs.All(), err
}

// next returns the index that a new virtual machine gets, which is on disk then.
func next(t *testing.T, s *Store, key string) int32 {
	t.Helper()
	l, err := newLedger(s)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := l.take(key, 0)
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	return r.Index
}

// TestOpenStoreSetsAside proves that a state file that cannot be used stays as it is under another name, that the reason is
// told, and that none of its indices is given again: neither at once nor by the vmond after.
func TestOpenStoreSetsAside(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(t *testing.T, path string)
		want   string
	}{
		{"of a newer version", func(t *testing.T, path string) {
			put(t, path, metaBucket, metaKey, `{"version":2}`)
		}, "is of version 2, this vmond knows version 1"},
		{"whose meta is none", func(t *testing.T, path string) {
			put(t, path, metaBucket, metaKey, `[]`)
		}, `read "meta"`},
		{"with a record that is none", func(t *testing.T, path string) {
			put(t, path, vmsBucket, []byte("vm-7"), `{"index":"one"}`)
		}, `read virtual machine "vm-7"`},
		{"with one index for two", func(t *testing.T, path string) {
			put(t, path, vmsBucket, []byte("vm-7"), `{"index":7}`)
		}, `virtual machine "vm-7" has index 7, which is that of "vm-6"`},
		{"with an index below 1", func(t *testing.T, path string) {
			put(t, path, vmsBucket, []byte("vm-7"), `{"index":0}`)
		}, `virtual machine "vm-7" has index 0`},
		{"with an index higher than any is given", func(t *testing.T, path string) {
			put(t, path, vmsBucket, []byte("vm-7"), `{"index":2147483647}`)
		}, `virtual machine "vm-7" has index 2147483647`},
		{"of another program that uses bbolt", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			put(t, path, []byte("theirs"), []byte("a"), "b")
		}, "is no state file of vmond"},
		{"that is no database", func(t *testing.T, path string) {
			replace(t, path, strings.Repeat("not a database\n", 5000))
		}, "invalid database"},
		{"that is shorter than a page", func(t *testing.T, path string) { replace(t, path, "x") }, "invalid database"},
		{"that is empty", func(t *testing.T, path string) { replace(t, path, "") }, "it is empty"},
		{"that is a folder", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "theirs"), 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	}
	whole := givenStore(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := copied(t, whole)
			tt.damage(t, path)
			before := content(t, path)
			s, logs, err := open(t, path)
			if err != nil {
				t.Fatal(err)
			}
			aside := besides(t, path)
			if len(aside) != 1 || content(t, aside[0]) != before {
				t.Errorf("what was set aside is not what was there: %q", aside)
			}
			if len(logs) != 2 || logs[1].ContextMap()["above"] != int32(given) || logs[0].ContextMap()["as"] != aside[0] {
				t.Fatalf("unexpected log: %+v", logs)
			}
			for _, e := range logs {
				if reason := fmt.Sprint(e.ContextMap()["error"]); !strings.Contains(reason, tt.want) {
					t.Errorf("%q has the reason %q, want %q in it", e.Message, reason, tt.want)
				}
			}
			if got := next(t, s, "new"); got != given+1 {
				t.Errorf("the first index is %d, want %d", got, given+1)
			}
			s.Close()
			s, logs, err = open(t, path)
			if err != nil || len(logs) > 0 {
				t.Fatalf("the next vmond finds error %v, and logs %+v", err, logs)
			}
			if got := next(t, s, "newer"); got != given+2 {
				t.Errorf("the next index is %d, want %d", got, given+2)
			}
			if content(t, aside[0]) != before {
				t.Error("what was set aside has changed")
			}
		})
	}
}

// TestOpenStoreThatWasRemoved proves that indices are not given again after the state file was removed, or replaced by an
// older one.
func TestOpenStoreThatWasRemoved(t *testing.T) {
	t.Parallel()
	path := givenStore(t)
	older := content(t, path)
	s, _, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, s, "new"); got != given+1 {
		t.Errorf("the next index is %d, want %d", got, given+1)
	}
	s.Close()
	replace(t, path, older)
	if s, _, err = open(t, path); err != nil {
		t.Fatal(err)
	}
	if got := next(t, s, "another"); got != given+2 {
		t.Errorf("the next index after a backup came back is %d, want %d", got, given+2)
	}
	s.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s, logs, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if len(logs) != 1 || logs[0].ContextMap()["above"] != int32(given+2) || len(besides(t, path)) > 0 {
		t.Errorf("unexpected log %+v, set aside %q", logs, besides(t, path))
	}
	if got := next(t, s, "one more"); got != given+3 {
		t.Errorf("the next index after the file was removed is %d, want %d", got, given+3)
	}
}

// TestOpenStoreRefuses proves what is refused: where another vmond is at work, and where nothing tells which indices were
// given. Nothing is changed then.
func TestOpenStoreRefuses(t *testing.T) {
	t.Parallel()
	damage := func(files ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			for _, suffix := range files {
				replace(t, path+suffix, "x")
			}
		}
	}
	remove := func(t *testing.T, path string) {
		t.Helper()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	const nothingTells = "nothing tells which indices were given"
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		want string
		is   error
	}{
		{"open in another vmond", func(t *testing.T, path string) {
			if _, _, err := open(t, path); err != nil {
				t.Fatal(err)
			}
		}, "in use by another vmond", ErrStoreInUse},
		{"open in another vmond, whose file was removed", func(t *testing.T, path string) {
			if _, _, err := open(t, path); err != nil {
				t.Fatal(err)
			}
			remove(t, path)
		}, "in use by another vmond", ErrStoreInUse},
		{"open in the vmond that made it, whose file was removed", func(t *testing.T, path string) {
			remove(t, path)
			remove(t, path+".highest")
			if _, _, err := open(t, path); err != nil {
				t.Fatal(err)
			}
			remove(t, path)
		}, "in use by another vmond", ErrStoreInUse},
		{"open in another program", func(t *testing.T, path string) {
			db, err := bbolt.Open(path, storeMode, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
		}, "in use by another vmond", ErrStoreInUse},
		{"both files damaged", damage("", ".highest"), nothingTells, errFault},
		{"damaged, and the mark removed", func(t *testing.T, path string) {
			replace(t, path, "x")
			remove(t, path+".highest")
		}, nothingTells, fs.ErrNotExist},
		{"removed, and the mark damaged", func(t *testing.T, path string) {
			remove(t, path)
			replace(t, path+".highest", "x")
		}, nothingTells, errFault},
	}
	whole := givenStore(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := copied(t, whole)
			tt.make(t, path)
			before := listing(t, path)
			s, err := OpenStore(path, zap.NewNop())
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("unexpected error: want %q and the path in it, got %q", tt.want, err)
			}
			if !errors.Is(err, tt.is) {
				t.Errorf("unexpected error: want %v, got %v", tt.is, err)
			}
			if diff := cmp.Diff(before, listing(t, path)); diff != "" {
				t.Errorf("files were changed (-want +got):\n%s", diff)
			}
		})
	}
}

// listing returns the content of all files beside path.
func listing(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		all[name] = content(t, name)
	}
	return all
}

// TestOpenStoreCutAtEveryByte proves that a state file of which the end is missing is never read as less than it was. Its
// pages are small, so that there are not too many bytes, and longer pieces than the longest that is refused are only tried
// at the ends of pages: they have all that it has.
func TestOpenStoreCutAtEveryByte(t *testing.T) {
	t.Parallel()
	const page, osPage = 512, 4096
	path, another := filepath.Join(t.TempDir(), "vmond.db"), givenStore(t)
	db, err := bbolt.Open(path, storeMode, &bbolt.Options{PageSize: page})
	if err != nil {
		t.Fatal(err)
	}
	for range saves {
		records := map[string]*record{}
		for i := range int32(given) {
			records[fmt.Sprintf("vm-%d", i)] = &record{Index: i + 1, Name: "a name"}
		}
		if err := putAll(db, meta{Life: "life"}, records); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	whole := content(t, path)
	opens := func(n int) bool {
		if err := os.Truncate(path, int64(n)); err != nil {
			t.Fatal(err)
		}
		s := &Store{path: path, log: zap.NewNop()}
		if _, err := s.open(); err != nil {
			if !unusable(err) || !strings.Contains(err.Error(), path) {
				t.Fatalf("cut after %d bytes: unexpected error %q", n, err)
			}
			return false
		}
		defer s.Close()
		if _, records, err := s.load(); err != nil || len(records) != given {
			t.Fatalf("cut after %d of %d bytes, it has %d virtual machines, error %v", n, len(whole), len(records), err)
		}
		return true
	}
	end := len(whole)
	for opens(end) {
		end -= page
	}
	replace(t, path, whole)
	refused := 0
	for n := end + page; n >= 0; n-- {
		if opens(n) {
			continue
		}
		refused++
		if n%osPage == 0 {
			openCut(t, another, whole[:n])
		}
	}
	t.Logf("%d of %d lengths are refused", refused, len(whole))
}

// openCut opens a copy of a store whose state file is replaced by a piece of it.
func openCut(t *testing.T, store, piece string) {
	t.Helper()
	path := copied(t, store)
	replace(t, path, piece)
	s, _, err := open(t, path)
	if err != nil {
		t.Fatalf("cut after %d bytes: %v", len(piece), err)
	}
	if got := next(t, s, "new"); got != given+1 {
		t.Fatalf("cut after %d bytes: the next index is %d, want %d", len(piece), got, given+1)
	}
	if aside := besides(t, path); len(aside) != 1 || content(t, aside[0]) != piece {
		t.Fatalf("cut after %d bytes: set aside %q", len(piece), aside)
	}
}
