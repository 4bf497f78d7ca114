package test

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// given are the programs that are there before anything is installed: Go's, make, and those with which packages are
// installed. Whoever is not root needs sudo.
var given = []string{"go", "gofmt", "make", "apt-get", "apt-cache", "dpkg-query", "dpkg", "sudo"}

// TestPackages proves that every outside program that the Makefile, a script or Go code runs is given, of an essential
// package, or of a package in the list, which names it.
func TestPackages(t *testing.T) {
	t.Parallel()
	needDpkg(t)
	listed := map[string]string{}
	for _, p := range packages(t) {
		for _, program := range p.programs {
			listed[program] = p.names[0]
		}
	}
	uses := programs(t, os.DirFS(".."))
	for program, where := range uses {
		if _, ok := listed[program]; ok || slices.Contains(given, program) {
			continue
		}
		if pkg := packageOf(t, program); !essential(t, pkg) {
			t.Errorf("%s runs %s, which is of the package %q: name it in test/packages", where, program, pkg)
		}
	}
	for program, pkg := range listed {
		if uses[program] == "" {
			t.Errorf("test/packages lists %s of %s, which nothing runs", program, pkg)
		}
	}
}

// TestPackagesTruth proves against dpkg that the listed programs are in the packages that the list says.
func TestPackagesTruth(t *testing.T) {
	t.Parallel()
	needDpkg(t)
	for _, p := range packages(t) {
		for _, program := range p.programs {
			if _, err := exec.LookPath(program); err != nil {
				if os.Getenv("CI") == "true" {
					t.Errorf("%s of %s is not installed", program, p.names[0])
				}
				continue
			}
			if got := packageOf(t, program); !slices.Contains(p.names, got) {
				t.Errorf("%s is of the package %q, not of %q", program, got, p.names)
			}
		}
	}
}

// needDpkg skips the test where there are no Debian packages.
func needDpkg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("not a Debian system: nobody can tell which package a program is of")
	}
}

// TestPackagesForbids proves that the search finds what is run.
func TestPackagesForbids(t *testing.T) {
	t.Parallel()
	script := `# a comment with ls
set -eu
list=$(dirname "$0")/packages
found() {
    sed -n "/a; rm/p" "$list" | grep -q 'x | y' && return
}
for x in a b; do
    if ! command -v "$x" >/dev/null; then echo "no $x; see cat"; exit 1; fi
    LC_ALL=C env A=1 apt-get -q install "$x" || CI=true exec make "$x"
done
found >out 2>&1 && touch "$x" > /dev/null
`
	want := []string{"apt-get", "dirname", "env", "grep", "make", "sed", "touch"}
	if diff := cmp.Diff(want, scriptPrograms(script)); diff != "" {
		t.Errorf("unexpected programs of a script (-want +got):\n%s", diff)
	}
	recipes := "A ?= x\nGO ?= go\n\nhelp: ## Say rm\n\t@sed -n 's/; cp//' | expand -t 2\n\t$(GO) run ./x\n\tbin/y\n"
	if diff := cmp.Diff([]string{"expand", "go", "sed"}, makePrograms(recipes)); diff != "" {
		t.Errorf("unexpected programs of a Makefile (-want +got):\n%s", diff)
	}
	code := `package a

import "os/exec"

//go:generate stringer -type x
//go:generate go run ./gen

func f(name string) {
	exec.Command("ip", "link")
	exec.CommandContext(ctx, "virsh")
	exec.LookPath("busybox")
	lab.Need(t, "snmpd", "snmpget")
	exec.Command("sh", "-c", "echo a | tr a b; exit 3")
	os.StartProcess("/usr/bin/curl", nil, nil)
	syscall.ForkExec("/proc/self/exe", nil, nil)
	exec.Command(name)
	exec.Command("./own")
}
`
	got, unknown := goPrograms(t, "a/a.go", []byte(code))
	want = []string{
		"/usr/bin/curl", "busybox", "go", "ip", "sh", "snmpd", "snmpget", "stringer", "tr", "virsh",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected programs of Go code (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a/a.go: f"}, unknown); diff != "" {
		t.Errorf("unexpected unknown programs (-want +got):\n%s", diff)
	}
	txtar := "# exec rm\nexec vmond check\n! exec grep x y\n[root] exec chmod 0 x &\nstdout exec\n"
	if diff := cmp.Diff([]string{"chmod", "grep"}, txtarPrograms(txtar)); diff != "" {
		t.Errorf("unexpected programs of a test script (-want +got):\n%s", diff)
	}
}

// TestPackagesUnknown proves that a program cannot be run in a way that hides it from the search.
func TestPackagesUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, imports, code string
	}{
		{"a constant", `"os/exec"`, `exec.Command(jq)`},
		{"a script that is put together", `"os/exec"`, `exec.Command("sh", "-c", "ls "+dir)`},
		{"a command made by hand", `"os/exec"`, `x := &exec.Cmd{Path: "/usr/bin/jq"}`},
		{"another name for the package", `run "os/exec"`, `run.Command("jq")`},
		{"no name for the package", `. "os/exec"`, `Command("jq")`},
		{"another name for the function", `"os/exec"`, `f := exec.Command`},
		{"a function that is handed on", `"os"`, `use(os.StartProcess)`},
	}
	for _, tt := range tests {
		code := "package a\n\nimport " + tt.imports + "\n\nfunc f() {\n\t" + tt.code + "\n}\n"
		if _, unknown := goPrograms(t, "a/a.go", []byte(code)); len(unknown) == 0 {
			t.Errorf("%s goes unnoticed:\n%s", tt.name, code)
		}
	}
}

// A pack is a line of the list: a package and its alternatives, and what is run of them.
type pack struct {
	names, programs []string
}

// packages reads the list.
func packages(t *testing.T) []pack {
	t.Helper()
	text, err := os.ReadFile("packages")
	if err != nil {
		t.Fatal(err)
	}
	var list []pack
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' || line[0] == '[' {
			continue
		}
		names, programs, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("line %q of test/packages has no colon", line)
		}
		list = append(list, pack{strings.Split(names, " | "), strings.Fields(programs)})
	}
	return list
}

// packageOf returns the Debian package that a program is of, or "".
func packageOf(t *testing.T, program string) string {
	t.Helper()
	found, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	for _, p := range realPaths(t, found) {
		out, err := exec.Command("dpkg", "-S", p).Output()
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(out)) {
			// The names of packages come with their architecture where there may be several.
			if pkg, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(pkg, "diversion by ") {
				return pkg
			}
		}
	}
	return ""
}

// realPaths returns the paths under which a package may know a file: as it was found, behind its links, and below / where
// /bin has since become a link to /usr/bin.
func realPaths(t *testing.T, found string) []string {
	t.Helper()
	real, err := filepath.EvalSymlinks(found)
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		found, strings.TrimPrefix(found, "/usr"), "/usr" + found, real, strings.TrimPrefix(real, "/usr"),
	}
}

// essential reports whether a package is on every Debian system.
func essential(t *testing.T, pkg string) bool {
	t.Helper()
	if pkg == "" {
		return false
	}
	out, err := exec.Command("dpkg-query", "-W", "-f", "${Essential}", pkg).Output()
	if err != nil {
		t.Fatalf("dpkg-query: %v", err)
	}
	return string(out) == "yes"
}

// programs returns every program that anything in the tree runs, and where.
func programs(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	uses := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			// What is shipped for FreeBSD runs there, with the programs of its base system.
			if d != nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || name == "cmd/vmond/dist/freebsd") {
				return fs.SkipDir
			}
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		var found []string
		switch {
		case name == "Makefile":
			found = makePrograms(string(text))
		case path.Ext(name) == ".go":
			var unknown []string
			found, unknown = goPrograms(t, name, text)
			for _, u := range unknown {
				if !slices.Contains(runsWhatItIsTold, u) {
					t.Errorf("%s runs a program that is not named there", u)
				}
			}
		case path.Ext(name) == ".txtar":
			found = txtarPrograms(string(text))
		case strings.HasPrefix(string(text), "#!/bin/sh"):
			found = scriptPrograms(string(text))
		}
		for _, program := range found {
			uses[program] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return uses
}

// runsWhatItIsTold are the functions that run a program which their caller names, or which is our own.
var runsWhatItIsTold = []string{
	"test/faults/clock/guest/observer.go: newObserver", // vmond, in a machine that has nothing else
	"test/faults/clock/guest/observer.go: step",
	"test/lab/need.go: Need",
	"test/lab/neighbour_linux.go: becomeNeighbour", // libvirtd, which it has looked for by name
	"test/lab/systemd_linux.go: becomeSystemd",     // which NewSystemd has looked for by name
	"test/lab/pin_test.go: TestUseOneCPUUnknown",   // which is nowhere
	"test/lab/vmond.go: Start",
	"test/lab/vmond.go: Run",
	"test/lab/vmond.go: Trouble",
	"test/lab/tryout/try.go: choose",
	"test/lab/tryout/try.go: serve",
	"test/lab/tryout/try.go: awaitTable",
	"test/integration/tryout_test.go: checkCommands", // what make run prints: our own, and snmpwalk
	"test/bench/peers_test.go: startSubagent",        // which buildRivals has compiled
	"cmd/vmond/brokenpipe_test.go: served",           // vmond
	"cmd/vmond/version_test.go: TestPortVersion",     // go, and what it has built
	"test/suite/suite.go: command",
	"test/packages_test.go: packageOf",
	"test/packages_test.go: TestPackagesTruth",
	"mibs/program_test.go: run",
	"hv/libvirt/daemon_test.go: need",
	"hv/bhyve/freebsd/run.go: run", // of FreeBSD's base system and of CBSD, by their paths
}
