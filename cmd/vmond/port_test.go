package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	portDir = "dist/freebsd/port"
	// root is where the port has its source from.
	root = "../.."
	// maxComment is how long a line may be that says what a package is (Porter's Handbook, 5.6), and maxDescr that of pkg-descr.
	maxComment, maxDescr = 70, 80
)

// A portfile is the Makefile of a port: its variables, and the commands of its targets.
type portfile struct {
	vars    map[string]string
	targets map[string][]string
}

// expand replaces variables: those of the file, and those that the ports tree derives from them for a package in /usr/local.
func (p portfile) expand(s string) string {
	name := p.vars["PORTNAME"]
	return strings.NewReplacer(
		"${WRKSRC}", root, "${STAGEDIR}", "", "${PREFIX}", "/usr/local", "${ETCDIR}", "/usr/local/etc/"+name,
		"${EXAMPLESDIR}", "/usr/local/share/examples/"+name,
	).Replace(s)
}

// readPort reads the Makefile.
func readPort(t *testing.T) portfile {
	t.Helper()
	p := portfile{vars: map[string]string{}, targets: map[string][]string{}}
	assign, target := regexp.MustCompile(`^([A-Z_]+)=\s*(.*)$`), regexp.MustCompile(`^([A-Za-z-]+):$`)
	current := ""
	for line := range strings.Lines(readText(t, filepath.Join(portDir, "Makefile"))) {
		line = strings.TrimSuffix(line, "\n")
		command, isCommand := strings.CutPrefix(line, "\t")
		switch {
		case line == "" || line[0] == '#' || line == ".include <bsd.port.mk>":
		case isCommand && current != "":
			p.targets[current] = append(p.targets[current], command)
		case assign.MatchString(line):
			m := assign.FindStringSubmatch(line)
			p.vars[m[1]] = m[2]
		case target.MatchString(line):
			current = target.FindStringSubmatch(line)[1]
		default:
			t.Errorf("unexpected line %q", line)
		}
	}
	return p
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPort proves that what the port names is there and fits: the module, the version of Go, the program, the files of the port.
func TestPort(t *testing.T) {
	t.Parallel()
	p := readPort(t)
	mod := readText(t, root+"/go.mod")
	module := regexp.MustCompile(`(?m)^module (\S+)$`).FindStringSubmatch(mod)[1]
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(mod)[1]
	for name, want := range map[string]string{
		"PORTNAME":    newRoot(nil).Name(),
		"GO_MODULE":   module,
		"WWW":         "https://" + module,
		"USES":        "go:" + version + "+,modules",
		"RUN_DEPENDS": "snmpd:net-mgmt/net-snmp",
		"CGO_ENABLED": "0",
	} {
		if diff := cmp.Diff(want, p.vars[name]); diff != "" {
			t.Errorf("unexpected %s (-want +got):\n%s", name, diff)
		}
	}
	files := []string{p.expand(p.vars["LICENSE_FILE"]), filepath.Join(root, p.vars["GO_TARGET"], "main.go")}
	for _, name := range strings.Fields(p.vars["USE_RC_SUBR"] + " " + p.vars["SUB_FILES"]) {
		files = append(files, filepath.Join(portDir, "files", name+".in"))
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			t.Errorf("there is no file %q: %v", name, err)
		}
	}
	// What is there is used: no file is forgotten.
	there, err := filepath.Glob(filepath.Join(portDir, "files", "*"))
	if err != nil || len(there) != len(files)-2 {
		t.Errorf("unexpected files %q, %v", there, err)
	}
	if comment := p.vars["COMMENT"]; comment == "" || len(comment) > maxComment || strings.HasSuffix(comment, ".") {
		t.Errorf("unexpected comment %q", comment)
	}
	for line := range strings.Lines(readText(t, filepath.Join(portDir, "pkg-descr"))) {
		if len(line) > maxDescr+1 {
			t.Errorf("pkg-descr: line of %d octets", len(line))
		}
	}
	script := readText(t, rcScript)
	for name, variable := range map[string]string{"USERS": "vmond_user", "GROUPS": "vmond_group"} {
		if p.vars[name] == "" || !strings.Contains(script, ": ${"+variable+":=\""+p.vars[name]+"\"}\n") {
			t.Errorf("%s is %q, which is not %s of the script", name, p.vars[name], variable)
		}
	}
}

// TestPortInstalls proves that every file that the port installs is in the source, that the package has these and no other, and
// that the texts that name them know where they come to be.
func TestPortInstalls(t *testing.T) {
	t.Parallel()
	p := readPort(t)
	installed := []string{"/usr/local/bin/" + path.Base(p.vars["GO_TARGET"])}
	made := map[string]bool{}
	for name, commands := range p.targets {
		if !slices.Contains([]string{"post-install", "post-install-EXAMPLES-on"}, name) {
			t.Errorf("unexpected target %q", name)
		}
		for _, command := range commands {
			words := strings.Fields(p.expand(command))
			switch {
			case words[0] == "${MKDIR}":
				for _, dir := range words[1:] {
					made[dir] = true
				}
			case words[0] == "${INSTALL_DATA}" && len(words) == 3:
				if _, err := os.Stat(words[1]); err != nil {
					t.Error(err)
				}
				if !made[words[2]] {
					t.Errorf("directory %q is not made", words[2])
				}
				installed = append(installed, path.Join(words[2], path.Base(words[1])))
			default:
				t.Errorf("unexpected command %q", command)
			}
		}
	}
	var listed []string
	for line := range strings.Lines(readText(t, filepath.Join(portDir, "pkg-plist"))) {
		line = strings.NewReplacer("%%ETCDIR%%", "etc/vmond", "%%PORTEXAMPLES%%", "", "%%EXAMPLESDIR%%", "share/examples/vmond").
			Replace(strings.TrimSpace(line))
		keyword, name, ok := strings.Cut(line, " ")
		switch {
		case !ok:
			listed = append(listed, "/usr/local/"+line)
		case keyword == "@sample" && strings.HasSuffix(name, ".sample"):
			listed = append(listed, "/usr/local/"+name)
		case keyword == "@dir(vmond,vmond,750)" && made[name]:
		default:
			t.Errorf("unexpected line %q of the package", line)
		}
	}
	slices.Sort(installed)
	slices.Sort(listed)
	if diff := cmp.Diff(installed, listed); diff != "" {
		t.Errorf("unexpected files of the package (-installed +listed):\n%s", diff)
	}
	for _, name := range []string{"dist/freebsd/vmond.toml.sample", root + "/README.md"} {
		if !strings.Contains(readText(t, name), "/usr/local/share/examples/vmond/snmpd.conf") {
			t.Errorf("%s does not say where the lines for snmpd.conf are", name)
		}
	}
	if !slices.Contains(installed, "/usr/local/share/examples/vmond/snmpd.conf") {
		t.Error("they are not there")
	}
}
