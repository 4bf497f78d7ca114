package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/cmd/internal/config"
)

// rcScript is FreeBSD's script as the port has it.
const rcScript = "dist/freebsd/port/files/vmond.in"

// The programs that the script runs, or rc.subr for it. Each notes its arguments.
const (
	note    = "#!/bin/sh\necho \"${0##*/} $*\" >> \"$NOTES\"\n"
	fakeSu  = note + "shift 3\nsh -c \"$1\"\n"                                    // su -m USER -c COMMAND
	fakeRun = note + "shift 2\n\"$@\"\n"                                          // limits -C CLASS COMMAND...
	fakeIn  = note + "for last; do :; done\nmkdir -p \"$last\"\n"                 // install -d ... DIRECTORY
	fakeMe  = note + "echo the configuration\nexit $(cat \"$EXITS\" || echo 0)\n" // vmond check
	// fakeDaemon notes its arguments one by one, since that is what has to come through all the shells.
	fakeDaemon = "#!/bin/sh\necho daemon >> \"$NOTES\"\nfor a; do echo \"  $a\" >> \"$NOTES\"; done\n"
)

// An rcd is a FreeBSD as far as the script sees it.
type rcd struct {
	t      *testing.T
	dir    string
	script string
}

// newRCD returns one where vmond is installed, and has this rc.conf.
func newRCD(t *testing.T, conf string) *rcd {
	t.Helper()
	dir := t.TempDir()
	subr, err := filepath.Abs("testdata/rc/rc.subr")
	if err != nil {
		t.Fatal(err)
	}
	r := &rcd{t: t, dir: dir, script: filepath.Join(dir, "usr/local/etc/rc.d/vmond")}
	text, err := os.ReadFile(rcScript)
	if err != nil {
		t.Fatal(err)
	}
	r.write("usr/local/etc/rc.d/vmond", strings.NewReplacer(
		"%%PREFIX%%", dir+"/usr/local", "/etc/rc.subr", subr, "/usr/sbin/daemon", dir+"/sbin/daemon",
		"/var/run", dir+"/run", "/var/db", dir+"/db", "/var/cache", dir+"/cache",
	).Replace(string(text)))
	r.write("rc.conf", conf)
	r.write("usr/local/etc/vmond/vmond.toml", "")
	for name, program := range map[string]string{
		"bin/su": fakeSu, "bin/limits": fakeRun, "bin/install": fakeIn, "bin/signal": note, "bin/wait_for": note, "bin/jail": note,
		"sbin/daemon": fakeDaemon, "usr/local/bin/vmond": fakeMe,
	} {
		r.write(name, program)
	}
	return r
}

func (r *rcd) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), writeProgram(path, strings.NewReader(text))); err != nil {
		r.t.Fatal(err)
	}
}

// writeProgram writes a program that can be run at once. No other test starts one meanwhile: its process would have the file
// open for writing for a moment, and the kernel runs no such file (https://go.dev/issue/22315).
func writeProgram(path string, from io.Reader) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, text, 0o755)
}

// running has processes that are vmond and its daemon(8), beside another.
func (r *rcd) running() {
	r.waiting()
	r.write("processes", "1 /sbin/init\n100 "+r.dir+"/sbin/daemon\n101 "+r.dir+"/usr/local/bin/vmond\n")
}

// waiting has a daemon(8) that waits to start vmond again: the number of its last is another's now.
func (r *rcd) waiting() {
	r.write("processes", "1 /sbin/init\n100 "+r.dir+"/sbin/daemon\n101 /bin/another\n")
	r.write("run/vmond.pid", "100")
	r.write("run/vmond.child.pid", "101")
}

// startsWhenStopped has daemon(8) start vmond at the very last.
func (r *rcd) startsWhenStopped() {
	r.write("bin/signal", note+"[ $1 != KILL ] || { echo '102 "+r.dir+"/usr/local/bin/vmond' > \"$PROCESSES\"; "+
		"echo 102 > '"+r.dir+"/run/vmond.child.pid'; }\n")
}

// ending has processes that end when they are told to.
func (r *rcd) ending() {
	r.running()
	r.write("bin/signal", note+": > \"$PROCESSES\"\n")
}

// service runs the script, and returns what was run, what it said and whether it was content. Its directory is DIR in them.
func (r *rcd) service(arg string) (notes, said string, ok bool) {
	r.t.Helper()
	path := filepath.Join(r.dir, "notes")
	cmd := exec.Command("sh")
	cmd.Args = append(cmd.Args, r.script, arg)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(r.dir, "bin")+":"+os.Getenv("PATH"), "NOTES="+path,
		"FAKE_RC_CONF="+filepath.Join(r.dir, "rc.conf"), "EXITS="+filepath.Join(r.dir, "exits"),
		"PROCESSES="+filepath.Join(r.dir, "processes"))
	out, err := cmd.CombinedOutput()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		r.t.Fatal(err)
	}
	text, err2 := os.ReadFile(path)
	if err2 != nil && !errors.Is(err2, os.ErrNotExist) {
		r.t.Fatal(err2)
	}
	return strings.ReplaceAll(string(text), r.dir, "DIR"), strings.ReplaceAll(string(out), r.dir, "DIR"), err == nil
}

const (
	// asUser is what is run to become vmond, and looked what is run to have it look at its configuration.
	asUser = "su -m vmond -c sh -c 'eval \"${VMOND_CHECK}\"'\n"
	looked = asUser + "vmond check --config DIR/usr/local/etc/vmond/vmond.toml\n"
	made   = "install -d -o vmond -g vmond -m 0755 DIR/run/vmond\ninstall -d -o vmond -g vmond -m 0750 DIR/db/vmond\n" +
		"install -d -o vmond -g vmond -m 0755 DIR/cache/vmond\n"
)

// lookedWith is looked with flags.
func lookedWith(flags string) string { return strings.TrimSuffix(looked, "\n") + " " + flags + "\n" }

// started returns what is run to start vmond as a user with that configuration and those flags.
func started(user, file string, flags ...string) string {
	args := []string{
		"-c", "-f", "-S", "-T", "vmond", "-t", "vmond", "-R", "5", "-u", user,
		"-P", "DIR/run/vmond.pid", "-p", "DIR/run/vmond.child.pid", "DIR/usr/local/bin/vmond", "serve", "--config", file,
	}
	args = append(args, flags...)
	return "limits -C daemon DIR/sbin/daemon " + strings.Join(args, " ") + "\ndaemon\n  " + strings.Join(args, "\n  ") + "\n"
}

// TestRCD proves what the script of FreeBSD's rc(8) runs: as whom, with which arguments, and what it does first.
func TestRCD(t *testing.T) {
	t.Parallel()
	const file = "DIR/usr/local/etc/vmond/vmond.toml"
	tests := []struct {
		name, conf, arg string
		prepare         func(r *rcd)
		notes, said     string
		fails           bool
	}{
		{name: "not enabled", arg: "start", said: "Cannot 'start' vmond. Set vmond_enable to YES in /etc/rc.conf.\n"},
		{name: "start", conf: "vmond_enable=YES\n", arg: "start", notes: made + looked + started("vmond", file)},
		{
			name: "start with flags, which are vmond's", arg: "start",
			conf: "vmond_enable=YES\nvmond_flags=\"--log-level debug --hypervisor bhyve:///\"\n",
			notes: made + lookedWith("--log-level debug --hypervisor bhyve:///") +
				started("vmond", file, "--log-level", "debug", "--hypervisor", "bhyve:///"),
		},
		{
			name: "configtest with flags in quotes", arg: "configtest", said: "the configuration\n",
			conf:  "vmond_enable=YES\nvmond_flags=\"--state-dir 'a  b' --control \\\"c  d\\\"\"\n",
			notes: lookedWith("--state-dir a  b --control c  d"),
		},
		{
			name: "restart with flags", arg: "restart", prepare: (*rcd).ending,
			conf: "vmond_enable=YES\nvmond_flags=\"--log-level warn\"\n",
			notes: lookedWith("--log-level warn") + "signal TERM 100\nwait_for 100\nwait_for 101\n" + made +
				lookedWith("--log-level warn") + started("vmond", file, "--log-level", "warn"),
		},
		{
			name: "start as another user", arg: "start",
			conf: "vmond_enable=YES\nvmond_user=root\nvmond_group=wheel\n",
			notes: strings.ReplaceAll(strings.ReplaceAll(made+looked, "-o vmond -g vmond", "-o root -g wheel"), "-m vmond", "-m root") +
				started("root", file),
		},
		{
			name: "start with another configuration", arg: "start", conf: "vmond_enable=YES\nvmond_config=/etc/hosts\n",
			notes: made + strings.ReplaceAll(looked, file, "/etc/hosts") + started("vmond", "/etc/hosts"),
		},
		{
			name: "start without a configuration", arg: "start", conf: "vmond_enable=YES\nvmond_config=/nowhere\n", fails: true,
			said: "DIR/usr/local/etc/rc.d/vmond: WARNING: /nowhere is not readable.\n",
		},
		{
			name: "start with a bad configuration", arg: "start", conf: "vmond_enable=YES\n", fails: true,
			prepare: func(r *rcd) { r.write("exits", "2") }, notes: made + looked,
		},
		{
			name: "start what runs", arg: "start", conf: "vmond_enable=YES\n", fails: true, prepare: (*rcd).running,
			said: "vmond already running? (pid=100).\n",
		},
		{name: "status", arg: "status", prepare: (*rcd).running, said: "vmond is running as pid 100.\n"},
		{name: "status of nothing", arg: "status", said: "vmond is not running.\n", fails: true},
		{
			name: "stop", arg: "stop", prepare: (*rcd).running, notes: "signal TERM 100\nwait_for 100\nwait_for 101\n",
		},
		{
			// Newer ones of daemon(8) would drop a TERM.
			name: "stop while vmond waits to be started again", arg: "stop", prepare: (*rcd).waiting,
			notes: "signal KILL 100\nwait_for 100\n",
		},
		{
			name: "stop before vmond was ever started", arg: "stop", notes: "signal KILL 100\nwait_for 100\n",
			prepare: func(r *rcd) { r.waiting(); r.write("run/vmond.child.pid", "") },
		},
		{
			name: "stop while vmond is started again", arg: "stop",
			prepare: func(r *rcd) { r.waiting(); r.startsWhenStopped() },
			notes:   "signal KILL 100\nwait_for 100\nsignal TERM 102\nwait_for 102\n",
		},
		{
			name: "stop nothing", conf: "vmond_enable=YES\n", arg: "stop", fails: true,
			said: "vmond not running? (check DIR/run/vmond.pid).\n",
		},
		{
			name: "reload", arg: "reload", conf: "vmond_enable=YES\n", prepare: (*rcd).running,
			notes: looked + "signal HUP 101\n",
		},
		{
			name: "reload a bad configuration", arg: "reload", conf: "vmond_enable=YES\n", fails: true,
			prepare: func(r *rcd) { r.running(); r.write("exits", "2") }, notes: looked,
		},
		{
			name: "reload while vmond waits to be started again", arg: "reload", conf: "vmond_enable=YES\n", fails: true,
			prepare: (*rcd).waiting, notes: looked,
			said: "vmond is not running now, daemon(8) will start it again.\n",
		},
		{
			name: "restart with a bad configuration stops nothing", arg: "restart", conf: "vmond_enable=YES\n", fails: true,
			prepare: func(r *rcd) { r.running(); r.write("exits", "2") }, notes: looked,
		},
		{
			name: "restart", arg: "restart", conf: "vmond_enable=YES\n", prepare: (*rcd).ending,
			notes: looked + "signal TERM 100\nwait_for 100\nwait_for 101\n" + made + looked + started("vmond", file),
		},
		{
			name: "service jails are not for vmond", arg: "start",
			conf: "svcj_all_enable=YES\nvmond_svcj=YES\nvmond_enable=YES\n", notes: made + looked + started("vmond", file),
		},
		{name: "configtest", arg: "configtest", conf: "vmond_enable=YES\n", notes: looked, said: "the configuration\n"},
		{
			name: "configtest of a bad configuration", arg: "configtest", conf: "vmond_enable=YES\n", fails: true,
			prepare: func(r *rcd) { r.write("exits", "2") }, notes: looked, said: "the configuration\n",
		},
		{name: "unknown", arg: "enjoy", said: "DIR/usr/local/etc/rc.d/vmond: unknown directive 'enjoy'.\n", fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRCD(t, tt.conf)
			r.write("exits", "0")
			if tt.prepare != nil {
				tt.prepare(r)
			}
			notes, said, ok := r.service(tt.arg)
			if diff := cmp.Diff(tt.notes, notes); diff != "" {
				t.Errorf("unexpected programs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.said, said); diff != "" {
				t.Errorf("unexpected words (-want +got):\n%s", diff)
			}
			if ok == tt.fails {
				t.Errorf("unexpected result %t", ok)
			}
		})
	}
}

// TestRCDTrustsNobody proves that whatever vmond writes where it may, no shell of root's reads it: rc.subr takes what is in a
// pid file for a part of a command.
func TestRCDTrustsNobody(t *testing.T) {
	t.Parallel()
	r := newRCD(t, "vmond_enable=YES\n")
	r.write("exits", "0")
	notes, _, ok := r.service("start")
	dirs := regexp.MustCompile(`(?m)^install -d -o vmond .* DIR/(\S+)$`).FindAllStringSubmatch(notes, -1)
	files := regexp.MustCompile(`(?m)^  DIR/(\S+\.pid)$`).FindAllStringSubmatch(notes, -1)
	if !ok || len(dirs) != 3 || len(files) != 2 {
		t.Fatalf("unexpected directories %q and pid files %q", dirs, files)
	}
	r.running()
	const evil = "1$(signal${IFS}owned)\n"
	for _, dir := range dirs {
		for _, file := range files {
			r.write(filepath.Join(dir[1], filepath.Base(file[1])), evil)
		}
	}
	for _, arg := range []string{"status", "reload", "restart", "stop", "start"} {
		if notes, said, _ := r.service(arg); strings.Contains(notes+said, "owned") {
			t.Errorf("%s: root runs what vmond writes:\n%s%s", arg, notes, said)
		}
	}
	// The proof is worth something: what root itself writes there is run.
	r.write(files[0][1], evil)
	if notes, _, _ := r.service("status"); !strings.HasSuffix(notes, "signal owned\n") {
		t.Errorf("rc.subr does not read pid files as that of FreeBSD does:\n%s", notes)
	}
}

// TestRCDAgrees proves that the program takes what the script gives it, and that both have their files in the same places.
func TestRCDAgrees(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(rcScript)
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("dist/freebsd/vmond.toml.sample")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("vmond.toml.sample", string(sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nvmond_rundir=" + filepath.Dir(c.Control.Path) + "\n", "\nvmond_statedir=" + c.State.Dir + "\n",
		"\nvmond_cachedir=" + cacheDir + "\n",
		"%%PREFIX%%/etc/vmond/vmond.toml",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the script has no %q", want)
		}
	}
	checks := flagsOf(newCheck())
	for _, flag := range flagsOf(newServe()) {
		if !slices.Contains(checks, flag) {
			t.Errorf("check does not take %s, which may be one of vmond_flags", flag)
		}
	}
	for _, line := range []string{"serve --config f --log-level debug", "check --config f --log-level debug"} {
		args := strings.Fields(line)
		cmd, rest, err := newRoot(io.Discard).Find(args)
		if err == nil {
			err = cmd.ParseFlags(rest)
		}
		if err != nil || cmd.Name() != args[0] || cmd.Flags().Lookup("config").Value.String() != "f" {
			t.Errorf("%q: unexpected command %v, %v", line, cmd.Name(), err)
		}
	}
}
