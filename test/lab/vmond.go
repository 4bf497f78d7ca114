package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BinaryEnv names the vmond that the tests run. [Main] builds one where it is not set.
const BinaryEnv = "VMOND_BINARY"

// Main runs the tests of a package that starts vmond, and returns the exit status. It builds vmond first, with the race
// detector if the tests have it: a race is found by [StartVmond].
func Main(m *testing.M) int { return withBinary(func() int { return leakless(m) }) }

// UsePlain has the test run a vmond without the race detector, which needs several times the memory, whatever the tests have and
// BinaryEnv names. The test must not be parallel.
func UsePlain(t *testing.T) {
	t.Helper()
	bin := filepath.Join(ShortDir(t), "vmond")
	if err := build(bin, nil); err != nil {
		t.Fatal(err)
	}
	t.Setenv(BinaryEnv, bin)
}

// withBinary runs f where a vmond has been built, and returns what f returns.
func withBinary(f func() int) int {
	if os.Getenv(BinaryEnv) != "" {
		return f()
	}
	dir, err := os.MkdirTemp("", "vmond-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "vmond")
	if err := errors.Join(build(bin, raceFlag), os.Setenv(BinaryEnv, bin)); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		return 1
	}
	return f()
}

// build builds a vmond with these flags.
func build(bin string, flags []string) error {
	args := append([]string{"build", "-o", bin}, flags...)
	out, err := exec.Command("go", append(args, "github.com/vmond/vmond/cmd/vmond")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("cannot build vmond: %w\n%s", err, out)
	}
	return nil
}

// A Vmond is a "vmond serve" with a state directory and a control socket of its own.
type Vmond struct {
	// Control is the path of the control socket.
	Control string

	config string // the path of the file
	args   []string
	env    []string // nil is that of the test
	*Process
}

// hypervisorSection begins the section that says how often the hypervisor is read.
const hypervisorSection = "[hypervisor]"

// quick is the configuration of the tests' vmond: it reads as often as it may.
const quick = hypervisorSection + "\nstates = \"1s\"\nstatistics = \"1s\"\ndefinitions = \"10s\"\nsurveys = \"10s\"\n"

// StartVmond starts vmond on a hypervisor and the master's AgentX socket, with further arguments. It returns at once:
// vmond starts in any order, and so may the test. A data race in it fails the test.
func StartVmond(t testing.TB, hypervisor, agentx string, more ...string) *Vmond {
	t.Helper()
	return StartVmondWith(t, "", hypervisor, agentx, more...)
}

// StartVmondWith is StartVmond with further sections of the configuration, such as "[notifications]\nper_vm = true\n".
func StartVmondWith(t testing.TB, sections, hypervisor, agentx string, more ...string) *Vmond {
	t.Helper()
	v := newVmond(t, sections, hypervisor, agentx, more...)
	v.Start(t)
	return v
}

// StartVmondUnder is StartVmondWith of a vmond that has a service manager.
func StartVmondUnder(t testing.TB, m *Manager, sections, hypervisor, agentx string) *Vmond {
	t.Helper()
	v := newVmond(t, sections, hypervisor, agentx)
	v.env = append(os.Environ(), "NOTIFY_SOCKET="+m.Socket)
	v.Start(t)
	return v
}

// newVmond returns one that is started by [Vmond.Start].
func newVmond(t testing.TB, sections, hypervisor, agentx string, more ...string) *Vmond {
	t.Helper()
	dir := ShortDir(t)
	v := &Vmond{Control: filepath.Join(dir, "control"), config: filepath.Join(dir, "vmond.toml")}
	v.Configure(t, sections)
	v.args = append([]string{"serve", "--config", v.config, "--hypervisor", hypervisor, "--agentx", agentx,
		"--state-dir", filepath.Join(dir, "state"), "--control", v.Control, "--log-level", "debug"}, more...)
	return v
}

// Configure writes a configuration with other further sections. A section "[hypervisor]" at their beginning takes the place
// of that of the tests. It counts from the next start, or HUP, on.
func (v *Vmond) Configure(t testing.TB, sections string) {
	t.Helper()
	text := quick + sections
	if strings.HasPrefix(sections, hypervisorSection) {
		text = sections
	}
	if err := os.WriteFile(v.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Start starts it, again after it has ended, on the same state.
func (v *Vmond) Start(t testing.TB) {
	t.Helper()
	cmd := exec.Command(binary(t), v.args...)
	cmd.Env = v.env
	v.start(t, cmd)
}

func (v *Vmond) start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	v.Process = p
	attach(t, p)
	t.Cleanup(func() {
		if p.Log().Has("WARNING: DATA RACE") {
			t.Errorf("vmond has a data race:\n%s", p.Log())
		}
	})
}

// Run runs another command of vmond, such as "show", and returns its output. The error has what it complains about.
func (v *Vmond) Run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	return output(exec.Command(binary(t), args...))
}

// output returns what a command writes. The error has what it complains about.
func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%q: %w: %s", cmd.Args, err, exit.Stderr)
	}
	return string(out), err
}

// Trouble returns what "vmond show" has to say besides what it shows, or "".
func (v *Vmond) Trouble(t testing.TB) string {
	t.Helper()
	var trouble strings.Builder
	cmd := exec.Command(binary(t), "show", "--control", v.Control)
	cmd.Stderr = &trouble
	if err := cmd.Run(); err != nil {
		t.Fatalf("vmond show: %v: %s", err, &trouble)
	}
	return trouble.String()
}

// Answers returns nil once the control socket answers.
func (v *Vmond) Answers() error {
	c, err := net.Dial("unix", v.Control)
	if err != nil {
		return err
	}
	return c.Close()
}

// binary returns the path of the vmond to test.
func binary(t testing.TB) string {
	t.Helper()
	bin := os.Getenv(BinaryEnv)
	if bin == "" {
		t.Fatalf("%s is not set: TestMain does not call lab.Main", BinaryEnv)
	}
	return bin
}
