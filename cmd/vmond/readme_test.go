package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// TestReadme proves that the README has each command with its flags and no others, and tells what the drop-in does.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, synopsis, _ := strings.Cut(string(text), "\n## Commands\n\n")
	synopsis, _, _ = strings.Cut(synopsis, "\n\n")
	documented := map[string][]string{}
	name := ""
	for line := range strings.Lines(synopsis) {
		if m := regexp.MustCompile(`^    vmond (\w+)`).FindStringSubmatch(line); m != nil {
			name = m[1]
			documented[name] = nil
		}
		for _, m := range regexp.MustCompile(`\[?(--?[a-z-]+)`).FindAllStringSubmatch(line, -1) {
			documented[name] = append(documented[name], m[1])
		}
	}
	want := map[string][]string{}
	for _, cmd := range newRoot(io.Discard).Commands() {
		if cmd.Name() != "help" {
			want[cmd.Name()] = flagsOf(cmd)
		}
	}
	for _, flags := range documented {
		slices.Sort(flags)
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("unexpected synopsis (-program +README):\n%s", diff)
	}
	for _, line := range []string{
		"agentXPerms 0660 0755 Debian-snmp vmond", "view systemonly included .1.3.6.1.2.1.236", "chmod 0755 /var/agentx",
		"view systemonly included .1.3.6.1.4.1.8072.1.3.2.2.1.21", "view systemonly included .1.3.6.1.4.1.8072.1.3.2.3.1.2",
		"extend hv-monitor /bin/cat " + cacheDir + "/hv_monitor.json.snmp",
		"trap2sink manager.example.net public", "informsink manager.example.net public",
		"trapsess -v3 -Ci -u vmond -l authPriv -a SHA-256 -A PASSPHRASE -x AES -X PASSPHRASE manager.example.net",
	} {
		dropIn, err := os.ReadFile("dist/snmpd.conf.d/vmond.conf")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), line) || !strings.Contains(string(dropIn), line) {
			t.Errorf("%q is not in both the README and the drop-in", line)
		}
	}
}

// flagsOf returns the flags of a command as a synopsis names them: by their letter if they have one.
func flagsOf(cmd *cobra.Command) []string {
	var names []string
	for line := range strings.Lines(cmd.LocalNonPersistentFlags().FlagUsages()) {
		m := regexp.MustCompile(`^ +(-\w)?(?:, )?(--[a-z-]+)`).FindStringSubmatch(line)
		switch {
		case m == nil || m[2] == "--help":
		case m[1] != "":
			names = append(names, m[1])
		default:
			names = append(names, m[2])
		}
	}
	slices.Sort(names)
	return names
}
