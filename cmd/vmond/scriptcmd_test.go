package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vmond/vmond/agentx/agentxtest"
)

const (
	keyTB      = "tb"
	keyManager = "manager"

	// patience is how long a script waits for what must come, pollEvery how often it looks.
	patience  = time.Minute
	pollEvery = 10 * time.Millisecond

	// nobodyID is the user and the group without rights.
	nobodyID = 65534
)

// poll waits until done says so.
func poll(ts *testscript.TestScript, what string, done func() bool) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !done() {
		select {
		case <-ticker.C:
		case <-deadline:
			ts.Fatalf("%s did not happen within %v", what, patience)
		}
	}
}

// eventually PATTERN PROGRAM [ARGUMENT...] runs the program until its standard output matches.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually pattern program [argument...]")
	}
	pattern := regexp.MustCompile(`(?m)` + args[0])
	poll(ts, args[0], func() bool {
		err := ts.Exec(args[1], args[2:]...)
		return err == nil && pattern.MatchString(ts.ReadFile("stdout"))
	})
}

// exits CODE PROGRAM [ARGUMENT...] runs the program, which exits with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [argument...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var ee *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ee) {
		code = ee.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// expand FILE... replaces the script's variables in files.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand file...")
	}
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

// signal NAME sends a signal to the program in the background.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	if neg || len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal HUP|INT|TERM|KILL")
	}
	cmds := ts.BackgroundCmds()
	if len(cmds) != 1 {
		ts.Fatalf("%d programs are in the background", len(cmds))
	}
	ts.Check(cmds[0].Process.Signal(signals[args[0]]))
}

// asnobody vmond [ARGUMENT...] runs vmond as a user without rights.
func asNobody(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 || args[0] != "vmond" {
		ts.Fatalf("usage: asnobody vmond [argument...]")
	}
	copyOut(ts, "vmond")
	cmd := exec.Command("./vmond", args[1:]...)
	cmd.Env = append(os.Environ(), "HOME=/nonexistent")
	cmd.Dir = ts.Getenv("OPEN")
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	// Whoever is not root has no rights to give up.
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
	}
	err := cmd.Run()
	if neg == (err == nil) {
		ts.Fatalf("unexpected result of %q: %v", args, err)
	}
}

// told PATTERN FILE writes what the running vmond says of itself at its control socket to a file, once it matches.
func told(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: told pattern file")
	}
	pattern := regexp.MustCompile(args[0])
	poll(ts, "a health "+args[0], func() bool {
		text, err := health(ts.MkAbs("control.sock"))
		if err != nil || !pattern.Match(text) {
			return false
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
		return true
	})
}

// health returns what the vmond at a control socket says of itself.
func health(socket string) ([]byte, error) {
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		DisableKeepAlives: true,
	}}
	answer, err := client.Get("http://vmond/health")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// copyOut makes a copy of a program of the script in the open directory: its own is closed to others.
func copyOut(ts *testscript.TestScript, name string) {
	var from string
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if path := filepath.Join(dir, name); isFile(path) {
			from = path
			break
		}
	}
	to := filepath.Join(ts.Getenv("OPEN"), name)
	if isFile(to) {
		return
	}
	in, err := os.Open(from)
	ts.Check(err)
	defer in.Close()
	ts.Check(writeProgram(to, in))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// master PATH starts an AgentX master on a socket.
func startMaster(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: master path")
	}
	tb := ts.Value(keyTB).(testing.TB)
	*masterOf(ts) = agentxtest.Listen(tb, "unix:"+ts.MkAbs(args[0]))
}

// masterOf returns where the script's master is kept.
func masterOf(ts *testscript.TestScript) **agentxtest.Master {
	return &ts.Value(keyManager).(*manager).master
}

// registered waits until a subagent has registered at the master.
func registered(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: registered")
	}
	(*masterOf(ts)).Session()
}

// untouched makes sure that nobody has said anything to the master.
func untouched(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: untouched")
	}
	m := *masterOf(ts)
	m.Accepted() // so that what was said had time to come
	for _, t := range sayings() {
		if n := m.Count(t); n != 0 {
			ts.Fatalf("the master was told %v", t)
		}
	}
}

// noticed PATTERN waits until the master is told a notification whose name matches.
func noticed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: noticed pattern")
	}
	pattern := regexp.MustCompile(args[0])
	m := *masterOf(ts)
	poll(ts, "a notification "+args[0], func() bool { return slices.ContainsFunc(notices(m), pattern.MatchString) })
}

// A manager is a service manager that notes what it is told.
type manager struct {
	conn   *net.UnixConn
	master *agentxtest.Master

	mu   sync.Mutex
	told []string
}

// newManager listens as systemd does, until the test ends.
func newManager(tb testing.TB, socket string) *manager {
	tb.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		tb.Fatal(err)
	}
	m := &manager{conn: conn}
	var wg sync.WaitGroup
	wg.Go(m.listen)
	tb.Cleanup(func() { conn.Close(); wg.Wait() })
	return m
}

func (m *manager) listen() {
	buf := make([]byte, 4096)
	for {
		n, err := m.conn.Read(buf)
		if err != nil {
			return
		}
		m.mu.Lock()
		m.told = append(m.told, string(buf[:n]))
		m.mu.Unlock()
	}
}

// notified PATTERN waits until the service manager is told something that matches, and forgets all up to that.
func notified(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: notified pattern")
	}
	m := ts.Value(keyManager).(*manager)
	pattern := regexp.MustCompile(args[0])
	poll(ts, "notification "+args[0], func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		for i, s := range m.told {
			if pattern.MatchString(s) {
				m.told = m.told[i+1:]
				return true
			}
		}
		return false
	})
}
