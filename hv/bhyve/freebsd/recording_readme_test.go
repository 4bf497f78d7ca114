package freebsd

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// renaming returns the lines of the README that change a name, for sh(1).
func renaming(t *testing.T, before, after string) string {
	t.Helper()
	const indent = "        "
	_, rest, ok := strings.Cut(readme, "\n"+indent+"umask ")
	lines, _, ended := strings.Cut(rest, "\n\n")
	if !ok || !ended {
		t.Fatal("there are no such lines")
	}
	lines = strings.ReplaceAll("umask "+lines, "\n"+indent, "\n")
	return strings.ReplaceAll(strings.ReplaceAll(lines, "OLD", before), "NEW", after)
}

// rename changes a name in a directory as the README says.
func rename(t *testing.T, dir, before, after string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "/bin/sh", "-euc", renaming(t, before, after))
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("it fails: %v, %s", err, out)
	}
}

// called returns a recording of a host with a virtual machine of that name.
func called(name, host string) *Recording {
	r := NewRecording()
	r.SetClock(Clock{Now: time.Date(2026, 8, 22, 11, 10, 58, 0, time.UTC)})
	r.SetSysctl([]byte(host+"\x00"), "kern.hostname")
	r.SetSysctl([]byte("bhyve: "+name+"\x00"), "kern.proc.args", 4242)
	r.SetSysctl(append(record(4242, 1, "bhyve"), 0, 0xff, '\n', 0xfe), "kern.proc.proc")
	r.SetDir("/dev/vmm", name, "other")
	r.SetDir("/zroot/vm", ".config", name)
	r.SetFile("/zroot/vm/"+name+"/"+name+".conf", []byte("disk0_name=\"/dev/zvol/zroot/"+name+"\"\n"), Stat{})
	r.SetFile("/zroot/vm/"+name+"/run.lock", []byte(host+"\n"), Stat{})
	r.SetFile("/zroot/vm/"+name+"/half", []byte("of "+name), Stat{})
	r.SetStat("/jails/"+name+"/dsk1.vhd", Stat{Path: "/dev/zvol/zroot/" + name})
	r.SetProgram([]string{"/usr/local/cbsd/misc/sqlcli", "/jails/" + name + ".sqlite", "SELECT x WHERE jname='" + name + "'"}, []byte(name+"|\n"), nil)
	r.SetError(&fs.PathError{Op: "open", Path: "/zroot/vm/" + name + "/x", Err: fs.ErrPermission}, "read", "/zroot/vm/"+name+"/x")
	return r
}

// TestRename proves that what the README says of how to change a name does it: what is recorded is as if it had always been the other.
func TestRename(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := called("web01", "hv1.example.net").Save(dir); err != nil {
		t.Fatal(err)
	}
	rename(t, dir, "web01", "xyz-1")
	rename(t, dir, "hv1[.]example[.]net", "host.of.nobody1")
	got, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, called("xyz-1", "host.of.nobody1"), got)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode() != fileMode {
			t.Errorf("%q has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRenameHost proves the same of a whole host: it has a file for each answer still, and the name is nowhere any more.
func TestRenameHost(t *testing.T) {
	t.Parallel()
	const before, after = "debian1", "xyz-one"
	host := os.DirFS("../testdata/hosts/all")
	dir := t.TempDir()
	if err := os.CopyFS(dir, host); err != nil {
		t.Fatal(err)
	}
	rename(t, dir, before, after)
	was, err := Load(host)
	if err != nil {
		t.Fatal(err)
	}
	is, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(maps.Keys(was.answers))
	for i, q := range want {
		want[i] = question(strings.ReplaceAll(string(q), before, after))
		octets := strings.ReplaceAll(string(was.answers[q].octets), before, after)
		if got := string(is.answers[want[i]].octets); got != octets {
			t.Errorf("%q is answered by %q, want %q", want[i], got, octets)
		}
	}
	if got := slices.Sorted(maps.Keys(is.answers)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("unexpected questions %q", got)
	}
	err = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(strings.TrimPrefix(path, dir), before) {
			t.Errorf("there is still %q", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
