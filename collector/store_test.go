package collector

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

func TestStoreReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	s, err := OpenStore(path, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	wantMeta := meta{Version: storeVersion, Life: "life", LastChange: hv.Some(time.Minute)}
	want := map[string]*record{
		"a": {Index: 1, Name: "with \x00 and \"", Disks: numbers{{"vda", 1}}, NICs: numbers{{"52:54:00:00:00:01", 2}}},
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

	s, err = OpenStore(path, zap.NewNop())
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
