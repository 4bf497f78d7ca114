package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmond/vmond/cmd/internal/config"
)

// libvirtsBhyve is bhyve of this machine through libvirt.
const libvirtsBhyve = "bhyve:///system"

// onFreeBSD returns what the README says of FreeBSD.
func onFreeBSD(t *testing.T) string {
	t.Helper()
	_, section, _ := strings.Cut(readText(t, "../../README.md"), "\n## On FreeBSD\n")
	section, _, ok := strings.Cut(section, "\n## ")
	if !ok {
		t.Fatal("there is no such section")
	}
	return section
}

// TestReadmeFreeBSD proves that what the README tells of FreeBSD is there: the files, the lines for snmpd, the variables and
// commands of the script, the places, the flags.
func TestReadmeFreeBSD(t *testing.T) {
	t.Parallel()
	section := onFreeBSD(t)
	files := regexp.MustCompile(`cmd/vmond/dist/[\w./-]*\w`).FindAllString(section, -1)
	if len(files) < 4 {
		t.Errorf("unexpected files %q", files)
	}
	for _, name := range files {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Error(err)
		}
	}
	lines := readText(t, "dist/freebsd/snmpd.conf")
	for _, line := range []string{
		"master agentx", "agentXSocket /var/agentx/master", "agentXPerms 0660 0755 root vmond", "chmod 0755 /var/agentx",
		"view vms included .1.3.6.1.2.1.1\n", "view vms included .1.3.6.1.2.1.236\n", "rocommunity public 192.0.2.0/24 -V vms\n",
	} {
		if !strings.Contains(section, line) || !strings.Contains(lines, line) {
			t.Errorf("%q is not in both the README and dist/freebsd/snmpd.conf", line)
		}
	}
	script := readText(t, rcScript)
	for _, m := range regexp.MustCompile(`\b(vmond_[a-z]+)=`).FindAllStringSubmatch(section, -1) {
		if !strings.Contains(script, "${"+m[1]+":=") {
			t.Errorf("the script has no variable %s", m[1])
		}
	}
	commands := []string{"start", "stop", "restart"}
	for command := range strings.FieldsSeq(regexp.MustCompile(`(?m)^extra_commands="(.*)"$`).FindStringSubmatch(script)[1]) {
		commands = append(commands, command)
		if !strings.Contains(section, command) {
			t.Errorf("the README does not tell of %q", command)
		}
	}
	for _, m := range regexp.MustCompile(`service vmond (\w+)`).FindAllStringSubmatch(section, -1) {
		if !slices.Contains(commands, m[1]) {
			t.Errorf("the script has no %q", m[1])
		}
	}
	c, err := config.Parse("vmond.toml.sample", readText(t, "dist/freebsd/vmond.toml.sample"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{c.State.Dir, c.Control.Path, "/usr/local/etc/vmond/vmond.toml"} {
		if !strings.Contains(section, path) {
			t.Errorf("the README does not name %s", path)
		}
	}
	for _, m := range regexp.MustCompile(`vmond check (--[a-z]+)`).FindAllStringSubmatch(section, -1) {
		if newCheck().Flags().Lookup(m[1][2:]) == nil {
			t.Errorf("check has no flag %s", m[1])
		}
	}
	for _, uri := range regexp.MustCompile(`bhyve:///[^'"\x60 ]*`).FindAllString(section, -1) {
		if isNativeBhyve(uri) == (uri == libvirtsBhyve) {
			t.Errorf("%q is for the wrong one of hv/bhyve and hv/libvirt", uri)
		}
	}
}

// TestReadmeFreeBSDInstalls proves that on a host that has nothing yet, every directory is there before something is put into it,
// and that snmpd reads its file but once: whoever names it in rc.conf as well gets each of its trap sinks twice.
func TestReadmeFreeBSDInstalls(t *testing.T) {
	t.Parallel()
	section := onFreeBSD(t)
	_, commands, _ := strings.Cut(section, "do there as root:\n\n")
	commands, rest, _ := strings.Cut(commands, "\n\n")
	// The package makes the first when it is installed, and pkg(8) has come with the second.
	there := map[string]bool{"/usr/local/bin": false, "/usr/local/etc": true}
	put := 0
	for line := range strings.Lines(commands) {
		words := strings.Fields(line)
		target := words[len(words)-1]
		switch words[0] {
		case "pkg":
			there["/usr/local/bin"] = target == "net-snmp"
			continue
		case "mkdir":
			for _, dir := range words[2:] {
				there[dir] = true
			}
			continue
		case "install", "sed":
			put++
		case "chmod", "pw":
			continue
		default:
			t.Errorf("unexpected command %q", line)
		}
		dir := strings.TrimSuffix(target, "/")
		if dir == target {
			dir = filepath.Dir(target)
		}
		if !there[dir] {
			t.Errorf("there is no directory for %q", line)
		}
	}
	if put != 4 {
		t.Errorf("%d files are installed", put)
	}
	for _, file := range regexp.MustCompile(`/usr/local/etc/snmp/snmpd.conf`).FindAllString(rest, -1) {
		if !there[filepath.Dir(file)] {
			t.Errorf("there is no directory for %s", file)
		}
	}
	if strings.Contains(section, "snmpd_conffile=") {
		t.Error("snmpd would read its file twice")
	}
}
