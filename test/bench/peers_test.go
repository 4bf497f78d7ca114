package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// settle is how long anything may take until it is served.
	settle = time.Minute
	// calm is how long no simulated virtual machine changes its state.
	calm = 24 * time.Hour
)

// A peer serves the rows of VM-MIB through an snmpd of its own.
type peer struct {
	name  string
	snmpd *lab.Snmpd
	agent *lab.Process // what serves the rows: the subagent, or snmpd
}

// simulated is the hypervisor of so many virtual machines that keep still.
func simulated(vms int) string { return fmt.Sprintf("sim:///?vms=%d&calm=%v", vms, calm) }

// startVmond starts a vmond that serves so many virtual machines, configured as it comes.
func startVmond(t *testing.T, vms int) peer {
	t.Helper()
	s := lab.StartSnmpd(t)
	v := lab.StartVmondWith(t, "[hypervisor]\n", simulated(vms), s.AgentX)
	served.AwaitVMs(t, s, vms)
	return peer{"vmond", s, v.Process}
}

// A rivalry is what serves the rows of a file in the place of vmond: a subagent on net-snmp's own library, and a module for snmpd.
type rivalry struct{ subagent, module string }

// buildRivals builds both.
func buildRivals(t *testing.T) rivalry {
	t.Helper()
	lab.Need(t, "gcc", "net-snmp-config")
	dir := t.TempDir()
	r := rivalry{filepath.Join(dir, "subagent"), filepath.Join(dir, "rows.so")}
	flags := netSnmpConfig(t, "--base-cflags")
	compile(t, append(flags, "-o", r.subagent, "subagent.c", "rows.c"), netSnmpConfig(t, "--agent-libs"))
	compile(t, append(flags, "-o", r.module, "-fPIC", "-shared", "module.c", "rows.c"), nil)
	return r
}

// startSubagent starts the rival that is a subagent.
func (r rivalry) startSubagent(t *testing.T, rows string) peer {
	t.Helper()
	s := lab.StartSnmpd(t)
	p, err := lab.Start(exec.Command(r.subagent, s.AgentX, rows))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return peer{"C subagent", s, p}
}

// startModule starts an snmpd with the rival that is a module.
func (r rivalry) startModule(t *testing.T, rows string) peer {
	t.Helper()
	t.Setenv("VMOND_ROWS", rows)
	s := lab.StartSnmpd(t, "dlmod rows "+r.module)
	return peer{"snmpd itself", s, s.Process}
}

// writeRows writes the rows as the rivals read them.
func writeRows(t *testing.T, rows []mib.Varbind) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows")
	var text []byte
	for _, vb := range rows {
		text = appendRow(text, vb)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitRows waits until the peer serves what was written.
func (p peer) awaitRows(t *testing.T, rows []mib.Varbind) {
	t.Helper()
	lab.Eventually(t, settle, fmt.Sprintf("the %s serves %d rows", p.name, len(rows)), func() error {
		got := p.snmpd.BulkWalk(t, served.MIB)
		if len(got) != len(rows) {
			return fmt.Errorf("%d rows", len(got))
		}
		for i := range rows {
			if got[i].Name.Compare(rows[i].Name) != 0 {
				return fmt.Errorf("row %d is %v, want %v", i, got[i].Name, rows[i].Name)
			}
		}
		return nil
	})
}
