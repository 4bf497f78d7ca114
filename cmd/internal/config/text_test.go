package config

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// TestReference proves that the reference file of each operating system has every key, once and in order, each with a
// comment above it, and that what it says is the default there.
func TestReference(t *testing.T) {
	t.Parallel()
	for _, goos := range []string{"linux", "freebsd"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			checkReference(t, referenceOn(goos), defaultOn(goos))
		})
	}
	if diff := cmp.Diff(referenceOn(runtime.GOOS), Reference()); diff != "" {
		t.Errorf("unexpected reference file here (-want +got):\n%s", diff)
	}
}

func checkReference(t *testing.T, text string, want Config) {
	t.Helper()
	got, err := Parse("reference.toml", text)
	if err != nil {
		t.Fatalf("failed to parse: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected configuration (-want +got):\n%s", diff)
	}

	var raw map[string]any
	md, err := toml.Decode(text, &raw)
	if err != nil {
		t.Fatal(err)
	}
	var known, found []string
	for _, k := range keys() {
		known = append(known, k.name)
	}
	for _, k := range md.Keys() {
		if len(k) == 2 {
			found = append(found, k.String())
		}
	}
	if diff := cmp.Diff(known, found); diff != "" {
		t.Errorf("unexpected keys (-want +got):\n%s", diff)
	}

	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.Contains(line, " = ") && !strings.HasPrefix(line, "#") && !strings.HasPrefix(lines[i-1], "# ") {
			t.Errorf("line %d, %q, is not explained", i+1, line)
		}
		if len(line) > 120 {
			t.Errorf("line %d is %d octets long", i+1, len(line))
		}
	}
}

var update = flag.Bool("update", false, "write the files that are installed")

// TestShipped proves that the files that are installed are the reference files.
func TestShipped(t *testing.T) {
	t.Parallel()
	for goos, name := range map[string]string{"linux": "vmond.toml", "freebsd": "freebsd/vmond.toml.sample"} {
		path := filepath.Join("../../vmond/dist", name)
		if *update {
			if err := os.WriteFile(path, []byte(referenceOn(goos)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		shipped, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(referenceOn(goos), string(shipped)); diff != "" {
			t.Errorf("unexpected %s (-reference +shipped):\n%s", name, diff)
		}
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	c := Default()
	c.Hypervisor.ObjectID = []uint32{1, 3, 6, 1, 4, 1, 2312}
	c.Notifications.Bulk = true
	c.AgentX.Context = "a\"b\\c\x1b\n"
	want := `[hypervisor]
uri = "auto"
states = "5s"
statistics = "15s"
statistics_unread = "5m"
attention = "15m"
definitions = "2m"
surveys = "5m"
processor_base = 196608
object_id = "1.3.6.1.4.1.2312"

[agentx]
address = "unix:/var/agentx/master"
priority = 127
context = "a\"b\\c\U0000001B\U0000000A"
poll = "50us"

[notifications]
per_vm = false
bulk = true
window = "2s"
missed = true
message_size = 65507
max_index = 100000
queue = 10000

[librenms]
agentx = true
file = ""

[state]
dir = "/var/lib/vmond"

[control]
path = "/run/vmond/control.sock"
group = ""

[log]
level = "info"
format = "console"
`
	if diff := cmp.Diff(want, c.String()); diff != "" {
		t.Errorf("unexpected text (-want +got):\n%s", diff)
	}
}

// TestStringHidesPassword proves that what is printed has no password, and that one that is changed is a change.
func TestStringHidesPassword(t *testing.T) {
	t.Parallel()
	a, b := Default(), Default()
	a.Hypervisor.URI, b.Hypervisor.URI = "qemu+ssh://u:secret@h/system", "qemu+ssh://u:another@h/system"
	if text := a.String(); strings.Contains(text, "secret") || !strings.Contains(text, `uri = "qemu+ssh://u:xxxxx@h/system"`) {
		t.Errorf("unexpected text:\n%s", text)
	}
	if diff := cmp.Diff([]string{"hypervisor.uri"}, Changed(&a, &b)); diff != "" {
		t.Errorf("unexpected keys (-want +got):\n%s", diff)
	}
}

// TestErrorHidesPassword proves that an error has no password of a URI, wherever that is in the file.
func TestErrorHidesPassword(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`hypervisor.uri = "qemu+ssh:/u:secret@h/system"`,
		`hypervisor.uri = "u:secret@h/system"`,
		`hypervisor.uri = "qemu+ssh://u:%zzsecret@h/system"`,
		`hypervisor.uri = ["qemu+ssh://u:secret@h/system"]`,
		`hypervisor.uri = qemu+ssh://u:secret@h/system`,
		`hypervisor.uri = "qemu+ssh://u:secret@h/system`,
		`hypervisor.uri = "qemu+ssh://u:\qsecret@h/system"`,
		"hypervisor.uri = \"qemu+ssh://u:secret@h/system\"\nhypervisor.uri = \"x\"",
		`hypervisor.url = "qemu+ssh://u:secret@h/system"`,
		`hypervisor = "qemu+ssh://u:secret@h/system"`,
		`agentx.address = "qemu+ssh://u:secret@h/system"`,
		`agentx.address = "tcp:u:secret@h:1"`,
		`agentx.priority = "qemu+ssh://u:secret@h/system"`,
		`hypervisor.states = "qemu+ssh://u:secret@h/system"`,
		`state.dir = "qemu+ssh://u:secret@h/system"`,
		`log.level = "qemu+ssh://u:secret@h/system"`,
		`log.format = "qemu+ssh://u:secret@h/system"`,
		`control.group = "qemu+ssh://u:secret@h/ system"`,
		`hypervisor.object_id = "qemu+ssh://u:secret@h/system"`,
	} {
		_, err := Parse("f", text)
		if err == nil {
			t.Errorf("%s is taken", text)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s is told: %v", text, err)
		}
	}
}
