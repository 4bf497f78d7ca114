package vmbhyve

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// written is when the files of the host were written that say nothing else.
var written = time.Date(2026, 8, 20, 9, 7, 53, 0, time.UTC)

// mounts are what is mounted on the host.
var mounts = []freebsd.Mount{
	{From: "zroot", On: "/zroot", Type: "zfs"}, {From: "zroot/vm", On: "/zroot/vm", Type: "zfs"},
	{From: "zroot/vm/web01", On: "/zroot/vm/web01", Type: "zfs"},
}

// home is the datastore of the host.
var home = Datastore{Name: "default", Path: "/zroot/vm", Dataset: "zroot/vm"}

// An asked is a host that counts what it is asked.
type asked struct {
	System
	mu    sync.Mutex
	reads map[string]int
}

func (a *asked) count(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reads[path]++
}

func (a *asked) ReadFile(path string) ([]byte, error) {
	a.count(path)
	return a.System.ReadFile(path)
}

func (a *asked) Tail(path string, n int) ([]byte, error) {
	a.count(path)
	return a.System.Tail(path, n)
}

// took returns what was read since the last call, sorted.
func (a *asked) took() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var paths []string
	for path := range a.reads {
		paths = append(paths, path)
	}
	clear(a.reads)
	slices.Sort(paths)
	return paths
}

// host returns the host of testdata/host, without the file that is only to be appended to another.
func host(t testing.TB) *freebsd.Recording {
	t.Helper()
	r := freebsd.NewRecording()
	r.SetClock(freebsd.Clock{Now: written.Add(time.Minute)})
	const root = "testdata/host"
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".after-guest-reboot") {
			return err
		}
		put(r, strings.TrimPrefix(name, root), text(t, name), written)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// put puts a file there.
func put(r *freebsd.Recording, path, content string, at time.Time) {
	r.SetFile(path, []byte(content), freebsd.Stat{Modified: at})
}

// text returns the text of a file of the tests.
func text(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at returns a time of August 2026.
func at(t testing.TB, clock string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, "2026-08-"+clock+"Z")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// texts returns the text of each error that err joins.
func texts(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// check compares what is there with what should be.
func check(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unexpected %s (-want +got):\n%s", what, diff)
	}
}
