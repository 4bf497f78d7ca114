package freebsd

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// askAll asks every question of a host.
func askAll(t *testing.T, s System, host *Recording) {
	t.Helper()
	for q := range host.answers {
		kind, about := q.fields()
		switch kind {
		case askSysctl:
			_, _ = s.Sysctl(about[0], numbersOf(t, about[1:])...)
		case askAffinity:
			_, _ = s.Affinity(numbersOf(t, about)[0])
		case askClock:
			_, _ = s.Clock()
		case askList:
			_, _ = s.ReadDir(about[0])
		case askRead:
			_, _ = s.ReadFile(about[0])
		case askTail:
			_, _ = s.Tail(about[0], 1<<20)
		case askStat:
			_, _ = s.Stat(about[0])
		case askRun:
			_, _ = s.Run(t.Context(), Command{Argv: about})
		case askExits:
			_, _ = s.Exits()
		case askExit:
			exits, err := s.Exits()
			if err != nil {
				t.Fatal(err)
			}
			_ = exits.Add(numbersOf(t, about)[0])
			_ = exits.Close()
		case askDevices:
			_, _ = s.Devices(t.Context())
		}
	}
}

// TestRecorder proves that a host which is recorded, written and read again gives all answers that it gave.
func TestRecorder(t *testing.T) {
	t.Parallel()
	host := oddHost()
	host.SetSysctl(append(record(1, 0, "init"), record(42, 1, "bhyve")...), "kern.proc.proc")
	host.SetSysctl([]byte("bhyve: web01\x00"), "kern.proc.args", 42)
	host.SetFile("/etc/rc.conf", []byte("vm_enable='YES'\n"), Stat{})
	host.SetError(ErrNoProcess, "exit", "99")
	recorder := NewRecorder(host)
	askAll(t, recorder, host)
	recorded := recorder.Recording()
	equal(t, host, recorded)

	dir := t.TempDir()
	if err := recorded.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, host, loaded)

	// What was handed out stays as it was.
	if _, err := recorder.Sysctl("kern.new"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	equal(t, host, recorded)
	if _, err := recorder.Recording().Sysctl("kern.new"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "kern.new") {
		t.Errorf("the error that is recorded is %v", err)
	}
}

// TestRecorderAnswers proves that who asks has the whole answer, and the events.
func TestRecorderAnswers(t *testing.T) {
	t.Parallel()
	host := NewRecording()
	host.SetFile("/vm/a.conf", []byte("vnc_password=s3cret\n"), Stat{})
	recorder := NewRecorder(host)
	if got, err := recorder.ReadFile("/vm/a.conf"); err != nil || string(got) != "vnc_password=s3cret\n" {
		t.Errorf("%q, %v", got, err)
	}
	exits, err := recorder.Exits()
	if err != nil {
		t.Fatal(err)
	}
	if err := exits.Add(42); err != nil {
		t.Fatal(err)
	}
	host.End(Exit{42, Exited(1)})
	if got, err := exits.Wait(t.Context()); err != nil || len(got) != 1 || got[0] != (Exit{42, Exited(1)}) {
		t.Errorf("%v, %v", got, err)
	}
	stream, err := recorder.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host.Announce("!system=DEVFS")
	hear(t, stream, "!system=DEVFS\n")
	if err := errors.Join(stream.Close(), exits.Close()); err != nil {
		t.Error(err)
	}
}

// TestRecorderErrors proves that a host which cannot be asked is recorded as one, with the words for each error but its secrets.
func TestRecorderErrors(t *testing.T) {
	t.Parallel()
	host := NewRecording()
	for _, kind := range []string{askClock, askExits, askDevices} {
		host.SetError(fs.ErrPermission, kind)
	}
	host.SetError(errors.New("exit status 1: password=s3cret"), askRun, "/sbin/mount", "-p")
	recorder := NewRecorder(host)
	askAll(t, recorder, host)
	var buf bytes.Buffer
	for name, octets := range recorder.Recording().files() {
		if name == indexFile {
			buf.Write(octets)
		}
	}
	want := "clock\t->\terror=permission\ttext=permission denied\n" +
		"devices\t->\terror=permission\ttext=permission denied\n" +
		"exits\t->\terror=permission\ttext=permission denied\n" +
		"run\t/sbin/mount\t-p\t->\terror=failed\ttext=exit status 1: password=***\n"
	if diff := cmp.Diff(want, buf.String()); diff != "" {
		t.Errorf("unexpected index (-want +got):\n%s", diff)
	}
	if _, err := recorder.Recording().Clock(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the error of the clock is %v", err)
	}
}

// TestRecorderCanceled proves that a question which nobody waits for any more is not taken for one that failed.
func TestRecorderCanceled(t *testing.T) {
	t.Parallel()
	recorder := NewRecorder(oddHost())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := recorder.Run(ctx, Command{Argv: []string{"/sbin/ifconfig", "-a"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if n := len(recorder.Recording().answers); n != 0 {
		t.Errorf("%d answers are noted", n)
	}
}

// TestRecorderSecrets plants secrets wherever a host may have them, and proves that none is written.
func TestRecorderSecrets(t *testing.T) {
	t.Parallel()
	const secret = "Pl4ntedS3cr3t"
	host := NewRecording()
	host.SetClock(Clock{Now: time.Date(2026, 8, 22, 11, 10, 58, 0, time.UTC)})
	host.SetSysctl(append(record(1, 0, "init"), record(7, 1, secret)...), "kern.proc.proc")
	host.SetSysctl(record(7, 1, secret), "kern.proc.pid_td", 7)
	host.SetSysctl([]byte("bhyve\x00-s\x0029,fbuf,tcp=0.0.0.0:5900,password="+secret+"\x00web01\x00"), "kern.proc.args", 42)
	host.SetSysctl([]byte("bhyve\x00-o\x00pci.0.29.0.password="+secret+" "+secret+"\x00web01\x00"), "kern.proc.args", 43)
	host.SetSysctl([]byte("sh\x00-c\x00mysqldump -p"+secret+"\x00"), "kern.proc.args", 44)
	host.SetSysctl([]byte("lockf\x00/x/bhyveload.a.lock\x00env\x00SECRET="+secret+"\x00bhyve\x00a\x00"), "kern.proc.args", 45)
	host.SetFile("/etc/rc.conf", []byte("mysql_pass="+secret+"\nvm_password="+secret+"\nvm_dir=$("+secret+")\n# "+secret+"\nvm_list=\"password="+secret+"\""), Stat{})
	host.SetFile("/etc/rc.conf.local", []byte("x="+secret+"\n"), Stat{})
	host.SetFile("/etc/rc.conf.d/vm", []byte("x="+secret+"\n"), Stat{})
	host.SetFile("/usr/local/etc/rc.conf.d/cbsdd/x", []byte("x="+secret+"\n"), Stat{})
	host.SetFile("/vm/web01/web01.conf", []byte("graphics_vnc_password=\""+secret+"\"\n# "+secret+"\nbhyve_options=\"-s 7,fbuf,password="+secret+" -p 0:2\"\nzfs_key=a"+secret), Stat{})
	host.SetFile("/vm/web01/run.lock", []byte("http://me:"+secret+"@host/\n"), Stat{})
	log := "2026-08-20T09:07:53+00:00:  [bhyve devices: -s 0:7:0,fbuf,tcp=0.0.0.0:5900,password=" + secret + "]\n"
	host.SetFile("/vm/web01/vm-bhyve.log", []byte(log), Stat{})
	host.SetFile("/vm/db01/vm-bhyve.log", []byte(strings.Repeat("x", 1<<20-len(secret)-3)+secret+"]\n"+log), Stat{})
	host.SetFile("/var/log/messages", []byte("sshd: "+secret+"\nAug 22 08:00:01 a bhyverun.sh[1]: [debug] bhyve -s 29,fbuf,password="+secret+" -k "+secret+" a\n"), Stat{})
	host.SetProgram([]string{"/usr/local/cbsd/misc/sqlcli", "a"}, []byte("vnc_password="+secret+"\n"), errors.New("bad: password="+secret))
	host.SetProgram([]string{"/sbin/mount", "-p"}, []byte("//me:x /smb smbfs rw,password="+secret+"\n"), nil)
	recorder := NewRecorder(host)
	askAll(t, recorder, host)
	if _, err := recorder.Tail("/vm/web01/vm-bhyve.log", 1<<20); err != nil {
		t.Error(err)
	}
	if _, err := recorder.Tail("/vm/db01/vm-bhyve.log", 1<<20); err != nil {
		t.Error(err)
	}
	if _, err := recorder.Tail("/var/log/messages", 100); err != nil {
		t.Error(err)
	}
	// The end of it is all that is read of a long log.
	delete(recorder.notes.answers, ask(askRead, "/vm/db01/vm-bhyve.log"))

	dir := t.TempDir()
	if err := recorder.Recording().Save(dir); err != nil {
		t.Fatal(err)
	}
	var files int
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		octets, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for n := len(secret); n > len(secret)/2; n-- {
			if bytes.Contains(octets, []byte(secret[len(secret)-n:])) {
				t.Errorf("%q has %d octets of the secret:\n%s", path, n, octets)
				return nil
			}
		}
		return nil
	})
	if err != nil || files < 15 {
		t.Errorf("there are %d files, %v", files, err)
	}
}
