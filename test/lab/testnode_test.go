package lab

import (
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTestNode has virtual machines that outlive libvirtd, in the states of their file.
func TestTestNode(t *testing.T) {
	t.Parallel()
	const libvirtPaused = 3
	node := NewTestNode(t)
	node.Write(t, TestDomain(1), TestDomainIn(2, libvirtPaused))
	l := StartTestNode(t, node)
	check := func(want ...string) {
		t.Helper()
		var got []string
		for line := range strings.Lines(l.Virsh(t, "list", "--all")) {
			if fields := strings.Fields(line); len(fields) > 1 {
				got = append(got, strings.Join(fields[1:], " "))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
		}
	}
	check("vm-00001 running", "vm-00002 paused")
	l.Restart(t, syscall.SIGKILL)
	check("vm-00001 running", "vm-00002 paused")
	node.Write(t, TestDomain(3))
	check("vm-00003 running")
}
