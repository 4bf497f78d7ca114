package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// equal fails if two recordings do not answer the same.
func equal(t *testing.T, want, got *Recording) {
	t.Helper()
	opts := []cmp.Option{
		cmp.AllowUnexported(answer{}), cmp.Comparer(sameKind), cmp.Comparer(slices.Equal[[]byte]), cmp.Comparer(slices.Equal[[]string]),
	}
	if diff := cmp.Diff(want.answers, got.answers, opts...); diff != "" {
		t.Errorf("unexpected answers (-want +got):\n%s", diff)
	}
}

// oddHost returns a recording with every kind of answer, and with names that nobody should give to a file.
func oddHost() *Recording {
	r := NewRecording()
	r.SetClock(Clock{Now: time.Date(2026, 8, 22, 11, 10, 58, 1, time.UTC), Up: 50 * time.Hour})
	r.SetSysctl([]byte{0, 1, 2, 255}, "kern.proc.proc")
	r.SetSysctl(nil, "kern.proc.args", 42)
	r.SetSysctl([]byte("a"), "../../../etc/passwd")
	r.SetError(ErrNoProcess, "sysctl", "kern.proc.args", "43")
	r.SetAffinity(100618, []byte{4})
	r.SetError(fs.ErrPermission, "affinity", "100619")
	r.SetDir("/", "etc", "dev")
	r.SetDir("/dev/vmm")
	r.SetFile("/etc/rc.conf", []byte("vm_enable=YES\n"), Stat{Modified: time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)})
	r.SetFile("/a", []byte("a file"), Stat{})
	r.SetFile("/a/b", []byte("that is a directory"), Stat{})
	r.SetFile("/A", []byte("in capitals"), Stat{})
	r.SetFile("/a b", []byte("blank"), Stat{})
	r.SetFile("/a_b", []byte("no blank"), Stat{})
	r.SetFile("/a:b", []byte("colon"), Stat{})
	r.SetFile("/../../b", []byte("up"), Stat{})
	r.SetFile("/x/.git/config", []byte("git"), Stat{})
	r.SetFile("relative", []byte("relative"), Stat{})
	r.SetFile("", []byte("empty"), Stat{})
	r.SetFile("/nul\x00nul\n\ttab", []byte("odd"), Stat{})
	r.SetFile("/\xff\xfe", []byte("not UTF-8"), Stat{})
	r.SetFile("/index", nil, Stat{})
	r.SetFile("/dot./x", []byte("ends with a dot"), Stat{})
	r.SetFile("/"+strings.Repeat("long/", 200), []byte("deep"), Stat{})
	r.SetFile("/"+strings.Repeat("long", 2000), []byte("long"), Stat{})
	r.SetFile("/"+strings.Repeat("long", 2001), []byte("longer"), Stat{})
	r.SetStat("/dev/zvol/link", Stat{Path: "/dev/da0", Mode: fs.ModeDevice | 0o600, Size: 1 << 40})
	r.SetError(&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, "list", "/x")
	r.set(ask(askTail, "/var/log/a.log"), answer{octets: []byte("end\n")})
	r.SetProgram([]string{"/sbin/ifconfig", "-a"}, []byte("lo0: flags=8049<UP,LOOPBACK>\n\tgroups: lo\n"), nil)
	r.SetProgram([]string{"/bin/sh", "-c", "SELECT a, \"b\" FROM ->", "->", ""}, []byte("half"), errors.New("exit status 1: \"no\tsuch\""))
	r.SetProgram([]string{""}, nil, nil)
	r.SetError(fs.ErrNotExist, "devices")
	return r
}

// TestSave proves that what is written is read again as it was, is nobody else's, and is nowhere but in the directory.
func TestSave(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	dir := filepath.Join(above, "new", "dir")
	want := oddHost()
	if err := want.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, want, got)

	err = filepath.WalkDir(above, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700 | fs.ModeDir
		}
		if strings.HasPrefix(path, dir) && info.Mode() != mode {
			t.Errorf("%q has the mode %v", path, info.Mode())
		}
		if !d.IsDir() && !strings.HasPrefix(path, dir+"/") {
			t.Errorf("%q is outside of the directory", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSaveNames proves that a person finds the answers by their names.
func TestSaveNames(t *testing.T) {
	t.Parallel()
	r := NewRecording()
	r.SetSysctl([]byte("bhyve: web01\x00"), "kern.proc.args", 4242)
	r.SetAffinity(100618, []byte{4})
	r.SetFile("/zroot/vm/web01/web01.conf", []byte("cpu=2\n"), Stat{})
	r.set(ask(askTail, "/zroot/vm/web01/vm-bhyve.log"), answer{octets: []byte("stopped\n")})
	r.SetProgram([]string{"/sbin/ifconfig", "-a"}, []byte("lo0\n"), nil)
	want := map[string]string{
		"sysctl/kern.proc.args.4242":       "bhyve: web01\x00",
		"affinity/100618":                  "\x04",
		"file/zroot/vm/web01/web01.conf":   "cpu=2\n",
		"tail/zroot/vm/web01/vm-bhyve.log": "stopped\n",
		"program/ifconfig_-a":              "lo0\n",
	}
	got := map[string]string{}
	for name, octets := range r.files() {
		if name != "index" && name != "README" {
			got[name] = string(octets)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected files (-want +got):\n%s", diff)
	}
}

// TestSaveRefuses proves that a directory with something in it is left alone.
func TestSaveRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := oddHost().Save(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the error of a directory that is not empty is %v", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil || len(there) != 1 {
		t.Errorf("there is %v, %v", there, err)
	}
	for _, file := range []string{"mine", "mine/below"} {
		if err := oddHost().Save(filepath.Join(dir, file)); err == nil {
			t.Errorf("%q is taken for a directory", file)
		}
	}
}

// TestSaveFails proves that of a recording that cannot be written nothing is left.
func TestSaveFails(t *testing.T) {
	t.Parallel()
	bad := map[string][]byte{"a": nil, "a/b": nil, "0/1/2": []byte("is written first")}
	dir := t.TempDir()
	made := filepath.Join(dir, "made")
	if err := save(made, bad); err == nil || !strings.Contains(err.Error(), "nothing of it is left") {
		t.Errorf("unexpected error %v", err)
	}
	if err := save(dir, bad); err == nil || !strings.Contains(err.Error(), "nothing of it is left") {
		t.Errorf("unexpected error %v", err)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) > 0 {
		t.Errorf("there is %v, %v", there, err)
	}
	if err := save(dir, map[string][]byte{"../escaped": nil}); err == nil {
		t.Error("a name leads out of the directory")
	}
	if _, err := os.Stat(filepath.Join(dir, "../escaped")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was written there: %v", err)
	}
}

// TestReadme proves that the words of the index are all explained.
func TestReadme(t *testing.T) {
	t.Parallel()
	words := append(kinds(), unnamed)
	for _, k := range errorKinds() {
		words = append(words, k.word)
	}
	for _, key := range []string{
		keyFile, keyName, keyPath, keyMode, keySize, keyAllocated, keyModified, keyNow, keyZone, keyUp, keyError, keyText,
	} {
		words = append(words, key+"=")
	}
	for _, word := range words {
		if !strings.Contains(readme, word) {
			t.Errorf("%q is not explained", word)
		}
	}
}

// TestLoadErrors proves that what cannot be read is named.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		fsys fstest.MapFS
		want string
	}{
		{"no index", fstest.MapFS{}, `the directory is no recording: it has no file "index"`},
		{"a bad index", fstest.MapFS{"index": {Data: []byte("list")}},
			`failed to read the index of a recording: line 1: "list" has no "->" between question and answer`},
		{"no file", fstest.MapFS{"index": {Data: []byte("read\t/a\t->\tfile=file/a")}},
			`failed to read the answer to "read /a": open file/a: file does not exist`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(tt.fsys)
			if err == nil {
				t.Fatal("it is accepted")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoadNone proves that it is told what there is in place of a recording.
func TestLoadNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "recording.tgz"), nil, fileMode); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "odd", indexFile), dirMode); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		dir, want string
		kind      error
	}{
		{"none", "there is no such directory", fs.ErrNotExist},
		{"none/below", "there is no such directory", fs.ErrNotExist},
		{"recording.tgz", "it is a file, and a recording is a directory: unpack it first", fs.ErrNotExist},
		{".", `the directory is no recording: it has no file "index"`, fs.ErrNotExist},
		{"odd", `failed to read a recording: "index" is no regular file`, nil},
	}
	for _, tt := range tests {
		_, err := OpenRecording(filepath.Join(dir, tt.dir))
		if tt.kind != nil && !errors.Is(err, tt.kind) || err.Error() != tt.want {
			t.Errorf("unexpected error %v for %q", err, tt.dir)
		}
	}
}

// TestLoadEmpty proves that a recording of nothing says of each question that it has no answer.
func TestLoadEmpty(t *testing.T) {
	t.Parallel()
	r, err := Load(fstest.MapFS{"index": {}})
	if err != nil {
		t.Fatal(err)
	}
	_, clock := r.Clock()
	_, variable := r.Sysctl("hw.ncpu")
	_, process := r.Sysctl("kern.proc.args", 42)
	_, thread := r.Affinity(42)
	_, list := r.ReadDir("/x")
	_, read := r.ReadFile("/x")
	_, tail := r.Tail("/x", 1)
	_, stat := r.Stat("/x")
	_, run := r.Run(t.Context(), Command{Argv: []string{"/sbin/mount", "-p"}})
	tests := []struct {
		got, kind error
		question  string
	}{
		{clock, fs.ErrNotExist, "clock"}, {variable, fs.ErrNotExist, "sysctl hw.ncpu"}, {process, ErrNoProcess, "sysctl kern.proc.args 42"},
		{thread, ErrNoProcess, "affinity 42"}, {list, fs.ErrNotExist, "list /x"}, {read, fs.ErrNotExist, "read /x"},
		{tail, fs.ErrNotExist, "tail /x"}, {stat, fs.ErrNotExist, "stat /x"}, {run, fs.ErrNotExist, "run /sbin/mount -p"},
	}
	for _, tt := range tests {
		if want := fmt.Sprintf("the recording has no answer to %q", tt.question); !errors.Is(tt.got, tt.kind) || tt.got.Error() != want {
			t.Errorf("unexpected error %v, want %q", tt.got, want)
		}
	}
}

// TestLoadClock proves that the clocks of a recording that is read go on.
func TestLoadClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, err := Load(fstest.MapFS{"index": {Data: []byte("clock\t->\tnow=2026-08-22T13:10:58+02:00\tup=1h\n")}})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 8, 22, 11, 10, 58, 0, time.UTC)
		check := func(gone time.Duration) {
			t.Helper()
			got, err := r.Clock()
			if err != nil || !got.Now.Equal(now.Add(gone)) || got.Up != time.Hour+gone {
				t.Errorf("%v, %v after %v", got, err, gone)
			}
		}
		check(0)
		time.Sleep(time.Minute)
		check(time.Minute)
		r.Advance(time.Hour)
		check(time.Minute + time.Hour)
		c, err := r.Clock()
		if err != nil {
			t.Fatal(err)
		}
		if _, offset := c.Now.Zone(); offset != 2*60*60 {
			t.Errorf("the host is %d seconds before UTC", offset)
		}
		r.SetClock(c)
		time.Sleep(time.Minute)
		check(time.Minute + time.Hour)
	})
}

// FuzzSave proves that whatever a host has for a name is written into the directory and nowhere else, and is read again.
func FuzzSave(f *testing.F) {
	f.Fuzz(func(t *testing.T, first, second string, octets []byte) {
		r := NewRecording()
		r.SetFile(first, octets, Stat{})
		r.SetFile(second, []byte("second"), Stat{Path: first})
		r.SetDir(first, second)
		r.SetSysctl(octets, second, 42)
		r.SetProgram([]string{second, first}, octets, nil)
		r.SetError(fmt.Errorf("%s: %w", first, fs.ErrPermission), "tail", second)
		files := fstest.MapFS{}
		for name, octets := range r.files() {
			if !fs.ValidPath(name) {
				t.Errorf("%q is no name of a file", name)
			}
			files[name] = &fstest.MapFile{Data: octets}
		}
		for name := range files {
			if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`:*?"<>|\`, r) }) {
				t.Errorf("%q is no name that is good everywhere", name)
			}
		}
		got, err := Load(files)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, r, got)
	})
}
