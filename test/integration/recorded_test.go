package integration

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

var updateRecorded = flag.Bool("update", false, "rewrite the tables of the recorded hosts")

// A recordedHost is a FreeBSD host with bhyve that was recorded.
type recordedHost struct {
	name string // of its directory
	vms  int
}

// recordedHosts are all of them.
func recordedHosts() []recordedHost {
	return []recordedHost{{"vm-bhyve", 3}, {"cbsd", 3}, {"plain", 3}, {"all", 7}}
}

// dir returns where it is.
func (h recordedHost) dir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "hv", "bhyve", "testdata", "hosts", h.name))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// table returns the file of all that is served of it.
func (h recordedHost) table() string { return filepath.Join("testdata", "recorded", h.name+".txt") }

// serveRecorded has a vmond read the host and an snmpd serve it, and returns a walk of all that is to be served, and how long ago at
// most the host's clock began to go on.
func serveRecorded(t *testing.T, h recordedHost) (walk func() map[instance]mib.Value, age func() time.Duration) {
	t.Helper()
	s := lab.StartSnmpd(t)
	began := time.Now()
	lab.StartVmond(t, "bhyve:///?recorded="+h.dir(t), s.AgentX)
	lab.Eventually(t, settle, "all virtual machines are served", func() error { return served.VMs(t, s, h.vms) })
	walk = func() map[instance]mib.Value { return nameWalk(t, s.Walk(t, vmmib.Root())) }
	return walk, func() time.Duration { return time.Since(began) }
}

// TestRecordedHosts proves of each recorded host that the manager's walk is its table, object by object: every instance that there is
// to be has its value, and there is no other. It proves each fact, too, that was written down about the hosts before there was a
// table. The host with all managers has the virtual machines of the others, each once, and none that libvirt runs.
func TestRecordedHosts(t *testing.T) {
	t.Parallel()
	facts := readRecordedFacts(t)
	guests := map[string][]map[string]recordedGuest{
		"vm-bhyve": {facts.VMBhyve}, "cbsd": {facts.CBSD}, "plain": {}, "all": {facts.VMBhyve, facts.CBSD},
	}
	for _, h := range recordedHosts() {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			walk, age := serveRecorded(t, h)
			if *updateRecorded {
				rewrite(t, h, walk)
			}
			text, err := os.ReadFile(h.table())
			if err != nil {
				t.Fatal(err)
			}
			lab.Eventually(t, settle, "the walk is the table", func() error {
				if diff := cmp.Diff(strings.SplitAfter(string(text), "\n"), strings.SplitAfter(tabulate(walk()), "\n")); diff != "" {
					return errors.New("unexpected walk (-want +got):\n" + diff)
				}
				return nil
			})
			links, counts := recordedLinks(t, h)
			c := factCheck{t: t, walk: walk(), links: links, counts: counts}
			c.since = age()
			c.host(facts)
			for _, of := range guests[h.name] {
				for name, g := range of {
					c.guest(name, g)
				}
			}
		})
	}
}

// rewrite writes the table anew, once the counters have been read.
func rewrite(t *testing.T, h recordedHost, walk func() map[instance]mib.Value) {
	t.Helper()
	var before string
	lab.Eventually(t, settle, "two walks are the same, and have counters", func() error {
		now := tabulate(walk())
		same := now == before
		before = now
		if !same || !strings.Contains(now, "vmCpuTime") {
			return errors.New("it is read still")
		}
		return nil
	})
	if err := os.WriteFile(h.table(), []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
}
