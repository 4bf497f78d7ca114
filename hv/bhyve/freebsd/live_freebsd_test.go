package freebsd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

// live returns the FreeBSD that the test runs on.
func live(t *testing.T) *Live {
	t.Helper()
	l, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLiveSysctl proves that variables are read, those of a process among them, and that their errors are told apart.
func TestLiveSysctl(t *testing.T) {
	t.Parallel()
	l := live(t)
	release, err := l.Sysctl("kern.osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := ParseRelease(DecodeString(release)); !ok {
		t.Errorf("the release is %q", release)
	}
	octets, err := l.Sysctl("kern.proc.proc")
	if err != nil {
		t.Fatal(err)
	}
	processes, err := DecodeProcesses(octets)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(processes, func(p Process) bool { return p.PID == os.Getpid() })
	if at < 0 {
		t.Fatal("this process is none")
	}
	if p := processes[at]; p.Parent != os.Getppid() || p.Start.After(time.Now()) || p.State == Zombie {
		t.Errorf("unexpected process %+v", p)
	}
	octets, err = l.Sysctl("kern.proc.pid_td", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	threads, err := DecodeProcesses(octets)
	if err != nil || len(threads) < 2 {
		t.Errorf("there are %d threads, %v", len(threads), err)
	}
	args, err := l.Sysctl("kern.proc.args", os.Getpid())
	if err != nil || !slices.Equal(DecodeArgs(args), os.Args) {
		t.Errorf("the arguments are %q, %v", args, err)
	}
	if _, err := l.Sysctl("kern.proc.args", ended(t)); !errors.Is(err, ErrNoProcess) {
		t.Errorf("the error of no process is %v", err)
	}
	if _, err := l.Sysctl("kern.nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error of no variable is %v", err)
	}
}

// TestLiveAffinity proves that a thread's CPUs are read, which are some of the host's.
func TestLiveAffinity(t *testing.T) {
	t.Parallel()
	l := live(t)
	octets, err := l.Sysctl("kern.proc.pid_td", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	threads, err := DecodeProcesses(octets)
	if err != nil || len(threads) == 0 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	mask, err := l.Affinity(threads[0].Thread)
	if err != nil {
		t.Fatal(err)
	}
	cpus, err := DecodeMask(mask)
	if err != nil || len(cpus) == 0 {
		t.Errorf("the CPUs are %v, %v", cpus, err)
	}
	const nobody = 1<<31 - 1
	if _, err := l.Affinity(nobody); !errors.Is(err, ErrNoProcess) {
		t.Errorf("the error of no thread is %v", err)
	}
}

// TestLiveClock proves that both clocks are those of the host.
func TestLiveClock(t *testing.T) {
	t.Parallel()
	l := live(t)
	before := time.Now()
	c, err := l.Clock()
	if err != nil {
		t.Fatal(err)
	}
	if c.Now.Before(before) || c.Now.After(time.Now()) || c.Up <= 0 {
		t.Errorf("unexpected clock %+v", c)
	}
	octets, err := l.Sysctl("kern.boottime")
	if err != nil || len(octets) < 8 {
		t.Fatalf("%v, %v", octets, err)
	}
	boot := time.Unix(int64(binary.LittleEndian.Uint64(octets)), 0)
	if since := c.Now.Sub(boot) - c.Up; since.Abs() > time.Hour {
		t.Errorf("the host was booted %v ago, and is up for %v", c.Now.Sub(boot), c.Up)
	}
}

// start starts a process that reads its input and then does what the script says.
func start(t *testing.T, script string) (pid int, release func(), wait func()) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "read line; "+script)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	release = func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}
	return cmd.Process.Pid, release, func() { _ = cmd.Wait() }
}

// ended returns the number of a process that has ended.
func ended(t *testing.T) int {
	t.Helper()
	pid, release, wait := start(t, ":")
	release()
	wait()
	return pid
}

// TestLiveExits proves that the end of a process is told with its status, that of one that a signal ended as well.
func TestLiveExits(t *testing.T) {
	t.Parallel()
	exits, err := live(t).Exits()
	if err != nil {
		t.Fatal(err)
	}
	if err := exits.Add(ended(t)); !errors.Is(err, ErrNoProcess) {
		t.Errorf("the error of a process that has ended is %v", err)
	}
	for script, want := range map[string]WaitStatus{
		"exit 3": Exited(3), "exit 0": Exited(0), "kill -9 $$": Killed(int(syscall.SIGKILL)),
	} {
		pid, release, wait := start(t, script)
		for range 2 {
			if err := exits.Add(pid); err != nil {
				t.Error(err)
			}
		}
		release()
		got, err := exits.Wait(t.Context())
		if err != nil || !slices.Equal(got, []Exit{{pid, want}}) {
			t.Errorf("%q: %v, %v, want %v of %d", script, got, err, want, pid)
		}
		wait()
	}
	if err := exits.Close(); err != nil {
		t.Error(err)
	}
}

// TestLiveExitsEnd proves that both ctx and Close wake who waits, and that a wait after one that was woken waits again.
func TestLiveExitsEnd(t *testing.T) {
	t.Parallel()
	exits, err := live(t).Exits()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if _, err := exits.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error of ctx is %v", err)
		}
		cancel()
	}
	done := make(chan error)
	go func() { _, err := exits.Wait(context.Background()); done <- err }()
	for range 2 {
		if err := exits.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-done; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the error of a queue that is closed is %v", err)
	}
	if err := exits.Add(os.Getpid()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the error of adding to it is %v", err)
	}
}

// TestLivePrograms proves that the programs which are asked are there, and that their answers are understood.
func TestLivePrograms(t *testing.T) {
	t.Parallel()
	l := live(t)
	text, err := l.Run(t.Context(), Command{Argv: []string{"/sbin/ifconfig", "-a"}})
	if err != nil {
		t.Fatal(err)
	}
	if interfaces := ParseInterfaces(text); len(interfaces) == 0 {
		t.Errorf("there are no interfaces in:\n%s", text)
	}
	text, err = l.Run(t.Context(), Command{Argv: []string{"/usr/bin/netstat", "-ibn", "--libxo", "json"}})
	if err != nil {
		t.Fatal(err)
	}
	if traffic, err := ParseTraffic(text); err != nil || len(traffic) == 0 {
		t.Errorf("%v, %v in:\n%s", traffic, err, text)
	}
	text, err = l.Run(t.Context(), Command{Argv: []string{"/sbin/mount", "-p"}})
	if err != nil {
		t.Fatal(err)
	}
	root := slices.ContainsFunc(ParseMounts(text), func(m Mount) bool { return m.On == "/" })
	if !root || bytes.Contains(text, []byte{0}) {
		t.Errorf("there is no root in:\n%s", text)
	}
}
