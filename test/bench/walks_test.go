//go:build linux

package bench

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// repetitions is how many rows snmpbulkwalk asks for at once.
	repetitions = "50"
	// together is how many columns are asked for at once, with as many rows of each.
	together = 10
	// walkTimeout is how many seconds snmpd has for an answer.
	walkTimeout = "30"
)

// vmTable is the table of the virtual machines, and vmEntry that of its columns.
var (
	vmTable = mib.MustOID("1.3.6.1.2.1.236.1.4")
	vmEntry = vmTable.Append(1)
)

// A load asks a peer for varbinds, and returns how many it got.
type load struct {
	name string
	ask  func(t *testing.T, p peer) int
	// least is what the varbinds a second must reach beside the C subagent where a CPU is idle, and pinned where there is but one.
	least, pinned float64
}

// loads returns what is asked for, of the columns that have a value in each row.
func loads(rows []mib.Varbind, vms int) []load {
	return []load{
		{"snmpbulkwalk of one column", bulkWalk(served.Name), 2.0, 1.1},
		{"snmpbulkwalk of vmTable", bulkWalk(vmTable), 2.0, 1.1},
		{"GETBULK of 10 columns × 10", getBulks(fullColumns(rows, vms)[:together]), 1.8, 1.05},
	}
}

// fullColumns returns the columns of vmTable that each virtual machine has a value in.
func fullColumns(rows []mib.Varbind, vms int) []mib.OID {
	counts := map[string]int{}
	var full []mib.OID
	for _, vb := range rows {
		if !vb.Name.HasPrefix(vmEntry) {
			continue
		}
		column := vb.Name[:len(vmEntry)+1]
		counts[column.String()]++
		if counts[column.String()] == vms {
			full = append(full, column)
		}
	}
	return full
}

// walks measures what is asked for of vmond and its rivals.
func (b *bench) walks(t *testing.T) {
	r := buildRivals(t)
	for _, vms := range b.walked {
		b.part(t, fmt.Sprintf("%d VMs", vms), func(t *testing.T) { b.walksOf(t, r, vms, false) })
		b.part(t, fmt.Sprintf("%d VMs on one CPU", vms), func(t *testing.T) {
			lab.UseOneCPU(t)
			b.walksOf(t, r, vms, true)
		})
	}
}

// walksOf measures it where there are so many virtual machines, and all daemons share one CPU or none.
func (b *bench) walksOf(t *testing.T, r rivalry, vms int, pinned bool) {
	vmond := startVmond(t, vms)
	rows := vmond.snmpd.BulkWalk(t, served.MIB)
	file := writeRows(t, rows)
	peers := []peer{vmond, r.startSubagent(t, file), r.startModule(t, file)}
	for _, p := range peers {
		p.awaitRows(t, rows)
	}
	for _, l := range loads(rows, vms) {
		least, where := l.least, ""
		if pinned {
			least, where = l.pinned, ", daemons on one CPU"
		}
		turns := b.turns(t, peers, l.ask)
		ours, subagent, itself := turns[0], turns[1], turns[2]
		work := fmt.Sprintf("%s, %s VMs%s", l.name, number(float64(vms)), where)
		b.figures = append(b.figures,
			figure{work: work, unit: "varbinds/s", beside: peers[1].name, ours: ours.rates, theirs: subagent.rates, goal: atLeast(least)},
			figure{work: "", unit: "CPU s of the subagent / 100,000 varbinds", beside: peers[1].name, ours: ours.cpu, theirs: subagent.cpu, goal: atMost(1)},
			figure{work: "", unit: "varbinds/s", beside: peers[2].name, ours: ours.rates, theirs: itself.rates})
	}
}

// bulkWalk returns a load that walks a subtree, by snmpbulkwalk.
func bulkWalk(subtree mib.OID) func(*testing.T, peer) int {
	return func(t *testing.T, p peer) int {
		t.Helper()
		out, err := p.snmpd.Tool(exec.Command("snmpbulkwalk", "-v2c", "-c", lab.Public, "-m", "", "-On", "-t", walkTimeout, "-Cr"+repetitions,
			p.snmpd.Addr, subtree.String()))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count("\n"+out, "\n.") // a value may have lines too
	}
}

// getBulks returns a load that asks for these columns at once, from the first row to the last.
func getBulks(columns []mib.OID) func(*testing.T, peer) int {
	var first []string
	for _, c := range columns {
		first = append(first, c.String())
	}
	return func(t *testing.T, p peer) int {
		t.Helper()
		client := p.snmpd.Client(t)
		defer client.Conn.Close()
		names, inside := first, "."+first[0]+"."
		for got := 0; ; {
			answer, err := client.GetBulk(names, 0, together)
			if err != nil {
				t.Fatal(err)
			}
			n := len(answer.Variables) / len(first) * len(first)
			if n == 0 {
				t.Fatalf("the %s answers with %d varbinds", p.name, len(answer.Variables))
			}
			for i := 0; i < n; i += len(first) {
				if !strings.HasPrefix(answer.Variables[i].Name, inside) {
					return got
				}
				got += len(first)
			}
			names = namesOf(answer.Variables[n-len(first) : n])
		}
	}
}

// namesOf returns the names of varbinds.
func namesOf(vbs []gosnmp.SnmpPDU) []string {
	names := make([]string, len(vbs))
	for i, vb := range vbs {
		names[i] = vb.Name
	}
	return names
}
