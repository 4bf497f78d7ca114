package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	// stageSystemd is a copy of the test binary that becomes a systemd.
	stageSystemd = "systemd"
	// systemdEnv is its directory.
	systemdEnv = "VMOND_LAB_SYSTEMD"

	systemdProgram = "/usr/lib/systemd/systemd"
	// UnitDir is the only directory where a [Systemd] looks for units.
	UnitDir = "/etc/vmond-lab/system"
	// cgroupName is the control group that it takes for the root of all.
	cgroupName = "vmond-lab-"
)

// A Systemd is a private systemd: the first process of a process namespace of its own, as on a machine that it has
// started. It knows no units but those that it is given.
type Systemd struct {
	dir, cgroup string
	*Process
}

// NewSystemd makes the files of a systemd, in the namespaces of [Isolated]. It is started by [Systemd.Start].
func NewSystemd(t testing.TB) *Systemd {
	t.Helper()
	NeedIsolation(t)
	Need(t, "/usr/lib/systemd/systemd", "systemctl", "systemd-sysusers", "nsenter")
	s := &Systemd{dir: ShortDir(t)}
	// What runs as another user has to come to the sockets that tests have next to it.
	if err := os.Chmod(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	// What a unit may wait for that systemd itself does not make.
	for _, target := range []string{"sysinit", "basic", "shutdown", "network", "multi-user", "umount"} {
		s.Install(t, filepath.Join(UnitDir, target+".target"), "[Unit]\nDefaultDependencies=no\n", 0o644)
	}
	return s
}

// layers are the directories that are over those of the system for systemd and its services, which so see what is
// installed there, and write where nobody else sees it.
func layers() []string { return []string{"/etc", "/usr/bin"} }

// Install puts a file where only this systemd and its services see it: at a path below /etc or /usr/bin.
func (s *Systemd) Install(t testing.TB, path, text string, mode fs.FileMode) {
	t.Helper()
	own := filepath.Join(s.dir, path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(own), 0o755), os.WriteFile(own, []byte(text), mode)); err != nil {
		t.Fatal(err)
	}
}

// InstallVmond installs the vmond of the tests as its unit wants it: the program, the unit, the user, and a
// configuration. The files are those of dir, which is cmd/vmond/dist.
func (s *Systemd) InstallVmond(t testing.TB, dist, config string) {
	t.Helper()
	program, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Install(t, "/usr/bin/vmond", string(program), 0o755)
	s.Install(t, "/etc/vmond/vmond.toml", config, 0o644)
	// There is no journal.
	s.Install(t, filepath.Join(UnitDir, "vmond.service.d", "log.conf"), "[Service]\nStandardError=append:"+s.logFile()+"\n", 0o644)
	for from, to := range map[string]string{"vmond.service": UnitDir, "sysusers.conf": "/etc/sysusers.d"} {
		text, err := os.ReadFile(filepath.Join(dist, from))
		if err != nil {
			t.Fatal(err)
		}
		s.Install(t, filepath.Join(to, from), string(text), 0o644)
	}
}

// Start starts it, without any unit, and ends it with the test.
func (s *Systemd) Start(t testing.TB) {
	t.Helper()
	s.ownCgroup(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Args[0] = "systemd"
	cmd.Env = append(os.Environ(), stageEnv+"="+stageSystemd, systemdEnv+"="+s.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS}
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	s.Process = p
	t.Cleanup(func() {
		// TERM would have it start itself anew. With the first process the kernel ends all others.
		p.Kill()
		if t.Failed() {
			t.Logf("systemd said:\n%s\nand vmond:\n%s", p.log.Tail(tailLines), s.VmondLog().Tail(tailLines))
		}
	})
	Eventually(t, startTimeout, "systemd is up", func() error {
		if p.Ended() {
			t.Fatalf("systemd has ended: %v\n%s", p.Err(), p.log.Tail(tailLines))
		}
		_, err := s.Run("systemctl", "list-units")
		return err
	})
	if _, err := s.Run("systemd-sysusers"); err != nil {
		t.Fatal(err)
	}
}

// Run runs a program in the namespaces of systemd and returns its output. The error has what it complains about.
func (s *Systemd) Run(args ...string) (string, error) {
	return output(exec.Command("nsenter", append([]string{"--all", "--target", strconv.Itoa(s.PID())}, args...)...))
}

// logFile is where the services write what they have to say.
func (s *Systemd) logFile() string { return filepath.Join(s.dir, "log") }

// VmondLog returns what vmond has said so far.
func (s *Systemd) VmondLog() *Log {
	l := new(Log)
	// That there is no file is that nothing was said.
	if text, err := os.ReadFile(s.logFile()); err == nil {
		l.text.Write(text)
	}
	return l
}

// Show returns a property of a unit, as systemctl show has it.
func (s *Systemd) Show(t testing.TB, unit, property string) string {
	t.Helper()
	out, err := s.Run("systemctl", "show", "--value", "-p", property, unit)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// MainPID returns the main process of a unit, as we number it.
func (s *Systemd) MainPID(t testing.TB, unit string) int {
	t.Helper()
	// Systemd numbers it otherwise. The control group has the numbers of whoever reads it.
	procs := filepath.Join(s.cgroup, "system.slice", unit, "cgroup.procs")
	text, err := os.ReadFile(procs)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatalf("%s has not one process: %v", procs, err)
	}
	return pid
}

// ownCgroup makes the control group that is the root of all to systemd, for as long as the test runs.
func (s *Systemd) ownCgroup(t testing.TB) {
	t.Helper()
	root, err := cgroup2()
	if err != nil {
		t.Fatal(err)
	}
	s.cgroup = filepath.Join(root, cgroupName+filepath.Base(s.dir))
	if err := os.Mkdir(s.cgroup, 0o755); err != nil {
		Missing(t, "no control group for systemd: %v", err)
	}
	t.Cleanup(func() {
		Eventually(t, startTimeout, "systemd's control groups are gone", func() error { return removeCgroup(s.cgroup) })
	})
}

// cgroup2 returns where the control groups of version 2 are: alone, or beside those of version 1.
func cgroup2() (string, error) {
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil {
			return root, nil
		}
	}
	return "", errors.New("there are no control groups of version 2")
}

// removeCgroup removes a control group and all below it.
func removeCgroup(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, removeCgroup(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(err, os.Remove(dir))
}

// systemdMain furnishes the namespaces and becomes systemd. It returns only if it cannot.
func systemdMain() int {
	fmt.Fprintln(os.Stderr, "lab: cannot become a systemd:", becomeSystemd(os.Getenv(systemdEnv)))
	return 1
}

func becomeSystemd(dir string) error {
	// A thread has its own namespaces, and the one that calls exec is what remains.
	runtime.LockOSThread()
	root, err := cgroup2()
	if err != nil {
		return err
	}
	procs := filepath.Join(root, cgroupName+filepath.Base(dir), "cgroup.procs")
	if err := os.WriteFile(procs, []byte("0"), 0); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("a namespace of control groups: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	// Over what is there: of that, systemd would change more than its own part.
	if err := unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, ""); err != nil {
		return fmt.Errorf("mount the control groups: %w", err)
	}
	for _, layer := range layers() {
		if err := overlay(dir, layer); err != nil {
			return err
		}
	}
	env := append(os.Environ(), "container=vmond-lab", "SYSTEMD_UNIT_PATH="+UnitDir)
	args := []string{"systemd", "--system", "--unit=basic.target", "--log-target=console", "--show-status=0", "--default-standard-output=inherit"}
	return unix.Exec(systemdProgram, args, env)
}

// overlay has what is in dir under a path appear there.
func overlay(dir, path string) error {
	upper, work := filepath.Join(dir, path), filepath.Join(dir, "work", path)
	if err := errors.Join(os.MkdirAll(upper, 0o755), os.MkdirAll(work, 0o755)); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", path, upper, work)
	if err := unix.Mount("overlay", path, "overlay", 0, options); err != nil {
		return fmt.Errorf("mount over %s: %w", path, err)
	}
	return nil
}
