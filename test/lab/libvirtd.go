package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// testDriver is libvirt's name of the hypervisor that is only in its memory.
const testDriver = "test"

// A Libvirtd is a private libvirtd.
type Libvirtd struct {
	// Socket is the path of its socket. The read-only one has "-ro" after it.
	Socket string

	// driver is the scheme of the URIs, "test" or "qemu", and path the rest.
	driver, path string
	command      func() *exec.Cmd
	// end ends what would outlive it. It is nil if nothing would.
	end func() error
	*Process
}

// StartTestLibvirtd starts a libvirtd that has only libvirt's test driver, a hypervisor in its memory. It needs neither
// root nor QEMU. All who connect share one hypervisor for as long as one is connected, so it is held by a connection
// of the test's own.
func StartTestLibvirtd(t testing.TB) *Libvirtd {
	t.Helper()
	l := newTestLibvirtd(t)
	l.Again(t)
	return l
}

// newTestLibvirtd returns one that is started by [Libvirtd.Again].
func newTestLibvirtd(t testing.TB) *Libvirtd {
	t.Helper()
	Need(t, "libvirtd", "virsh")
	dir := ShortDir(t)
	conf := filepath.Join(dir, "libvirtd.conf")
	text := "auth_unix_ro = \"none\"\nauth_unix_rw = \"none\"\nlog_outputs = \"3:stderr\"\nmax_clients = 100\n"
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	l := &Libvirtd{Socket: filepath.Join(dir, "libvirt", "libvirt-sock"), driver: testDriver, path: "/default"}
	l.command = func() *exec.Cmd {
		cmd := exec.Command("libvirtd", "-f", conf, "-p", filepath.Join(dir, "pid"))
		// Without a directory of drivers libvirtd is left with the one that it has in itself.
		cmd.Env = append(os.Environ(), "HOME="+dir, "LIBVIRT_DRIVER_DIR="+filepath.Join(dir, "drivers"),
			"XDG_RUNTIME_DIR="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir)
		asNobody(cmd)
		return cmd
	}
	if err := giveToNobody(dir); err != nil {
		t.Fatal(err)
	}
	return l
}

// URI is what vmond is told.
func (l *Libvirtd) URI() string { return l.driver + "://" + l.path + "?socket=" + l.Socket }

// VirshURI is what virsh is told: without the transport it would be the hypervisor itself.
func (l *Libvirtd) VirshURI() string { return l.driver + "+unix://" + l.path + "?socket=" + l.Socket }

// Again starts it after it has ended.
func (l *Libvirtd) Again(t testing.TB) {
	t.Helper()
	p, err := Start(l.command())
	if err != nil {
		t.Fatal(err)
	}
	l.Process = p
	attach(t, p)
	t.Cleanup(func() {
		// Not if it was ended by the test: the one that was started after it has done it.
		if l.end != nil && !p.Ended() {
			if err := l.end(); err != nil {
				t.Error(err)
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	err = p.AwaitUp(ctx, func() error {
		c, err := net.Dial("unix", l.Socket)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		t.Fatalf("libvirtd does not answer: %v", err)
	}
	if l.driver == testDriver {
		l.hold(t)
	}
}

// Restart ends it with the signal, TERM or KILL, and starts it again on the same sockets. QEMU guests live on; the test
// driver's virtual machines are as at the beginning.
func (l *Libvirtd) Restart(t testing.TB, with syscall.Signal) {
	t.Helper()
	l.Signal(with)
	<-l.Done()
	l.Again(t)
}

// hold keeps a connection open until the test ends, or libvirtd does. virsh gives up a daemon that has not answered for 35 seconds, which
// a test may stop for as long: then all virtual machines are gone that it held. So it is not to ask whether the daemon is alive.
func (l *Libvirtd) hold(t testing.TB) {
	t.Helper()
	cmd := exec.Command("virsh", "-q", "-k", "0", "-c", l.VirshURI())
	// virsh reads commands until the pipe is closed.
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	attach(t, p)
	if _, err := fmt.Fprintln(stdin, "echo held"); err != nil {
		t.Fatal(err)
	}
	Eventually(t, startTimeout, "virsh holds the hypervisor", func() error {
		if !p.Log().Has("held") {
			return errors.New("it has not said so")
		}
		return nil
	})
}

// Virsh runs one command of virsh and returns its output. A command that fails ends the test.
func (l *Libvirtd) Virsh(t testing.TB, args ...string) string {
	t.Helper()
	out, err := l.TryVirsh(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TryVirsh runs one command of virsh and returns its output. The error has what it complains about.
func (l *Libvirtd) TryVirsh(args ...string) (string, error) {
	cmd := exec.Command("virsh", append([]string{"-q", "-c", l.VirshURI()}, args...)...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("virsh %q: %w: %s", args, err, exit.Stderr)
	}
	return string(out), err
}

// VirshScript runs many commands of virsh over one connection. One that fails ends the test.
func (l *Libvirtd) VirshScript(t testing.TB, commands []string) {
	t.Helper()
	if err := l.TryVirshScript(commands); err != nil {
		t.Fatal(err)
	}
}

// TryVirshScript runs many commands of virsh over one connection. The error has what virsh complains about.
func (l *Libvirtd) TryVirshScript(commands []string) error {
	cmd := exec.Command("virsh", "-q", "-c", l.VirshURI())
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	out, err := cmd.CombinedOutput()
	// virsh goes on after a command that fails, and is silent about it in its exit status.
	if err == nil && strings.Contains(string(out), "error: ") {
		err = errors.New("a command failed")
	}
	if err != nil {
		return fmt.Errorf("virsh: %w:\n%s", err, out)
	}
	return nil
}
