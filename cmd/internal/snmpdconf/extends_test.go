package snmpdconf

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pid is the process of the snmpd that the tests have.
const pid = 7

// A host is the root directory of a test: the texts of its files by their paths. A text that begins with "-> " is a symbolic
// link.
type host map[string]string

// processes returns a host with procfs, whose first process is ours.
func processes() host { return host{"/proc/self": "-> 1"} }

// snmpd returns a host with the process of an snmpd.
func snmpd(args string, env ...string) host {
	return host{
		"/proc/self":      "-> 1",
		"/proc/7/comm":    "snmpd\n",
		"/proc/7/cmdline": "/usr/sbin/snmpd\x00" + strings.Join(strings.Fields(args), "\x00") + "\x00",
		"/proc/7/environ": strings.Join(env, "\x00") + "\x00",
		"/proc/7/cwd":     "-> /home",
	}
}

// with returns the host with more files, two of them by turns with their texts.
func (h host) with(namesAndTexts ...string) host {
	for i := 0; i < len(namesAndTexts); i += 2 {
		h[namesAndTexts[i]] = namesAndTexts[i+1]
	}
	return h
}

// without returns the host without some files.
func (h host) without(names ...string) host {
	for _, n := range names {
		delete(h, n)
	}
	return h
}

// root writes the host to disk.
func (h host) root(t *testing.T) files {
	t.Helper()
	f := files{root: t.TempDir()}
	for name, text := range h {
		full := f.path(name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		write := func() error { return os.WriteFile(full, []byte(text), 0o600) }
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			write = func() error { return os.Symlink(target, full) }
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// mainFile is the first configuration file of this system.
func mainFile() string { return defaults(runtime.GOOS)[0] + "/snmpd.conf" }

// TestExtends looks for the extend "one" on hosts of all kinds.
func TestExtends(t *testing.T) {
	t.Parallel()
	const ours = "\nextend one /bin/true\n"
	const loop = "-> self" // which may not be read by anyone
	second := defaults(runtime.GOOS)[1]
	tests := []struct {
		name string
		host host
		want string // the place, or nothing
		err  string // a part of it
	}{
		{name: "no file", host: snmpd("")},
		{name: "no extend", host: snmpd("").with(mainFile(), "rocommunity public\nextend two x\n")},
		{name: "in a default file", host: snmpd("").with(mainFile(), ours), want: mainFile() + ":2"},
		{name: "in a local one", host: snmpd("").with(second+"/snmpd.local.conf", ours), want: second + "/snmpd.local.conf:2"},
		{name: "in one for all, where it is none", host: snmpd("").with(second+"/snmp.conf", ours)},
		{name: "in one for all, in its section", host: snmpd("").with(second+"/snmp.conf", "[snmpd]\nextend one x"), want: second + "/snmp.conf:2"},
		{name: "default files are not read", host: snmpd("-C").with(mainFile(), ours)},
		{name: "given and default files", host: snmpd("-c /a.conf").with(mainFile(), ours, "/a.conf", ""), want: mainFile() + ":2"},
		{name: "in the second given file", host: snmpd("-C -c /a.conf,/b.conf").with("/a.conf", "", "/b.conf", ours), want: "/b.conf:2"},
		{name: "a given file that is not there", host: snmpd("-C -c /a.conf")},
		{name: "a given relative file", host: snmpd("-C -c a.conf").with("/home/a.conf", ours), want: "/home/a.conf:2"},
		{name: "a given relative file of who knows where", host: snmpd("-C -c a.conf").without("/proc/7/cwd"), err: `"a.conf" is from the directory`},
		{name: "a given relative file of one in the background", host: snmpd("-C -c a.conf").with("/a.conf", ours, "/proc/7/cwd", "-> /"), err: `"a.conf" is from the directory`},
		{name: "no configuration", host: snmpd("-C -c /dev/null")},
		{name: "on the command line", host: snmpd("--extend=one").with(mainFile(), ours), want: "the command line of snmpd"},
		{name: "no includes on the command line", host: snmpd("-C --includeFile=/a.conf").with("/a.conf", ours)},
		{name: "in a path of the environment", host: snmpd("", "SNMPCONFPATH=/x:/y").with("/y/snmpd.conf", ours), want: "/y/snmpd.conf:2"},
		{name: "only in the path of the environment", host: snmpd("", "SNMPCONFPATH=/x:/y").with(mainFile(), ours)},
		{name: "no home", host: snmpd("").with("/.snmp/snmpd.conf", ours)},
		{name: "at home", host: snmpd("", "HOME=/root").with("/root/.snmp/snmpd.conf", ours), want: "/root/.snmp/snmpd.conf:2"},
		{name: "an environment that may not be read", host: snmpd("").with(mainFile(), ours).without("/proc/7/environ"), want: mainFile() + ":2"},

		{name: "in an included file", host: snmpd("-C -c /a/a.conf").with("/a/a.conf", "includeFile b", "/a/b", ours), want: "/a/b:2"},
		{name: "in an included directory", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir /d", "/d/1.conf", "", "/d/2.conf", ours), want: "/d/2.conf:2"},
		{name: "in a directory, not included", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir /d", "/d/.1.conf", ours, "/d/2", ours, "/d/.conf", ours)},
		{name: "in a relative directory", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir d", "/home/d/1.conf", ours), want: "/home/d/1.conf:2"},
		{name: "in a relative directory of who knows where", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir d", "/1.conf", ours, "/proc/7/cwd", "-> /"), err: `"d" is from the directory`},
		{name: "in a directory that is not there", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir /d\nincludeFile /d/e\n")},
		{name: "in a file beyond no directory", host: snmpd("-C -c /a.conf").with("/a.conf", "includeFile /a.conf/b\n")},
		{name: "in a searched file", host: snmpd("-c /a.conf").with("/a.conf", "includeSearch more.conf", second+"/more.conf", ours), want: second + "/more.conf:2"},
		{name: "nothing is searched", host: snmpd("-C -c /a.conf").with("/a.conf", "includeSearch more", second+"/more.conf", ours)},
		{name: "an include in a section", host: snmpd("-C -c /a.conf").with("/a.conf", "[snmp]\nincludeFile /b\n", "/b", ours)},
		{name: "an include in a section and in another", host: snmpd("-C -c /a.conf").with("/a.conf", "[snmp]\nincludeFile /b\n[snmpd]\nincludeFile /b\n", "/b", ours), want: "/b:2"},
		{name: "a file that includes itself", host: snmpd("-C -c /a.conf").with("/a.conf", "includeFile a.conf\nincludeFile ./a.conf\nincludeFile b.conf", "/b.conf", "includeFile a.conf"+ours), want: "/b.conf:2"},
		{name: "a file that includes itself often", host: snmpd("-C -c /a.conf").with("/a.conf", strings.Repeat("includeFile a.conf\n", 40))},
		{name: "includes as deep as they may be", host: snmpd("-C -c /0").chain(maxDepth).with(fmt.Sprint("/", maxDepth), ours), want: fmt.Sprint("/", maxDepth, ":2")},
		{name: "includes too deep for snmpd", host: snmpd("-C -c /0").chain(maxDepth+1).with(fmt.Sprint("/", maxDepth+1), ours)},
		{name: "more files than anyone has", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir /d").many(maxFiles), err: "more than 512 files"},

		{name: "a file that may not be read", host: snmpd("-C -c /self").with("/self", loop), err: "/self"},
		{name: "an included file that may not be read", host: snmpd("-C -c /a.conf").with("/a.conf", "includeFile /self", "/self", loop), err: "/self"},
		{name: "a directory that may not be read", host: snmpd("-C -c /a.conf").with("/a.conf", "includeDir /self", "/self", loop), err: "/self"},
		{name: "found, though a file may not be read", host: snmpd("-C -c /self,/a.conf").with("/self", loop, "/a.conf", ours), want: "/a.conf:2"},
		{name: "the first that may not be read", host: snmpd("-C -c /self,/d").with("/self", loop, "/d/a.conf", ours), err: "/self"},
		{name: "a directory for a file", host: snmpd("-C -c /d").with("/d/a.conf", ours), err: `"/d" is no file`},
		{name: "a file that is too large", host: snmpd("-C -c /a.conf").with("/a.conf", strings.Repeat("#\n", maxFile/2)+ours), err: "more than 1048576 octets"},
		{name: "a file that is large", host: snmpd("-C -c /a.conf").with("/a.conf", ours+strings.Repeat("#", maxFile-len(ours))), want: "/a.conf:2"},

		{name: "no process", host: processes().with("/proc/8/comm", "init\n"), err: `no process is called "snmpd"`},
		{name: "no procfs, no file", host: host{}},
		{name: "no procfs", host: host{mainFile(): ours}, want: mainFile() + ":2"},
		{name: "no procfs, another default file", host: host{second + "/snmpd.local.conf": ours}, want: second + "/snmpd.local.conf:2"},
		{name: "no procfs, a file that may not be read", host: host{mainFile(): "-> snmpd.conf"}, err: "snmpd.conf"},
		{name: "a procfs of FreeBSD", host: host{"/proc/7/status": "snmpd 7 1\n", mainFile(): ours}, want: mainFile() + ":2"},
		{name: "it has gone into the background", host: processes().with("/proc/9/comm", "snmpd\n", "/proc/9/cmdline", "snmpd\x00-C\x00-c\x00/a.conf\x00", "/a.conf", ours), want: "/a.conf:2"},
		{name: "another has its number", host: processes().with("/proc/7/comm", "sh\n", "/proc/9/comm", "snmpd\n", "/proc/9/cmdline", "snmpd\x00-C\x00-c\x00/a.conf\x00", "/a.conf", ours), want: "/a.conf:2"},
		{name: "two have gone into the background", host: processes().with("/proc/8/comm", "snmpd\n", "/proc/9/comm", "snmpd\n"), err: "several processes"},
		{name: "no command line", host: snmpd("").without("/proc/7/cmdline"), err: "cmdline"},
		{name: "an empty command line", host: snmpd("").with("/proc/7/cmdline", "", mainFile(), ours), want: mainFile() + ":2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, found, err := tt.host.root(t).extends(pid, "one")
			place := ""
			if found {
				place = got.String()
			}
			if place != tt.want || found != (tt.want != "") {
				t.Errorf("unexpected place: %q, found %v, want %q", place, found, tt.want)
			}
			if (err != nil) != (tt.err != "") || err != nil && (!strings.Contains(err.Error(), tt.err) || !strings.HasPrefix(err.Error(), "configuration of snmpd: ")) {
				t.Errorf("unexpected error: %v, want %q in it", err, tt.err)
			}
		})
	}
}

// chain adds files that include each other, from /0 on.
func (h host) chain(length int) host {
	for i := range length {
		h[fmt.Sprint("/", i)] = fmt.Sprint("includeFile /", i+1)
	}
	return h
}

// many adds so many files to the directory /d.
func (h host) many(count int) host {
	for i := range count {
		h[fmt.Sprintf("/d/%d.conf", i)] = ""
	}
	return h
}

// TestDefaults proves where the packages of the systems have their files.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for system, want := range map[string]string{"linux": "/etc/snmp", "freebsd": "/usr/local/etc/snmp"} {
		if got := defaults(system)[0]; got != want {
			t.Errorf("unexpected first directory on %s: %q, want %q", system, got, want)
		}
	}
}

// TestReadDoesNotWait proves that a FIFO that nobody writes into holds up nobody.
func TestReadDoesNotWait(t *testing.T) {
	t.Parallel()
	f := files{root: t.TempDir()}
	if err := syscall.Mkfifo(f.path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.read("/fifo"); err == nil || !strings.Contains(err.Error(), `"/fifo" is no file`) {
		t.Errorf("unexpected error: %v", err)
	}
}

// TestGlob proves that what is found has its path on the host, whatever the root is.
func TestGlob(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "lib/x/snmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range []files{{root: "/"}, {root: dir}, {root: dir + "/"}} {
		want := strings.TrimPrefix(filepath.Join(dir, "lib/x/snmp"), strings.TrimSuffix(f.root, "/"))
		if diff := cmp.Diff([]string{want}, f.glob(filepath.Dir(filepath.Dir(want))+"/*/snmp")); diff != "" {
			t.Errorf("unexpected directories below %q (-want +got):\n%s", f.root, diff)
		}
	}
}
