package libvirt

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	lv "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

// patience is how long a test waits for something before it says that it does not happen.
const patience = time.Minute

// nobody is the user that a daemon runs as in a test that runs as root: a privileged one would use the system's sockets.
const nobody = 65534

// A daemon is a libvirtd of its own that has only the test driver, and needs no privilege.
type daemon struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd
}

// startDaemon starts a daemon. It is ended, and its files removed, with the test.
func startDaemon(t *testing.T) *daemon {
	t.Helper()
	need(t, "libvirtd")
	dir, err := os.MkdirTemp("", "vmond-libvirt-")
	if err != nil {
		t.Fatalf("failed to make a directory: %v", err)
	}
	d := &daemon{t: t, dir: dir}
	t.Cleanup(func() {
		d.kill()
		os.RemoveAll(dir)
	})
	for _, name := range []string{"drivers", "home"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatalf("failed to make a directory: %v", err)
		}
	}
	config := "auth_unix_ro = \"none\"\nauth_unix_rw = \"none\"\nlog_outputs = \"3:file:" + dir + "/log\"\n"
	if err := os.WriteFile(filepath.Join(dir, "libvirtd.conf"), []byte(config), 0o644); err != nil {
		t.Fatalf("failed to write the configuration: %v", err)
	}
	if os.Geteuid() == 0 {
		for _, name := range []string{"", "drivers", "home"} {
			if err := os.Chown(filepath.Join(dir, name), nobody, nobody); err != nil {
				t.Fatalf("failed to hand over the directory: %v", err)
			}
		}
	}
	d.start()
	return d
}

// need ends the test if the program is not installed. On a machine that is to test everything that is a failure.
func need(t *testing.T, program string) {
	t.Helper()
	_, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%s is not installed, and CI is set", program)
	default:
		t.Skipf("%s is not installed", program)
	}
}

// lonely is after how many seconds without a client the program ends by itself, so that it does not outlive a test that
// panicked.
const lonely = "30"

// start starts the program and waits until it listens.
func (d *daemon) start() {
	d.t.Helper()
	d.cmd = exec.Command("libvirtd", "-t", lonely,
		"-f", filepath.Join(d.dir, "libvirtd.conf"), "-p", filepath.Join(d.dir, "pid"))
	d.cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+d.dir, "HOME="+filepath.Join(d.dir, "home"),
		"XDG_CONFIG_HOME=", "XDG_CACHE_HOME=", "LIBVIRT_DRIVER_DIR="+filepath.Join(d.dir, "drivers"))
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		d.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: false}
	}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatalf("failed to start libvirtd: %v", err)
	}
	eventually(d.t, "libvirtd listens", func() bool {
		c, err := net.Dial("unix", d.socket())
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
}

// kill ends the program at once, stopped or not.
func (d *daemon) kill() {
	d.cmd.Process.Kill()
	d.cmd.Wait()
	os.Remove(d.socket())
	os.Remove(filepath.Join(d.dir, "pid"))
}

// signal sends the program a signal.
func (d *daemon) signal(s syscall.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		d.t.Fatalf("failed to send %v: %v", s, err)
	}
}

func (d *daemon) socket() string { return filepath.Join(d.dir, "libvirt", "libvirt-sock") }

// uri returns the URI of the driver at that path, such as "/default".
func (d *daemon) uri(path string) string { return "test://" + path + "?socket=" + d.socket() }

// virsh runs virsh, who acts on the virtual machines, and returns what it says.
func (d *daemon) virsh(args ...string) string {
	d.t.Helper()
	need(d.t, "virsh")
	uri := strings.Replace(d.uri("/default"), "test:", "test+unix:", 1)
	out, err := exec.Command("virsh", append([]string{"-q", "-c", uri}, args...)...).CombinedOutput()
	if err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); ok {
			d.t.Fatalf("virsh %q: %v: %s", args, err, out)
		}
		d.t.Fatalf("failed to run virsh: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// managedSave saves a virtual machine as virsh's managedsave does. That one now and then never ends where the save takes no
// time: it begins to wait for the end of its own thread when that has gone already (virshWatchJob, libvirt 9.0).
func (d *daemon) managedSave(name string) {
	d.t.Helper()
	l := lv.NewWithDialer(dialers.NewLocal(dialers.WithSocket(d.socket())))
	if err := l.ConnectToURI("test:///default"); err != nil {
		d.t.Fatalf("failed to connect: %v", err)
	}
	dom, err := l.DomainLookupByName(name)
	if err != nil {
		d.t.Fatalf("failed to find %q: %v", name, err)
	}
	if err := errors.Join(l.DomainManagedSave(dom, 0), l.Disconnect()); err != nil {
		d.t.Fatalf("failed to save %q: %v", name, err)
	}
}

// file writes a file into the daemon's directory and returns its path.
func (d *daemon) file(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		d.t.Fatalf("failed to write %s: %v", name, err)
	}
	return path
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
