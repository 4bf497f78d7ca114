package collector

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// TestStoreShedsPages proves that a state file does not stay in memory once it was written or read, and is read as well as before.
func TestStoreShedsPages(t *testing.T) {
	t.Parallel()
	const (
		vms   = 5000
		least = 1 << 20 // of the file: more than what a few pages are
		most  = 1 << 18 // of what stays in memory
	)
	path := filepath.Join(t.TempDir(), "vmond.db")
	s, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := map[string]*record{}
	for i := range vms {
		want[fmt.Sprintf("vm-%d", i)] = &record{Index: int32(i) + 1, Name: strings.Repeat("n", 200)}
	}
	m := meta{Version: storeVersion, Life: "life"}
	for round := range 2 {
		if err := s.save(m, want); err != nil {
			t.Fatal(err)
		}
		if s.size < least {
			t.Fatalf("the file has %d bytes", s.size)
		}
		if n := mappedResident(t, path); n > most {
			t.Errorf("%d bytes of the file are in memory after write %d", n, round+1)
		}
		_, got, err := s.load()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(record{})); diff != "" {
			t.Fatalf("unexpected records (-want +got):\n%s", diff)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n := mappedResident(t, path); n > most {
		t.Errorf("%d bytes of the file are in memory after it was opened", n)
	}
	if err := again.save(m, map[string]*record{"vm-1": {Index: 2, State: hv.Some(hv.StateRunning)}}); err != nil {
		t.Fatal(err)
	}
}

// TestStoreShedsFromACutFile proves that a file that is cut right after it was written or read ends nobody, and is written anew.
func TestStoreShedsFromACutFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	s, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := map[string]*record{"vm-1": {Index: 1, Name: "one"}}
	m := meta{Version: storeVersion, Life: "life"}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.rest(); !errors.Is(err, errFault) {
		t.Errorf("unexpected error: %v", err)
	}
	if !s.lost() {
		t.Error("the file is used further, with locks that nobody gives back")
	}
	if err := s.save(m, want); err != nil {
		t.Fatal(err)
	}
	_, got, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(record{})); diff != "" {
		t.Errorf("unexpected records (-want +got):\n%s", diff)
	}
}

// mappedResident returns how many bytes of the file are in the memory of this process (proc_pid_smaps(5)). There is a mapping of it.
func mappedResident(t *testing.T, path string) (bytes int64) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mapped, here := false, false
	for scan := bufio.NewScanner(f); scan.Scan(); {
		line := scan.Text()
		if name, _, _ := strings.Cut(line, " "); !strings.HasSuffix(name, ":") {
			here = strings.HasSuffix(line, path)
			mapped = mapped || here
			continue
		}
		var kibi int64
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &kibi); err == nil && here {
			bytes += kibi << 10
		}
	}
	if !mapped {
		t.Fatalf("%q is not mapped", path)
	}
	return bytes
}
