//go:build linux

package faults

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// stateVMs is how many virtual machines the tests of the state file have.
const stateVMs = 5

// A keeper is a vmond that keeps its indices below an snmpd, as a user who has no right of root's.
type keeper struct {
	*lab.Vmond
	snmpd *lab.Snmpd
}

// startKeeper starts one, and stops it once it has served its virtual machines. It returns their indices by name.
func startKeeper(t *testing.T) (*keeper, map[string]string) {
	t.Helper()
	s := lab.StartSnmpd(t, forMasterGroup)
	admit(t, s)
	k := &keeper{Vmond: lab.StartVmond(t, fmt.Sprintf("sim:///?vms=%d", stateVMs), s.AgentX), snmpd: s}
	stop(t, k.Vmond)
	k.StartAs(t, vmondUser)
	before := k.indices(t)
	stop(t, k.Vmond)
	return k, before
}

// file is the path of the state file.
func (k *keeper) file() string { return filepath.Join(filepath.Dir(k.Control), "state", "vmond.db") }

// start starts it again on the files as they are.
func (k *keeper) start(t *testing.T) {
	t.Helper()
	k.StartAgainAs(t, vmondUser)
}

// indices waits until all is served and returns the indices by name.
func (k *keeper) indices(t *testing.T) map[string]string {
	t.Helper()
	served.AwaitVMs(t, k.snmpd, stateVMs)
	return served.ColumnOf(k.snmpd.BulkWalk(t, served.Name), served.Name).Indices()
}

// aside returns what is in the files that were set aside.
func (k *keeper) aside(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(k.file() + "*.aside-*")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range names {
		out = append(out, read(t, name))
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// newer makes a state file one of a version that does not exist yet.
func newer(path string) error {
	db, err := bbolt.Open(path, 0, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("meta"), []byte(`{"version":99}`))
	})
}

// TestStateFile proves that vmond serves on whatever has become of its state file: that one that cannot be used is told and
// set aside as it was, that no virtual machine has the index of another then, and that the new indices stay.
func TestStateFile(t *testing.T) {
	lab.NeedIsolation(t)
	tests := []struct {
		name  string
		spoil func(path string) error
		told  string
	}{
		{"cut", func(path string) error { return os.Truncate(path, 5000) }, "set aside"},
		{"emptied", func(path string) error { return os.Truncate(path, 0) }, "set aside"},
		{"of a newer version", newer, "is of version 99, this vmond knows version 1"},
		{"of another owner", func(path string) error { return os.Chown(path, 0, 0) }, "permission denied"},
		{"removed", os.Remove, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k, before := startKeeper(t)
			if err := tt.spoil(k.file()); err != nil {
				t.Fatal(err)
			}
			var want []string
			if text, err := os.ReadFile(k.file()); err == nil {
				want = []string{string(text)}
			}
			k.start(t)
			after := k.indices(t)
			checkOthers(t, before, after)
			if !k.Log().Has("every virtual machine gets a new index") || !k.Log().Has(tt.told) {
				t.Errorf("it does not tell of it with %q", tt.told)
			}
			if diff := cmp.Diff(want, k.aside(t)); diff != "" {
				t.Errorf("unexpected files set aside (-want +got):\n%s", diff)
			}
			stop(t, k.Vmond)
			k.start(t)
			if diff := cmp.Diff(after, k.indices(t)); diff != "" {
				t.Errorf("unexpected indices after the next start (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, k.aside(t)); diff != "" {
				t.Errorf("what was set aside has changed (-want +got):\n%s", diff)
			}
		})
	}
}

// checkOthers proves that the same virtual machines have indices that none of them had before.
func checkOthers(t *testing.T, before, after map[string]string) {
	t.Helper()
	if diff := cmp.Diff(names(before), names(after)); diff != "" {
		t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
	}
	old := slices.Collect(maps.Values(before))
	for name, index := range after {
		if slices.Contains(old, index) {
			t.Errorf("%s has index %s, which was given before", name, index)
		}
	}
}

// names returns the names in order.
func names(indices map[string]string) []string { return slices.Sorted(maps.Keys(indices)) }

// TestStateFileWhileItRuns proves that a state file that somebody takes away from a running vmond is written once more, so
// that the next one gives the same indices.
func TestStateFileWhileItRuns(t *testing.T) {
	lab.NeedIsolation(t)
	for name, spoil := range map[string]func(path string) error{
		"removed": os.Remove, "emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := lab.StartSnmpd(t)
			l := lab.StartTestLibvirtd(t)
			v := lab.StartVmond(t, l.URI(), s.AgentX)
			k := &keeper{Vmond: v, snmpd: s}
			served.AwaitVMs(t, s, 1)
			if err := spoil(k.file()); err != nil {
				t.Fatal(err)
			}
			l.DefineTestDomains(t, 1, stateVMs-1)
			before := k.indices(t)
			if !v.Log().Has("state file is lost, and will be written anew") {
				t.Error("it does not tell of it")
			}
			v.Kill() // what was shown is on disk
			v.Start(t)
			if diff := cmp.Diff(before, k.indices(t)); diff != "" {
				t.Errorf("unexpected indices after the next start (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStateOfAnotherOwner proves that vmond does not start where nothing tells which indices were given, that it says how to
// mend it, and that it then goes on as if nothing had been.
func TestStateOfAnotherOwner(t *testing.T) {
	lab.NeedIsolation(t)
	t.Parallel()
	k, before := startKeeper(t)
	files := []string{k.file(), k.file() + ".highest"}
	for _, file := range files {
		if err := os.Chown(file, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	k.start(t)
	if code := k.ExitCode(); code != 1 {
		t.Errorf("the exit code is %d, want 1", code)
	}
	for _, want := range append([]string{"nothing tells which indices were given", "permission denied"}, files...) {
		if !k.Log().Has(want) {
			t.Errorf("it does not say %q", want)
		}
	}
	config := filepath.Join(filepath.Dir(k.Control), "check.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "state.dir = %q\n", filepath.Dir(k.file())), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := vmondUser.RunVmond(t, "check", "--live", "--config", config)
	if want := "without this file indices are lost"; err == nil || !strings.Contains(out, want) {
		t.Errorf("vmond check = %v, %q, want %q in it", err, out, want)
	}
	for _, file := range files {
		if err := os.Chown(file, vmondUser.UID, vmondUser.GID); err != nil {
			t.Fatal(err)
		}
	}
	k.start(t)
	if diff := cmp.Diff(before, k.indices(t)); diff != "" || len(k.aside(t)) > 0 {
		t.Errorf("set aside: %q, unexpected indices (-want +got):\n%s", k.aside(t), diff)
	}
}

// TestStateThatRootMade proves that root, who runs vmond once in the directory of vmond's user, leaves nothing there that
// this user cannot use.
func TestStateThatRootMade(t *testing.T) {
	lab.NeedIsolation(t)
	t.Parallel()
	k, _ := startKeeper(t)
	if err := errors.Join(os.Remove(k.file()), os.Remove(k.file()+".highest")); err != nil {
		t.Fatal(err)
	}
	k.Start(t)
	before := k.indices(t)
	stop(t, k.Vmond)
	k.start(t)
	if diff := cmp.Diff(before, k.indices(t)); diff != "" || len(k.aside(t)) > 0 {
		t.Errorf("set aside: %q, unexpected indices (-want +got):\n%s", k.aside(t), diff)
	}
}
