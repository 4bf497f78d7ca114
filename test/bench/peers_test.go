package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"


	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// settle is how long anything may take until it is served.
	settle = time.Minute
	// calm is how long no simulated virtual machine changes its state.
	calm = 24 * time.Hour
	// mibRoot is VM-MIB's own.
	mibRoot = "1.3.6.1.2.1.236"
)

// A peer serves the rows of VM-MIB through an snmpd of its own.
type peer struct {
	name  string
	snmpd *lab.Snmpd
	agent *lab.Process // the subagent, nil where snmpd serves the rows itself
}

// simulated is the hypervisor of so many virtual machines that keep still.
func simulated(vms int) string { return fmt.Sprintf("sim:///?vms=%d&calm=%v", vms, calm) }

// startVmond starts a vmond that serves so many virtual machines.
func startVmond(t *testing.T, vms int) peer {
	t.Helper()
	s := lab.StartSnmpd(t)
	v := lab.StartVmondWith(t, "[hypervisor]\n", simulated(vms), s.AgentX)
	served.AwaitVMs(t, s, vms)
	return peer{"vmond", s, v.Process}
}

// A rival is what serves the rows of a file in the place of vmond.
type rival struct{ subagent, module string }

// buildRivals builds the subagent and the module for snmpd.
func buildRivals(t *testing.T) rival {
	t.Helper()
	lab.Need(t, "gcc", "net-snmp-config")
	dir := t.TempDir()
	r := rival{filepath.Join(dir, "subagent"), filepath.Join(dir, "rows.so")}
	script := fmt.Sprintf("gcc -O2 $(net-snmp-config --base-cflags) subagent.c rows.c -o %q $(net-snmp-config --agent-libs) && "+
		"gcc -O2 -fPIC -shared $(net-snmp-config --base-cflags) module.c rows.c -o %q", r.subagent, r.module)
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = "peer"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the rivals cannot be built: %v\n%s", err, out)
	}
	return r
}
