package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A TimeNamespace is one in which the machine has been running for longer than it has (time_namespaces(7)). The clock on
// the wall is everybody's.
type TimeNamespace struct {
	// Ahead is for how much longer.
	Ahead time.Duration

	file string
}

// StartTimeNamespace makes one that ends with the test. It needs root.
func StartTimeNamespace(t testing.TB, ahead time.Duration) TimeNamespace {
	t.Helper()
	Need(t, "unshare", "nsenter")
	if _, err := os.Stat("/proc/self/timens_offsets"); err != nil {
		Missing(t, "the kernel has no time namespaces: %v", err)
	}
	seconds := fmt.Sprint(int64(ahead / time.Second))
	p, err := Start(exec.Command("unshare", "--time", "--boottime", seconds, "--monotonic", seconds, "--fork", "--kill-child",
		"sh", "-c", "echo inside; exec sleep infinity"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill) // TERM it leaves to its child
	Eventually(t, startTimeout, "somebody is in the time namespace", func() error {
		if !p.Log().Has("inside") {
			return errors.New("nobody has said so: " + p.Log().String())
		}
		return nil
	})
	return TimeNamespace{Ahead: ahead, file: fmt.Sprintf("/proc/%d/ns/time_for_children", p.PID())}
}

// StartIn is [Vmond.Start] in a time namespace.
func (v *Vmond) StartIn(t testing.TB, n TimeNamespace) {
	t.Helper()
	cmd := exec.Command("nsenter", append([]string{"--time=" + n.file, binary(t)}, v.args...)...)
	cmd.Env = v.env
	v.start(t, cmd)
}

// NewVmond returns what [StartVmond] starts, to be started in some other way.
func NewVmond(t testing.TB, hypervisor, agentx string) *Vmond {
	t.Helper()
	return newVmond(t, "", hypervisor, agentx)
}
