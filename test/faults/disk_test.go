//go:build linux

package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// diskSize is the size of the disk that gets full, as tmpfs(5) takes it.
	diskSize = "1m"
	// filler is the file that fills it.
	filler = "filler"
	// newcomers is how many virtual machines come while the disk is full: far more than there is room for.
	newcomers = 300
)

// smallDisk mounts a small file system at a directory that it makes.
func smallDisk(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+diskSize); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

// fill fills the disk up, until the function is called that it returns.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, filler))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, os.Getpagesize()))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk proves that a full disk is told, and hides nothing that was served before; that what is new is held back
// until its index is on disk, and served then; and that a vmond that is killed and started meanwhile gives the same indices.
func TestFullDisk(t *testing.T) {
	lab.NeedIsolation(t)
	t.Parallel()
	s := lab.StartSnmpd(t)
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, stateVMs)
	v := lab.StartVmond(t, l.URI(), s.AgentX)
	served.AwaitVMs(t, s, stateVMs+1)
	stop(t, v)
	state := filepath.Join(filepath.Dir(v.Control), "state")
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	smallDisk(t, state)
	v.Start(t)
	served.AwaitVMs(t, s, stateVMs+1)
	indices := func() map[string]string { return served.ColumnOf(s.BulkWalk(t, served.Name), served.Name).Indices() }
	before := indices()

	empty := fill(t, state)
	l.DefineTestDomains(t, stateVMs+1, newcomers)
	full := func() error {
		h, err := v.TryHealth()
		if err != nil {
			return err
		}
		if r := h.Hypervisor.Readings["store"]; !strings.Contains(r.LastError, "no space left on device") {
			return fmt.Errorf("the store's last error is %q", r.LastError)
		}
		return nil
	}
	lab.Eventually(t, settle, "the full disk is told", full)
	meanwhile := indices() // a few of the new ones found room
	checkKept(t, before, meanwhile)
	if len(meanwhile) == stateVMs+1+newcomers {
		t.Error("all are served, as if the disk were not full")
	}
	v.Kill()
	v.Start(t)
	lab.Eventually(t, settle, "the full disk is told after a start", full)
	lab.Eventually(t, settle, "what was served before is served again", func() error {
		if got := len(indices()); got < len(meanwhile) {
			return fmt.Errorf("%d of %d are", got, len(meanwhile))
		}
		return nil
	})
	checkKept(t, meanwhile, indices())
	empty()
	served.AwaitVMs(t, s, stateVMs+1+newcomers)
	after := indices()
	checkKept(t, meanwhile, after)
	v.Kill()
	v.Start(t)
	served.AwaitVMs(t, s, stateVMs+1+newcomers)
	checkKept(t, after, indices())
	if n := strings.Count(v.Log().String(), "trying again"); n > 0 {
		t.Errorf("after all that %d warnings", n)
	}
}

// checkKept proves that all that had an index have it still.
func checkKept(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name, index := range before {
		if after[name] != index {
			t.Errorf("%s had index %s and has %q", name, index, after[name])
		}
	}
}

// TestFullDiskAtTheFirstStart proves that vmond says why it cannot start on a disk without room for its state file, and leaves
// nothing there that the next start could take for one.
func TestFullDiskAtTheFirstStart(t *testing.T) {
	lab.NeedIsolation(t)
	t.Parallel()
	s := lab.StartSnmpd(t)
	state := filepath.Join(t.TempDir(), "state")
	smallDisk(t, state)
	empty := fill(t, state)
	v := lab.StartVmond(t, fmt.Sprintf("sim:///?vms=%d", stateVMs), s.AgentX, "--state-dir", state)
	if code := v.ExitCode(); code != 1 || !v.Log().Has("no space left on device") {
		t.Errorf("the exit code is %d, want 1 with the reason", code)
	}
	checkFiles(t, state, filler)
	empty()
	v.Start(t)
	served.AwaitVMs(t, s, stateVMs)
	checkFiles(t, state, "vmond.db", "vmond.db.highest")
	stop(t, v)
}

// checkFiles proves that these files are in a directory and no others.
func checkFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range list {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected files (-want +got):\n%s", diff)
	}
}
