//go:build linux

package integration

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

// A trial is a "make run" with a home and a temporary directory of its own.
type trial struct {
	*lab.Process
	addr, home, tmp string
}

// startTrial starts "make run".
func startTrial(t *testing.T, addr string) *trial {
	t.Helper()
	lab.Need(t, "snmpd", "snmptrapd", "snmpwalk")
	r := &trial{addr: addr, home: t.TempDir(), tmp: lab.ShortDir(t)}
	cmd := exec.Command("make", "-s", "run")
	cmd.Dir = filepath.Join("..", "..")
	// What Go builds is kept where it always is, so that nothing is built again.
	cache, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(cache))
	cmd.Env = append(os.Environ(), "VMOND_ADDR="+addr, "HOME="+r.home, "TMPDIR="+r.tmp, "CI=",
		"GOCACHE="+dirs[0], "GOMODCACHE="+dirs[1], "GOPATH="+dirs[2])
	p, err := lab.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	r.Process = p
	t.Cleanup(func() {
		if err := p.Stop(); err != nil { // killed, make would leave behind what it runs
			t.Error(err)
		}
	})
	return r
}

// awaitSuggestions waits until all is shown.
func (r *trial) awaitSuggestions(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if err := r.AwaitUp(ctx, func() error {
		if !r.Log().Has("Ctrl-C ends it all") {
			return fmt.Errorf("it has said only %q", r.Log())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// descendants returns the programs that a process has started, and that those have, by their IDs.
func descendants(t *testing.T, pid int) map[int]string {
	t.Helper()
	found := map[int]string{}
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for field := range strings.FieldsSeq(string(text)) {
			var child int
			if _, err := fmt.Sscan(field, &child); err != nil {
				t.Fatal(err)
			}
			name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", child))
			if err != nil {
				continue // it has ended
			}
			found[child] = strings.TrimSpace(string(name))
			maps.Copy(found, descendants(t, child))
		}
	}
	return found
}

// checkGone proves that nothing is left of a trial.
func (r *trial) checkGone(t *testing.T, processes map[int]string) {
	t.Helper()
	lab.Eventually(t, settle, "all processes have ended", func() error {
		for pid, name := range processes {
			now, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
			if err == nil && strings.TrimSpace(string(now)) == name {
				return fmt.Errorf("%s (pid %d) is still there", name, pid)
			}
		}
		return nil
	})
	for _, dir := range []string{r.home, r.tmp} {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range left {
			// go itself counts there what its telemetry would send.
			if entry.Name() != ".config" {
				t.Errorf("%s is left in %s", entry.Name(), dir)
			}
		}
	}
	c, err := net.ListenPacket("udp", r.addr)
	if err != nil {
		t.Errorf("the address is still in use: %v", err)
		return
	}
	c.Close()
}

// TestMakeRun proves the first of the two commands: it shows vmond at work with names and says what to try next, ends
// however it is told to, and leaves no process, no file and no socket behind.
func TestMakeRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(r *trial, started map[int]string)
	}{
		// A terminal sends INT to the whole group.
		{"Ctrl-C", func(r *trial, _ map[int]string) { signalGroup(t, r.PID(), syscall.SIGINT) }},
		{"TERM", func(r *trial, _ map[int]string) { r.Signal(syscall.SIGTERM) }},
		{"the terminal goes away", func(r *trial, _ map[int]string) { signalGroup(t, r.PID(), syscall.SIGHUP) }},
		{"vmond dies", func(r *trial, started map[int]string) { kill(t, started, "vmond") }},
		{"snmpd dies", func(r *trial, started map[int]string) { kill(t, started, "snmpd") }},
		{"snmptrapd dies", func(r *trial, started map[int]string) { kill(t, started, "snmptrapd") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := startTrial(t, lab.FreeUDP(t))
			r.awaitSuggestions(t)
			for _, want := range []string{
				"vmond reads ", "INDEX", "VM-MIB::vmHvSoftware.0 = STRING: ", "VM-MIB::vmHvUpTime.0 = Timeticks: ",
				"snmpwalk -v2c ", r.addr,
			} {
				if !r.Log().Has(want) {
					t.Errorf("it does not say %q:\n%s", want, r.Log())
				}
			}
			started := descendants(t, r.PID())
			for _, want := range []string{"tryout", "snmpd", "snmptrapd", "vmond"} {
				if !hasName(started, want) {
					t.Errorf("%s does not run: %v", want, started)
				}
			}
			checkCommands(t, r.Log().String())
			tt.end(r, started)
			<-r.Done()
			r.checkGone(t, started)
			if t.Failed() {
				t.Logf("make run said:\n%s", r.Log())
			}
		})
	}
	t.Run("it shows what is told", func(t *testing.T) {
		r := startTrial(t, lab.FreeUDP(t))
		r.awaitSuggestions(t)
		if !r.Log().Has("simulated") {
			return // the virtual machines of this machine's own hypervisor are left alone
		}
		told := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  vm[A-Z]\w+ +vm(Name|AffectedVMs)\.\d+ = \S`)
		lab.Eventually(t, settle, "a notification is shown", func() error {
			if !told.MatchString(r.Log().String()) {
				return fmt.Errorf("it has said only\n%s", r.Log())
			}
			return nil
		})
	})
	t.Run("the address is taken", func(t *testing.T) {
		addr := lab.StartSnmpd(t).Addr
		r := startTrial(t, addr)
		if r.ExitCode() == 0 || !r.Log().Has("udp:"+addr) || !r.Log().Has("VMOND_ADDR=") {
			t.Errorf("exit status %d, said:\n%s", r.ExitCode(), r.Log())
		}
	})
}

// checkCommands runs every command that was printed, those that were run and those that are suggested, as printed.
func checkCommands(t *testing.T, said string) {
	t.Helper()
	wants := []struct{ begin, end, say string }{
		{"bin/vmond show vm", "/control", "NAME"},
		{"snmpwalk", "VM-MIB::vmHypervisor", "VM-MIB::vmHvSoftware.0 = STRING: "},
		{"snmpwalk", "VM-MIB::vmTable", "VM-MIB::vm"},
		{"snmpwalk", "VM-MIB::vmMIB", "VM-MIB::vmNumber.0 = INTEGER: "},
		{"bin/vmond show storage", "/control", "NAME"},
		{"bin/vmond show events", "/control", "PER-VM"},
		{"bin/vmond show", "--help", "Usage"},
	}
	for line := range strings.Lines(said) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if len(wants) == 0 || !strings.HasPrefix(line, wants[0].begin) || !strings.HasSuffix(line, wants[0].end) {
			continue
		}
		words := strings.Fields(line)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = filepath.Join("..", "..")
		cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(strings.ToLower(string(out)), strings.ToLower(wants[0].say)) {
			t.Errorf("%q = %v, want %q:\n%s", line, err, wants[0].say, out)
		}
		wants = wants[1:]
	}
	if len(wants) != 0 {
		t.Errorf("these commands are not printed: %q\n%s", wants, said)
	}
}

func hasName(processes map[int]string, name string) bool {
	for _, n := range processes {
		if n == name {
			return true
		}
	}
	return false
}

// kill kills the process of that name.
func kill(t *testing.T, processes map[int]string, name string) {
	t.Helper()
	for pid, n := range processes {
		if n == name {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// signalGroup sends a signal to the process group that a process leads.
func signalGroup(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(-pid, s); err != nil {
		t.Fatal(err)
	}
}
