package collector

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestStateFileLostWhileItIsOpen proves that a state file that somebody takes away or damages while vmond runs is written
// once more from what vmond remembers, that what is in its place then is set aside, and that nothing ends or hangs.
func TestStateFileLostWhileItIsOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(path string) error
		aside bool // there is something to set aside
	}{
		{"removed", os.Remove, false},
		{"emptied", func(path string) error { return os.Truncate(path, 0) }, true},
		{"cut", func(path string) error { return os.Truncate(path, 5000) }, true},
		{"cut at its end", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()-1)
		}, true},
		{"moved away", func(path string) error { return os.Rename(path, path+".backup") }, false},
		{"replaced", func(path string) error {
			return errors.Join(os.Rename(path, path+".backup"), os.WriteFile(path, []byte("theirs"), storeMode))
		}, true},
		{"replaced by a folder", func(path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
		}, true},
		{"overwritten", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString(strings.Repeat("x", int(info.Size())))
			return err
		}, true},
	}
	ways := map[string]func(l *ledger) error{
		"at once": (*ledger).commit,
		"in the background": func(l *ledger) error {
			write, settle := l.background()
			err := write()
			settle(err)
			return err
		},
	}
	for _, tt := range tests {
		for way, save := range ways {
			t.Run(tt.name+" "+way, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "vmond.db")
				core, logs := observer.New(zap.InfoLevel)
				s, err := OpenStore(path, zap.New(core))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { s.Close() }()
				l, err := newLedger(s)
				if err != nil {
					t.Fatal(err)
				}
				l.begin("life", 0)
				for i := range given {
					l.take(fmt.Sprintf("vm-%d", i), 0)
				}
				if err := l.commit(); err != nil {
					t.Fatal(err)
				}
				if err := tt.spoil(path); err != nil {
					t.Fatal(err)
				}
				l.records["vm-7"].Name = "changed"
				l.touch("vm-7")
				if err := save(l); err == nil || !errors.Is(err, errFault) || !strings.Contains(err.Error(), path) {
					t.Errorf("the first write = %v, want an error that tells of it", err)
				}
				if !l.unsaved() {
					t.Error("nothing is left to be written")
				}
				if err := save(l); err != nil {
					t.Fatalf("the second write = %v", err)
				}
				if l.unsaved() || l.failing {
					t.Errorf("after it unsaved %t, failing %t", l.unsaved(), l.failing)
				}
				if got := besides(t, path); len(got) > 1 || (len(got) == 1) != tt.aside {
					t.Errorf("set aside: %q", got)
				}
				if n := logs.FilterMessage("state file was written anew").Len(); n != 1 {
					t.Errorf("unexpected log: %+v", logs.All())
				}
				s.Close()
				if s, err = OpenStore(path, zap.NewNop()); err != nil {
					t.Fatal(err)
				}
				m, records, err := s.load()
				if err != nil || len(records) != given || m.Life != "life" {
					t.Fatalf("it has %d virtual machines, life %q, error %v", len(records), m.Life, err)
				}
				if got := records["vm-7"]; got.Name != "changed" || got.Index != 8 {
					t.Errorf("unexpected record: %+v", got)
				}
			})
		}
	}
}

// TestNothingIsReplacedWithoutRoom proves that a state file that was lost and cannot be made is tried again.
func TestNothingIsReplacedWithoutRoom(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vmond.db")
	l, _ := openLedger(t, path)
	l.take("vm", 0)
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	r, _ := l.take("new", 0)
	for range 3 {
		if err := l.commit(); err == nil || r.saved {
			t.Errorf("commit = %v, saved %t, without a directory", err, r.saved)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := l.commit(); err != nil || !r.saved {
		t.Errorf("commit = %v, saved %t, once there is a directory", err, r.saved)
	}
}
