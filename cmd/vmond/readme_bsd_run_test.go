package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/config"
)

// commandsWith returns the commands of the README's section on FreeBSD that have the text in them.
func commandsWith(t *testing.T, text string) []string {
	t.Helper()
	var commands []string
	for line := range strings.Lines(onFreeBSD(t)) {
		if strings.HasPrefix(line, "    ") && strings.Contains(line, text) {
			commands = append(commands, strings.TrimSpace(line))
		}
	}
	if len(commands) == 0 {
		t.Fatalf("the README has no command with %q", text)
	}
	return commands
}

// TestReadmeFreeBSDShows proves that who has a clone sees the recorded host by the command of the README. It is not parallel: that
// is run where the clone is.
func TestReadmeFreeBSDShows(t *testing.T) {
	words := strings.Fields(strings.ReplaceAll(commandsWith(t, "recorded=hv/")[0], "'", ""))
	if words[0] != "bin/vmond" || !strings.Contains(readText(t, "../../Makefile"), "-o "+words[0]+" ./cmd/vmond") {
		t.Errorf("make build makes no %s", words[0])
	}
	t.Chdir("../..")
	var stdout, stderr bytes.Buffer
	if code := run(words[1:], &stdout, &stderr); code != exitDone || stderr.Len() > 0 {
		t.Fatalf("unexpected exit code %d: %s", code, &stderr)
	}
	for _, name := range []string{"web01", "win2k", "builder"} {
		if !regexp.MustCompile(`(?m)^ *\d+  ` + name + ` `).Match(stdout.Bytes()) {
			t.Errorf("%s is not shown:\n%s", name, &stdout)
		}
	}
}

// TestReadmeFreeBSDCarries proves that what is carried to the host has all that is installed there, and that the line that makes the
// binary is one that any shell takes.
func TestReadmeFreeBSDCarries(t *testing.T) {
	t.Parallel()
	build := strings.Fields(commandsWith(t, "GOOS=freebsd")[0])
	if build[0] != "env" {
		t.Errorf("csh does not take %q", build)
	}
	carried := strings.Fields(commandsWith(t, "tar czf ")[0])[3:]
	_, commands, _ := strings.Cut(onFreeBSD(t), "do there as root:\n\n")
	commands, _, _ = strings.Cut(commands, "\n\n")
	needed := append(regexp.MustCompile(`cmd/[\w./-]+`).FindAllString(commands, -1), "vmond")
	for _, file := range needed {
		if !within(file, carried) {
			t.Errorf("%s is not among %q", file, carried)
		}
	}
	if len(needed) != 4 {
		t.Errorf("unexpected files %q", needed)
	}
}

// within reports whether a file is one of the paths, or below one.
func within(file string, paths []string) bool {
	for _, path := range paths {
		if file == path || strings.HasPrefix(file, path+"/") {
			return true
		}
	}
	return false
}

// TestReadmeFreeBSDRemoves proves that all that is installed and all that vmond makes is removed, and that the directory that is
// given back to the user is that of the state.
func TestReadmeFreeBSDRemoves(t *testing.T) {
	t.Parallel()
	_, commands, _ := strings.Cut(onFreeBSD(t), "    service vmond stop\n")
	commands, _, _ = strings.Cut(commands, "\n\n")
	var removed []string
	for line := range strings.Lines(commands) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 && words[0] == "rm" {
			removed = append(removed, words[1:]...)
		}
	}
	c, err := config.Parse("vmond.toml.sample", readText(t, "dist/freebsd/vmond.toml.sample"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		"/usr/local/bin/vmond", "/usr/local/etc/rc.d/vmond", "/usr/local/etc/vmond/vmond.toml",
		"/usr/local/share/examples/vmond/snmpd.conf", c.Control.Path, filepath.Join(c.State.Dir, stateFile),
	} {
		if !within(file, removed) {
			t.Errorf("%s is not removed by %q", file, removed)
		}
	}
	if !strings.Contains(onFreeBSD(t), "`chown -R vmond:vmond "+c.State.Dir+"`") {
		t.Errorf("the README does not tell how %s is given back to the user", c.State.Dir)
	}
}

// TestReadmeFreeBSDOpens proves that the commands that open a datastore of vm-bhyve to a group open what vmond reads, and no disk.
func TestReadmeFreeBSDOpens(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	write := func(name string) {
		path := filepath.Join(store, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"web01/web01.conf", "web01/vm-bhyve.log", "web01/disk0.img", "db01/db01.conf", ".iso/some.iso"} {
		write(name)
	}
	// below returns what the only command with the text has behind it, in the store. A shell expands it.
	below := func(text string) string {
		commands := commandsWith(t, text)
		if len(commands) != 1 {
			t.Fatalf("unexpected commands %q", commands)
		}
		return strings.ReplaceAll(strings.TrimPrefix(commands[0], text), "/zroot/vm", store)
	}
	for _, cmd := range []*exec.Cmd{
		exec.Command("sh", "-c", `chgrp "$0" $1`, strconv.Itoa(os.Getgid()), below("chgrp vmond ")),
		exec.Command("sh", "-c", `chmod "$0" $1`, "g+rX", below("chmod g+rX ")),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v: %s", cmd.Args, err, out)
		}
	}
	want := map[string]string{
		"web01": "drwxr-x---", "web01/web01.conf": "-rw-r-----", "web01/vm-bhyve.log": "-rw-r-----", "web01/disk0.img": "-rw-------",
		"db01": "drwxr-x---", "db01/db01.conf": "-rw-r-----", ".iso": "drwx------", ".iso/some.iso": "-rw-------",
	}
	got := map[string]string{}
	for name := range want {
		info, err := os.Stat(filepath.Join(store, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = info.Mode().String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected modes (-want +got):\n%s", diff)
	}
}
