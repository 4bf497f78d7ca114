package integration

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
	"github.com/vmond/vmond/test/lab"
)

// settle is how long anything may take until it is served on a busy machine. Nothing waits longer than it needs.
const settle = 60 * time.Second

// serveFixed serves the fixed snapshot of vmmibtest through the snmpd until the test ends.
func serveFixed(t *testing.T, s *lab.Snmpd) {
	t.Helper()
	snapshot := vmmibtest.Snapshot()
	view := vmmib.New(func() *collector.Snapshot { return snapshot }, vmmib.Options{Now: vmmibtest.Now})
	sub, err := agentx.New(agentx.Config{Address: s.AgentX, Description: "fixed", Subtree: vmmib.Root()}, view.Tree,
		zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	lab.Eventually(t, settle, "the snapshot is served", func() error {
		if vbs := s.Get(t, vmmib.Root().Append(1, 2, 0)); vbs[0].Value.IsException() {
			return errors.New("vmNumber is " + vbs[0].Value.String())
		}
		return nil
	})
}

// golden returns the list of all that is served of the fixed snapshot, as "name = value".
func golden(t *testing.T) (names []mib.OID, values []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "mib", "vmmib", "testdata", "walk.golden"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		if !ok {
			t.Fatalf("line %q of the list has no value", line)
		}
		names, values = append(names, mib.MustOID(name)), append(values, value)
	}
	return names, values
}

// TestFixedSnapshot proves through a real snmpd what lldpd proves of itself: from one list of every instance that is
// served, in order, GET of each gives its value, GETNEXT from each gives the next one, GETNEXT from every gap does too,
// and the end ends.
func TestFixedSnapshot(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	serveFixed(t, s)
	client := s.Client(t)
	names, values := golden(t)

	for i, vb := range get(t, client, names) {
		if vb.Name.Compare(names[i]) != 0 || vb.Value.String() != values[i] {
			t.Errorf("GET of %v = %v = %v, want %s", names[i], vb.Name, vb.Value, values[i])
		}
	}

	// Every name from which the i-th instance is the next.
	var starts []mib.OID
	var next []int
	before := mib.MustOID("1.3.6.1.2.1.235.4294967295")
	for i, name := range names {
		for _, start := range append(gap(before, name), before) {
			starts, next = append(starts, start), append(next, i)
		}
		before = name
	}
	for i, vb := range getNext(t, client, starts) {
		if want := next[i]; vb.Name.Compare(names[want]) != 0 || vb.Value.String() != values[want] {
			t.Errorf("GETNEXT from %v = %v = %v, want %v = %s", starts[i], vb.Name, vb.Value, names[want], values[want])
		}
	}
	t.Logf("%d instances, GETNEXT from %d names", len(names), len(starts))

	last := names[len(names)-1]
	for _, start := range append(gap(last, mib.MustOID("1.3.6.1.2.1.237")), last) {
		if vb := getNext(t, client, []mib.OID{start})[0]; vb.Name.HasPrefix(vmmib.Root()) && !vb.Value.IsException() {
			t.Errorf("GETNEXT from %v after the end = %v = %v", start, vb.Name, vb.Value)
		}
	}
}

// TestFixedSnapshotTools proves the same of net-snmp's own tools: both walks are the list.
func TestFixedSnapshotTools(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	serveFixed(t, s)
	names, values := golden(t)
	var want []string
	for i := range names {
		want = append(want, names[i].String()+" = "+values[i])
	}
	for walk, vbs := range map[string][]mib.Varbind{
		"snmpwalk": s.Walk(t, vmmib.Root()), "snmpbulkwalk": s.BulkWalk(t, vmmib.Root()),
	} {
		var got []string
		for _, vb := range vbs {
			got = append(got, vb.Name.String()+" = "+vb.Value.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected %s (-want +got):\n%s", walk, diff)
		}
	}
}

// TestFixedSnapshotHidden proves that what the MIB does not let anybody read is not to be had: the indices, what is for
// notifications only, and what no row has.
func TestFixedSnapshotHidden(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t)
	serveFixed(t, s)
	client := s.Client(t)
	tests := []struct {
		object, name string
		want         mib.Value
	}{
		{"vmIndex", "4.1.1.1", mib.NoSuchObject},
		{"vmCpuIndex", "5.1.1.1.1", mib.NoSuchObject},
		{"vmCpuPhysIndex", "6.1.2.1.1.196608", mib.NoSuchObject},
		{"vmStorageVmIndex", "7.1.1.1.1", mib.NoSuchObject},
		{"vmStorageIndex", "7.1.2.1.1", mib.NoSuchObject},
		{"vmNetworkIndex", "8.1.1.1.1", mib.NoSuchObject},
		{"vmAffectedVMs", "11.0", mib.NoSuchObject},
		{"vmNumber without its instance", "2", mib.NoSuchInstance},
		{"vmName of no row", "4.1.2.4", mib.NoSuchInstance},
		{"vmName with more indices", "4.1.2.1.1", mib.NoSuchInstance},
		{"vmOSType of a virtual machine that was not read", "4.1.4.5", mib.NoSuchInstance},
	}
	var names []mib.OID
	for _, tt := range tests {
		names = append(names, append(vmmib.Root().Append(1), mib.MustOID(tt.name)...))
	}
	for i, vb := range get(t, client, names) {
		want := tests[i].want
		if names[i].Compare(vb.Name) != 0 || !vb.Value.Equal(want) {
			t.Errorf("GET of %s (%v) = %v, want %v", tests[i].object, names[i], vb.Value, want)
		}
	}
}

// gap returns names between two: right after the first, at every step down to the second, and right before it.
func gap(a, b mib.OID) []mib.OID {
	names := []mib.OID{a.Append(0), a.Append(1, 0), a.Append(math.MaxUint32)}
	for n := 1; n <= len(b); n++ {
		names = append(names, b[:n].Append())
		if below := b[:n].Append(); below[n-1] > 0 {
			below[n-1]--
			names = append(names, below, below.Append(math.MaxUint32))
		}
	}
	return slices.DeleteFunc(names, func(o mib.OID) bool { return o.Compare(a) <= 0 || o.Compare(b) >= 0 })
}
