package test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path of our module; what begins with it is ours.
const module = "github.com/vmond/vmond"

// A room is what one directory, and those below it that have no entry of their own, may import.
type room struct {
	// ours are the rooms that it may import besides itself and the rooms below it; "*" are all.
	ours []string
	// outside are the modules that it may import; "*" are all.
	outside []string
	// stdlibOnly forbids even zap.
	stdlibOnly bool
	// exec permits os/exec.
	exec bool
}

// The outside libraries.
const (
	agentxLib = "github.com/posteo/go-agentx"
	bboltLib  = "go.etcd.io/bbolt"
	cobraLib  = "github.com/spf13/cobra"
	gosmiLib  = "github.com/sleepinggenius2/gosmi"
	libvirt   = "github.com/digitalocean/go-libvirt"
	systemd   = "github.com/coreos/go-systemd/v22"
	tomlLib   = "github.com/BurntSushi/toml"
	sshLib    = "golang.org/x/crypto"
	sysLib    = "golang.org/x/sys"
	zapLib    = "go.uber.org/zap"
)

// rooms are the arrows of the house: who may know whom. A directory that is not here, nor below one that is, may not
// have Go files.
var rooms = map[string]room{
	"hv":         {stdlibOnly: true},
	"hv/libvirt": {ours: []string{"hv"}, outside: []string{libvirt, sshLib}}, // for qemu+ssh, as go-libvirt itself
	"hv/bhyve":   {ours: []string{"hv"}},
	"hv/sim":     {ours: []string{"hv"}},

	"hv/bhyve/freebsd": {outside: []string{sysLib}, exec: true},
	"hv/bhyve/vmbhyve": {ours: []string{"hv/bhyve/freebsd"}},
	"hv/bhyve/cbsd":    {ours: []string{"hv/bhyve/freebsd"}},

	"collector": {ours: []string{"hv"}, outside: []string{bboltLib}},

	"mib":        {stdlibOnly: true},
	"mib/vmmib":  {ours: []string{"mib", "collector", "hv"}, stdlibOnly: true},
	"mib/mibgen": {ours: []string{"mibs"}, outside: []string{gosmiLib}},
	"mibs":       {stdlibOnly: true},

	"agentx": {ours: []string{"mib"}, outside: []string{agentxLib}},

	"cmd/vmond":              {ours: []string{"*"}, outside: []string{cobraLib}},
	"cmd/internal/config":    {ours: []string{"collector", "hv"}, outside: []string{tomlLib}},
	"cmd/internal/daemon":    {ours: []string{"collector", "hv", "cmd/internal/config"}, outside: []string{systemd}},
	"cmd/internal/snmpdconf": {stdlibOnly: true},
	"cmd/internal/events":    {ours: []string{"collector", "hv"}},
	"cmd/internal/librenms":  {ours: []string{"collector", "hv", "mib"}},
	"cmd/internal/control":   {ours: []string{"collector", "hv", "cmd/internal/config", "cmd/internal/daemon", "cmd/internal/events"}},

	"test": {ours: []string{"*"}, outside: []string{"*"}, exec: true},
}

// testOnly are the modules that the tests of every room may import.
var testOnly = []string{
	"github.com/google/go-cmp", "github.com/gosnmp/gosnmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak",
	"pgregory.net/rapid", gosmiLib, agentxLib, sysLib,
}

// TestImports proves that every import of the shipped code follows an arrow, and that the tests bring in no library
// that they need not.
func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, imports := range sources(t, os.DirFS("..")) {
		dir := path.Dir(name)
		home, r, ok := roomOf(dir)
		if !ok {
			t.Errorf("%s is in no room: give %s its arrows in rooms", name, dir)
			continue
		}
		seen[home] = true
		for _, imp := range imports {
			if why := forbidden(home, r, imp, inTest(name)); why != "" {
				t.Errorf("%s imports %q: %s", name, imp, why)
			}
		}
	}
	for home := range rooms {
		if !seen[home] {
			t.Errorf("room %q has no Go files", home)
		}
	}
}

// TestImportsForbids proves that the test above can fail.
func TestImportsForbids(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, imp string
		want            bool
	}{
		{"stdlib", "hv/vm.go", "time", false},
		{"zap in the vocabulary", "hv/vm.go", zapLib, true},
		{"zap", "hv/libvirt/source.go", zapLib, false},
		{"below itself", "agentx/session.go", module + "/agentx/wire", false},
		{"vocabulary", "hv/libvirt/source.go", module + "/hv", false},
		{"a source knows no collector", "hv/libvirt/source.go", module + "/collector", true},
		{"a collector knows no MIB", "collector/collector.go", module + "/mib", true},
		{"a collector knows no source", "collector/collector.go", module + "/hv/sim", true},
		{"its test knows one", "collector/collector_test.go", module + "/hv/sim", false},
		{"a MIB knows no protocol", "mib/vmmib/view.go", module + "/agentx", true},
		{"nor does its test", "mib/vmmib/view_test.go", module + "/agentx", true},
		{"a protocol knows no MIB", "agentx/session.go", module + "/mib/vmmib", true},
		{"another's library", "agentx/session.go", libvirt, true},
		{"its library", "agentx/session.go", agentxLib + "/value", false},
		{"a library with a like name", "agentx/session.go", agentxLib + "two", true},
		{"programs", "hv/libvirt/source.go", "os/exec", true},
		{"programs in a test", "hv/libvirt/source_test.go", "os/exec", false},
		{"programs where bhyve needs them", "hv/bhyve/freebsd/run.go", "os/exec", false},
		{"the faces know each other", "cmd/internal/config/config.go", module + "/cmd/internal/control", true},
		{"the program knows all", "cmd/vmond/serve.go", module + "/agentx", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			home, r, ok := roomOf(path.Dir(tt.file))
			if !ok {
				t.Fatalf("%s is in no room", tt.file)
			}
			if why := forbidden(home, r, tt.imp, inTest(tt.file)); (why != "") != tt.want {
				t.Errorf("forbidden(%q, %q) = %q, want one: %t", tt.file, tt.imp, why, tt.want)
			}
		})
	}
}

// sources returns the imports of every Go file of ours. It reads the files through fsys, so that a cached result of
// this test is void once one of them changes.
func sources(t *testing.T, fsys fs.FS) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	goFiles(t, token.NewFileSet(), fsys, func(name string, file *ast.File) {
		files[name] = []string{}
		for _, spec := range file.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			files[name] = append(files[name], imp)
		}
	})
	return files
}

// roomOf finds the room that a directory is, or is below.
func roomOf(dir string) (home string, r room, ok bool) {
	for home = dir; home != "."; home = path.Dir(home) {
		if r, ok = rooms[home]; ok {
			return home, r, true
		}
	}
	return "", room{}, false
}

// inTest reports whether a file is no part of what is shipped: a test, or a room of test doubles, such as agentxtest.
func inTest(name string) bool {
	return strings.HasSuffix(name, "_test.go") || strings.HasSuffix(path.Dir(name), "test")
}

// forbidden returns why a file of the room may not import imp, or "".
func forbidden(home string, r room, imp string, test bool) string {
	own, isOurs := strings.CutPrefix(imp, module+"/")
	switch {
	case isOurs && (below(own, home) || slices.Contains(r.ours, "*") || anyBelow(own, r.ours, true)):
		return ""
	case isOurs && test && !hidden(home, own):
		return ""
	case isOurs:
		return "no arrow leads there from " + home
	case imp == "os/exec" && !r.exec && !test:
		return "only hv/bhyve/freebsd and the tests run programs"
	case !strings.Contains(strings.Split(imp, "/")[0], "."):
		return ""
	case below(imp, zapLib) && (!r.stdlibOnly || test):
		return ""
	case slices.Contains(r.outside, "*") || anyBelow(imp, r.outside, false) || test && anyBelow(imp, testOnly, false):
		return ""
	}
	return "it is the library of another room, or of none"
}

// hidden reports whether not even the tests of a room may know another: a MIB's tests need no protocol, and those of a
// protocol no MIB.
func hidden(home, own string) bool {
	mibs := below(home, "mib") || below(home, "mibs")
	return mibs && below(own, "agentx") || below(home, "agentx") && !below(own, "mib") || below(own, "cmd")
}

// anyBelow reports whether imp is one of paths or, unless exact is set, below one.
func anyBelow(imp string, paths []string, exact bool) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return imp == p || !exact && below(imp, p) })
}

// below reports whether a path is another or below it.
func below(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }
