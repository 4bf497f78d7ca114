package mibs_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mibs"
)

// everyModule returns the names of the modules and stubs.
func everyModule(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.txt", "stubs/*.txt"} {
		found, err := fs.Glob(mibs.FS(), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			names = append(names, strings.TrimSuffix(path.Base(f), ".txt"))
		}
	}
	return names
}

// clone returns a copy of the files that can be changed.
func clone(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(mibs.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(mibs.FS(), name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFilesAreNamedAfterTheirModules(t *testing.T) {
	t.Parallel()
	for _, name := range everyModule(t) {
		m, err := parse(mibs.FS(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Name.String() != name {
			t.Errorf("unexpected module %q in the file of %q", m.Name, name)
		}
	}
}

func TestNothingIsEmbeddedButModules(t *testing.T) {
	t.Parallel()
	want := []string{
		"IANA-STORAGE-MEDIA-TYPE-MIB.txt", "UUID-TC-MIB.txt", "VM-MIB.txt",
		"stubs/IF-MIB.txt", "stubs/SNMP-FRAMEWORK-MIB.txt", "stubs/SNMPv2-CONF.txt", "stubs/SNMPv2-MIB.txt", "stubs/SNMPv2-SMI.txt",
		"stubs/SNMPv2-TC.txt",
	}
	var got []string
	err := fs.WalkDir(mibs.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			got = append(got, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected files (-want +got):\n%s", diff)
	}
}

// SMIv2 modules are ASCII (RFC 2578, section 3.1), and some tools take a tab for eight columns, some for one.
func TestTextIsPlain(t *testing.T) {
	t.Parallel()
	const width = 80
	for name, f := range clone(t) {
		for i, line := range strings.Split(string(f.Data), "\n") {
			if len(line) > width || strings.TrimRight(line, " ") != line {
				t.Errorf("%s:%d: line is longer than %d or ends in blanks", name, i+1, width)
			}
			if strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
				t.Errorf("%s:%d: line has a character that is not printable ASCII", name, i+1)
			}
		}
		if _, err := os.Stat(name); err != nil {
			t.Errorf("embedded file is not in its place: %v", err)
		}
	}
}
